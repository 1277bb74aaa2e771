package assign

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// step counts the answers of the tasks of one step of a flow.
type step struct {
	name                  string
	first                 *task // the oldest
	waiting, leased, done int
}

func (f *flow) step(name string) *step {
	s := f.steps[name]
	if s == nil {
		s = &step{name: name}
		f.steps[name] = s
	}
	return s
}

// meet notices a task that is the step's oldest.
func (s *step) meet(t *task) {
	if s.first == nil || older(t, s.first) < 0 {
		s.first = t
	}
}

func older(a, b *task) int { return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.id, b.id)) }

// Counts says how far each step of a flow is, in the order in which they began.
func (d *Desk) Counts(flow string) (counts []StepCount) {
	d.look(func(ix *index, _ time.Time) {
		f := ix.flows[flow]
		if f == nil {
			return
		}
		var steps []*step
		for _, s := range f.steps {
			steps = append(steps, s)
		}
		slices.SortFunc(steps, func(a, b *step) int { return older(a.first, b.first) })
		for _, s := range steps {
			counts = append(counts, StepCount{s.name, s.waiting, s.leased, s.done})
		}
	})
	return counts
}

// Rate is how many answers an hour a flow got over the last ten minutes.
func (d *Desk) Rate(flow string) (perHour float64) {
	d.look(func(ix *index, now time.Time) {
		if f := ix.flows[flow]; f != nil {
			perHour = f.rate.perHour(now.UnixNano())
		}
	})
	return perHour
}

// Leased lists the people who have a task now.
func (d *Desk) Leased(task string) (people []string) {
	d.look(func(ix *index, _ time.Time) {
		if t := ix.tasks[task]; t != nil {
			for _, m := range t.marks {
				if m.live {
					people = append(people, m.who.id)
				}
			}
		}
	})
	return people
}

// Person says what somebody has done.
func (d *Desk) Person(id string) (s Stats) {
	d.look(func(ix *index, now time.Time) {
		if p := ix.people[id]; p != nil {
			s = p.stats(now)
		}
	})
	return s
}

const medianOf = 50 // answers

func (p *person) stats(now time.Time) Stats {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	s := Stats{
		Today:    p.since(midnight.UnixNano()),
		LastHour: p.since(now.Add(-time.Hour).UnixNano()),
		Total:    len(p.past) - len(p.undone),
		Skipped:  p.skipped,
	}
	if n := len(p.live); n > 0 {
		s.Working = p.live[n-1].task.step.name
	}
	var seconds []float64
	for _, l := range slices.Backward(p.past) {
		if l.is != undone && len(seconds) < medianOf {
			seconds = append(seconds, float64(l.seconds))
		}
		if len(seconds) == medianOf {
			break
		}
	}
	if n := len(seconds); n > 0 {
		slices.Sort(seconds)
		s.Median = (seconds[n/2] + seconds[(n-1)/2]) / 2
	}
	return s
}

// since counts the answers from a time on that were not taken back.
func (p *person) since(when int64) int {
	n := len(p.past) - sort.Search(len(p.past), func(i int) bool { return p.past[i].at >= when })
	for _, l := range p.undone {
		n -= is(l.at >= when)
	}
	return n
}
