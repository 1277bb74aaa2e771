package runs

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Series is one metric over the steps.
type Series struct {
	Name   string    `json:"name"`
	Steps  []int     `json:"steps"`
	Values []float64 `json:"values"` // may hold NaN
}

// SeriesOf arranges metrics by name, names ascending, steps as given.
func SeriesOf(metrics []Metric) []Series {
	byName := map[string]*Series{}
	for _, m := range metrics {
		s := byName[m.Name]
		if s == nil {
			s = &Series{Name: m.Name}
			byName[m.Name] = s
		}
		s.Steps, s.Values = append(s.Steps, m.Step), append(s.Values, m.Value)
	}
	series := make([]Series, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		series = append(series, *byName[name])
	}
	return series
}

// Last returns the newest value of each metric.
func Last(metrics []Metric) map[string]float64 {
	values := map[string]float64{}
	for _, m := range slices.SortedStableFunc(slices.Values(metrics), func(a, b Metric) int {
		return cmp.Compare(a.Step, b.Step)
	}) {
		values[m.Name] = m.Value
	}
	return values
}

// FormatMetrics writes metrics on one line, names ascending: "accuracy 0.714  loss 0.5861".
func FormatMetrics(values map[string]float64) string {
	parts := make([]string, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, name+" "+formatNumber(values[name]))
	}
	return strings.Join(parts, "  ")
}

// Summary says a run in a few lines of plain text: what, how it stands, its last metrics, the
// invariants (the failed ones with their figures), the newest checkpoint.
func (b *Book) Summary(id string) (string, error) {
	run, err := b.Run(id)
	if err != nil {
		return "", err
	}
	metrics, err := b.Metrics(id)
	if err != nil {
		return "", err
	}
	invariants, err := b.Invariants(id)
	if err != nil {
		return "", err
	}
	checkpoints, err := b.Checkpoints(id)
	if err != nil {
		return "", err
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s  %s  %s", run.ID, cmp.Or(run.Name, run.Script.Name), run.Status)
	if !run.Ended.IsZero() {
		fmt.Fprintf(&s, " after %s", run.Ended.Sub(run.Started).Round(time.Second))
	}
	s.WriteByte('\n')
	if run.Error != "" {
		fmt.Fprintf(&s, "error: %s\n", run.Error)
	}
	if len(metrics) > 0 {
		fmt.Fprintf(&s, "step %d: %s\n", lastStep(metrics), FormatMetrics(Last(metrics)))
	}
	writeInvariants(&s, invariants)
	if n := len(checkpoints); n > 0 {
		fmt.Fprintf(&s, "checkpoints: %d, the newest at step %d in %s\n", n, checkpoints[n-1].Step, checkpoints[n-1].Path)
	}
	return s.String(), nil
}

func writeInvariants(s *strings.Builder, invariants []Invariant) {
	if len(invariants) == 0 {
		return
	}
	passed := 0
	for _, v := range invariants {
		if v.Passed {
			passed++
		}
	}
	fmt.Fprintf(s, "invariants: %d of %d hold\n", passed, len(invariants))
	for _, v := range invariants {
		if !v.Passed {
			fmt.Fprintf(s, "  %s at step %d: %s, the limit is %s. %s\n", v.Name, v.Step,
				formatNumber(v.Value), formatNumber(v.Limit), v.Detail)
		}
	}
}

func lastStep(metrics []Metric) int {
	step := 0
	for _, m := range metrics {
		step = max(step, m.Step)
	}
	return step
}

// formatNumber keeps four significant digits, and whole numbers below ten million whole.
func formatNumber(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e7 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.4g", v)
}
