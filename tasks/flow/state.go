package flow

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"workbench/engine/runs"
	"workbench/storage"
)

// state is a flow in memory.
type state struct {
	r      *Runtime
	id     string
	seed   int64
	ending atomic.Bool // it is being cancelled: nothing is launched any more

	mu   sync.Mutex // held over the commits of the flow's record: changes of it come one after another
	flow storage.Flow
	gate chan struct{} // closed while the flow runs: work of models may begin

	opening sync.Mutex // guards program
	program Program

	counting sync.Mutex // guards what follows, never over a wait
	open     int        // instances that have not ended
	roots    map[string]int
	failed   map[string]int // parked instances by primitive
	work     []WorkCount    // Working and, once they are known, Done
	known    bool           // what was done is counted

	kicked bool // the keeper is to look at it; the runtime's lock guards this

	tally sync.RWMutex // held for reading over commits of steps, so that histories can be counted
}

func (r *Runtime) newState(f storage.Flow) *state {
	s := &state{
		r: r, id: f.ID, seed: f.Seed, flow: f, gate: make(chan struct{}),
		roots: map[string]int{}, failed: map[string]int{},
	}
	if f.Status != paused {
		close(s.gate)
	}
	return s
}

// load takes a flow into memory and launches what is under way in it.
func (r *Runtime) load(f storage.Flow) (*state, error) {
	s := r.newState(f)
	var live []string
	err := r.store.EachInstance(f.ID, "", func(v storage.Instance) error {
		s.tallyOne(v, +1)
		if v.Status == running || v.Status == waiting {
			live = append(live, v.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	if there := r.flows[f.ID]; there != nil { // somebody else was quicker
		r.mu.Unlock()
		return there, nil
	}
	r.flows[f.ID] = s
	r.mu.Unlock()
	for _, id := range live {
		r.launch(s, id)
	}
	return s, nil
}

// flow finds a flow in memory, or takes it there.
func (r *Runtime) flow(id string) (*state, error) {
	r.mu.Lock()
	s := r.flows[id]
	r.mu.Unlock()
	if s != nil {
		return s, nil
	}
	f, err := r.store.Flow(id)
	if err != nil {
		return nil, err
	}
	if f.Status == running || f.Status == paused {
		return nil, fmt.Errorf("%w: flow %s is not resumed yet", ErrState, id)
	}
	return r.load(f)
}

// script opens the flow's script, once.
func (s *state) script() (Program, error) {
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.program != nil {
		return s.program, nil
	}
	s.mu.Lock()
	f := s.flow
	s.mu.Unlock()
	text, err := s.r.store.Text(f.Script)
	if err != nil {
		return nil, err
	}
	params, err := runs.DecodeValue(f.Params)
	if err != nil {
		return nil, fmt.Errorf("the settings: %w", err)
	}
	s.program, err = s.r.programs.Program(f, text.Text, params)
	return s.program, err
}

// commit writes a batch with one step of an instance.
func (s *state) commit(b *storage.Batch, step storage.Step) error {
	s.tally.RLock()
	defer s.tally.RUnlock()
	err := s.r.commit(b)
	if err == nil && step.Kind == kindResult && isWork(step.Primitive) {
		s.count(step.Primitive, func(w *WorkCount) { w.Done++ })
	}
	return err
}

// count changes the count of a primitive.
func (s *state) count(primitive string, change func(w *WorkCount)) {
	s.counting.Lock()
	defer s.counting.Unlock()
	for n := range s.work {
		if s.work[n].Primitive == primitive {
			change(&s.work[n])
			return
		}
	}
	s.work = append(s.work, WorkCount{Primitive: primitive})
	change(&s.work[len(s.work)-1])
}

// moved counts an instance that is in another state than before, and tells who watches. A zero was is an
// instance that is new.
func (s *state) moved(was, is storage.Instance) {
	s.counting.Lock()
	s.tallyOne(was, -1)
	s.tallyOne(is, +1)
	s.counting.Unlock()
	if is.Status == done || is.Status == cancelled {
		s.r.kick(s)
	}
	s.r.changed(Change{Flow: s.id, Instance: is.ID, Status: is.Status})
}

func (s *state) tallyOne(v storage.Instance, by int) {
	if v.ID == "" {
		return
	}
	if v.Parent == "" {
		s.roots[v.Status] += by
	}
	if v.Status != done && v.Status != cancelled {
		s.open += by
	}
	if v.Status == parked && v.Waiting != "" {
		s.failed[v.Waiting] += by
	}
}

// underWay is how many items were begun and have not ended. Parked ones are among them, so that a mistake
// which parks every item stops before it has parked them all.
func (s *state) underWay() (n int) {
	s.counting.Lock()
	defer s.counting.Unlock()
	for status, count := range s.roots {
		if status != done && status != cancelled {
			n += count
		}
	}
	return n
}

// idle says whether no instance is under way.
func (s *state) idle() bool {
	s.counting.Lock()
	defer s.counting.Unlock()
	return s.open == 0
}

// is reads the flow's record.
func (s *state) is() storage.Flow {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flow
}

// put keeps the flow's record. mu is held.
func (s *state) put(f storage.Flow, also func(b *storage.Batch)) error {
	b := &storage.Batch{}
	b.PutFlow(f)
	if also != nil {
		also(b)
	}
	if err := s.r.commit(b); err != nil {
		return err
	}
	was := s.flow
	s.flow = f
	if was.Status != f.Status {
		s.turn(f.Status)
		s.r.changed(Change{Flow: s.id, Status: f.Status})
	}
	return nil
}

// turn opens or shuts the gate for the work of models.
func (s *state) turn(status string) {
	shut := true
	select {
	case <-s.gate:
		shut = false
	default:
	}
	switch {
	case status == paused && !shut:
		s.gate = make(chan struct{})
	case status != paused && shut:
		close(s.gate)
	}
}

// pass waits until the flow is not paused.
func (s *state) pass(i *Instance) error {
	s.mu.Lock()
	gate := s.gate
	s.mu.Unlock()
	select {
	case <-gate:
		return nil
	case <-i.ctx.Done():
		return i.halt(errStopped)
	}
}

var errEnough = errors.New("enough")
