package web

import (
	"sync"

	"github.com/google/btree"

	"workbench/storage"
	"workbench/tasks/flow"
)

// standings know the instances of each status, so that the few which wait for somebody are found among the
// many which are done. A flow is read once, when it is first asked for; from then on its changes are followed.
type standings struct {
	store *storage.Store

	mu    sync.Mutex // guards the map and what stands in it, never over a wait
	flows map[string]*standing
}

// standing is how the instances of a flow stand. Those that are done are left out: they are most, and
// reading them all in order finds them as fast.
type standing struct {
	reading sync.Mutex // held by who reads the flow for the first time
	read    bool
	missed  []flow.Change // that came meanwhile
	of      map[string]string
	by      map[string]*btree.BTreeG[string] // ids by status
}

func newStandings(store *storage.Store) *standings {
	return &standings{store: store, flows: map[string]*standing{}}
}

// leftOut is the status of most instances in the end.
const leftOut = "done"

// changed follows a change.
func (s *standings) changed(c flow.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.flows[c.Flow]
	switch {
	case one == nil || c.Instance == "":
	case one.read:
		one.move(c.Instance, c.Status)
	default:
		one.missed = append(one.missed, c)
	}
}

// ids are the instances of a flow that have a status, by id, after one (empty: from the first), at most so
// many.
func (s *standings) ids(flowID, status, after string, most int) ([]string, error) {
	s.mu.Lock()
	one := s.flows[flowID]
	if one == nil {
		one = &standing{of: map[string]string{}, by: map[string]*btree.BTreeG[string]{}}
		s.flows[flowID] = one
	}
	s.mu.Unlock()
	if err := s.know(one, flowID); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tree := one.by[status]
	if tree == nil {
		return nil, nil
	}
	var ids []string
	tree.AscendGreaterOrEqual(after, func(id string) bool {
		if id != after {
			ids = append(ids, id)
		}
		return len(ids) < most
	})
	return ids, nil
}

// know reads a flow that was not read yet.
func (s *standings) know(one *standing, flowID string) error {
	one.reading.Lock()
	defer one.reading.Unlock()
	s.mu.Lock()
	read := one.read
	s.mu.Unlock()
	if read {
		return nil
	}
	found := map[string]string{}
	err := s.store.EachInstance(flowID, "", func(i storage.Instance) error {
		if i.Status != leftOut {
			found[i.ID] = i.Status
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, status := range found {
		one.move(id, status)
	}
	for _, c := range one.missed {
		one.move(c.Instance, c.Status)
	}
	one.missed, one.read = nil, true
	return nil
}

// move gives an instance another status.
func (s *standing) move(id, status string) {
	if was, ok := s.of[id]; ok {
		s.by[was].Delete(id)
		delete(s.of, id)
	}
	if status == leftOut {
		return
	}
	if s.by[status] == nil {
		const degree = 32
		s.by[status] = btree.NewOrderedG[string](degree)
	}
	s.by[status].ReplaceOrInsert(id)
	s.of[id] = status
}
