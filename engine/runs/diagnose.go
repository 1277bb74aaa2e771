package runs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Diagnosis is what looks wrong about a run, in words.
type Diagnosis struct {
	Name string `json:"name"` // of the rule; watch for what the script itself said
	Step int    `json:"step"` // where it begins
	Seen string `json:"seen"` // with figures and steps
	Why  string `json:"why,omitempty"`
	Next string `json:"next,omitempty"` // what to do
}

// byScript is the name of what a script's watch(…) said.
const byScript = "watch"

// String is the diagnosis in one paragraph.
func (d Diagnosis) String() string {
	return strings.TrimSpace(strings.Join([]string{d.Seen, d.Why, d.Next}, " "))
}

// curves are what the rules look at: a run and its metrics by name.
type curves struct {
	run Run
	of  map[string]Series
}

// rule finds one known failure in the curves of a run. find gives the step and what was seen.
type rule struct {
	name string
	find func(c curves) (step int, seen string, is bool)
	why  string
	next string
	// same are words of a script's own message about the same failure, which is not said twice.
	same []string
}

// Diagnose looks for every known failure, in the order in which they began. said is what the script found
// itself. It is a pure function of the record, so it says the same while a run goes on and years later.
func Diagnose(run Run, metrics []Metric, said []Say) []Diagnosis {
	c := curves{run, map[string]Series{}}
	for _, s := range SeriesOf(metrics) {
		c.of[s.Name] = s
	}
	var all []Diagnosis
	told := map[int]bool{}
	for _, r := range rules {
		step, seen, is := r.find(c)
		if !is {
			continue
		}
		all = append(all, Diagnosis{r.name, step, seen, r.why, r.next})
		for i, s := range said {
			if len(r.same) > 0 && containsAll(strings.ToLower(s.Text), r.same) {
				told[i] = true
			}
		}
	}
	for i, s := range said {
		if !told[i] {
			all = append(all, Diagnosis{Name: byScript, Step: s.Step, Seen: s.Text})
		}
	}
	slices.SortStableFunc(all, func(a, b Diagnosis) int { return cmp.Compare(a.Step, b.Step) })
	return all
}

// Diagnoses is [Diagnose] on what a run has left.
func (b *Book) Diagnoses(run Run) ([]Diagnosis, error) {
	metrics, err := b.Metrics(run.ID)
	if err != nil {
		return nil, err
	}
	said, err := b.Said(run.ID)
	return Diagnose(run, metrics, said), err
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// view is so many consecutive values of a curve.
type view struct {
	first, last int // steps
	mean        float64
	values      []float64
}

// steps names them.
func (v view) steps() string {
	if v.first == v.last {
		return fmt.Sprintf("at step %d", v.first)
	}
	return fmt.Sprintf("over steps %d to %d", v.first, v.last)
}

// at is the view of n values from the i-th on.
func (s Series) at(i, n int) view {
	v := view{first: s.Steps[i], last: s.Steps[i+n-1], values: s.Values[i : i+n]}
	for _, x := range v.values {
		v.mean += x / float64(n)
	}
	return v
}

// firstView is the first of n consecutive values for which holds does.
func (c curves) firstView(name string, n int, holds func(v view) bool) (view, bool) {
	s := c.of[name]
	for i := 0; i+n <= len(s.Values); i++ {
		if v := s.at(i, n); holds(v) {
			return v, true
		}
	}
	return view{}, false
}

// fewest values of which the first and the last part can be told apart.
const fewest = 20

// ends are the first and the last of a curve's parts of equal length.
func (c curves) ends(name string, parts int) (early, late view, is bool) {
	s := c.of[name]
	n := len(s.Values) / parts
	if len(s.Values) < fewest {
		return early, late, false
	}
	return s.at(0, n), s.at(len(s.Values)-n, n), true
}

// change is how far a curve went between two views, and the standard error of that.
func change(early, late view) (by, se float64) {
	return late.mean - early.mean, math.Sqrt(early.variance()/float64(len(early.values)) + late.variance()/float64(len(late.values)))
}

// variance is the unbiased one of the values.
func (v view) variance() float64 {
	if len(v.values) < 2 {
		return 0
	}
	sum := 0.0
	for _, x := range v.values {
		sum += (x - v.mean) * (x - v.mean)
	}
	return sum / float64(len(v.values)-1)
}

func every(values []float64, holds func(float64) bool) bool {
	return !slices.ContainsFunc(values, func(x float64) bool { return !holds(x) })
}
