package script

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Cache remembers what models answered, by a key that says everything the answer depends on; a
// *storage.Cache is one.
type Cache interface {
	Get(key string) (value []byte, ok bool)
	Put(values map[string][]byte) error
}

// remembers says whether what the model answers may be remembered, and under which digest: a model as
// it was opened, in a run that trains nothing. What is made or trained in a run is another model each time.
func (m *Model) remembers() (digest string, ok bool) {
	r := m.run
	if r.mode != running || r.host.Cache == nil || m.what != m.name {
		return "", false
	}
	if slices.ContainsFunc(r.kept, func(s stateful) bool { _, trains := s.(*Trainer); return trains }) {
		return "", false
	}
	return m.digest, m.digest != ""
}

// keyOf names a computation by all that it depends on. The number is that of the way it is computed: a
// change that gives other numbers takes another.
func keyOf(what, digest string, settings any, tokens ...[]int) string {
	const way = 1
	parts := []string{what, strconv.Itoa(way), digest, fmt.Sprintf("%+v", settings)}
	for _, ids := range tokens {
		parts = append(parts, fmt.Sprint(ids))
	}
	return hashOf(parts...)[:40]
}

// remembered gives one answer for each key: what is remembered is looked up, the rest is computed and
// remembered, part by part, so that a killed run has lost at most a part. take says how many of those
// that are left make a part. Equal keys are computed once.
func remembered[T any](r *Run, keys []string, take func(left []int) int, compute func(at []int) ([]T, error)) ([]T, error) {
	out, first := make([]T, len(keys)), map[string]int{}
	var left, again []int
	for i, key := range keys {
		if _, seen := first[key]; seen {
			again = append(again, i)
			continue
		}
		first[key] = i
		if value, ok := r.recall(key); !ok || json.Unmarshal(value, &out[i]) != nil {
			left = append(left, i)
		}
	}
	r.answers.reused += len(keys) - len(again) - len(left)
	for total := len(left); len(left) > 0; {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		n := min(max(take(left), 1), len(left))
		found, err := compute(left[:n])
		if err != nil {
			return nil, err
		}
		values := map[string][]byte{}
		for k, i := range left[:n] {
			out[i] = found[k]
			if values[keys[i]], err = json.Marshal(found[k]); err != nil {
				return nil, fmt.Errorf("answer %d: %w", i, err)
			}
		}
		if err := r.host.Cache.Put(values); err != nil {
			return nil, err
		}
		r.answers.computed += n
		left = left[n:]
		r.goesOn(total-len(left), total)
	}
	for _, i := range again {
		out[i] = out[first[keys[i]]]
	}
	return out, nil
}

// recall looks a key up, unless everything is to be computed anew.
func (r *Run) recall(key string) ([]byte, bool) {
	if r.host.Fresh {
		return nil, false
	}
	return r.host.Cache.Get(key)
}

// goesOn tells how many answers of a long computation there are. A loop has its own steps.
func (r *Run) goesOn(done, total int) {
	if !r.inLoop() {
		r.host.tell(Progress{Step: done - 1, Steps: total, Metrics: map[string]float64{}})
	}
}

// Metrics that say how many answers of models a run computed, and how many it remembered.
const (
	MetricComputed = "answers.computed"
	MetricReused   = "answers.reused"
)

// noteAnswers records how many answers were computed and remembered.
func (r *Run) noteAnswers() error {
	if r.answers.computed+r.answers.reused == 0 {
		return nil
	}
	return r.host.Record.Log(r.step(), map[string]float64{
		MetricComputed: float64(r.answers.computed), MetricReused: float64(r.answers.reused),
	})
}
