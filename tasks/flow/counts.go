package flow

import (
	"maps"
	"slices"

	"workbench/storage"
)

// Counts says how far a flow is.
type Counts struct {
	Instances map[string]int // by status, those of items only
	Work      []WorkCount    // what models and runs do, in the order in which it first came
}

// WorkCount is how far the work of one primitive is, over all instances of a flow.
type WorkCount struct {
	Primitive string
	Working   int // or waiting for its turn
	Done      int
	Failed    int // instances that are parked at it
}

// Counts says how far a flow is. The first time since the process began it reads the flow's histories, and
// the flow's instances wait for it.
func (r *Runtime) Counts(flow string) (Counts, error) {
	s, err := r.flow(flow)
	if err != nil {
		return Counts{}, err
	}
	if err := s.know(); err != nil {
		return Counts{}, err
	}
	s.counting.Lock()
	defer s.counting.Unlock()
	c := Counts{Instances: map[string]int{}, Work: slices.Clone(s.work)}
	maps.Copy(c.Instances, s.roots)
	maps.DeleteFunc(c.Instances, func(_ string, n int) bool { return n == 0 })
	for n := range c.Work {
		c.Work[n].Failed = s.failed[c.Work[n].Primitive]
	}
	return c, nil
}

// know counts what was done before the process began.
func (s *state) know() error {
	s.tally.Lock()
	defer s.tally.Unlock()
	if s.known {
		return nil
	}
	was := map[string]int{}
	var order []string
	err := s.r.store.EachStep(s.id, func(step storage.Step) error {
		if !isWork(step.Primitive) || step.Kind != kindCalled && step.Kind != kindResult {
			return nil
		}
		if _, is := was[step.Primitive]; !is {
			order = append(order, step.Primitive)
			was[step.Primitive] = 0
		}
		if step.Kind == kindResult {
			was[step.Primitive]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.counting.Lock()
	defer s.counting.Unlock()
	now := s.work
	s.work = nil
	for _, primitive := range order {
		s.work = append(s.work, WorkCount{Primitive: primitive, Done: was[primitive]})
	}
	for _, w := range now {
		at := slices.IndexFunc(s.work, func(one WorkCount) bool { return one.Primitive == w.Primitive })
		if at < 0 {
			s.work = append(s.work, WorkCount{Primitive: w.Primitive, Working: w.Working})
			continue
		}
		s.work[at].Working = w.Working
	}
	s.known = true
	return nil
}
