package web

import (
	"maps"
	"slices"
	"sync"

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
	by      map[string]shelves // by status
}

// shelves hold ids, those of a hundred items on one: so some of many are found in order without sorting all.
type shelves map[string]map[string]bool

// shelf is the beginning of the ids that stand together: the flow's, and the number of an item but for its
// last two digits.
func shelf(id string) string {
	const flow, digits = 26, 5
	return id[:min(len(id), flow+1+digits)]
}

func (s shelves) put(id string) {
	if s[shelf(id)] == nil {
		s[shelf(id)] = map[string]bool{}
	}
	s[shelf(id)][id] = true
}

func (s shelves) take(id string) {
	if delete(s[shelf(id)], id); len(s[shelf(id)]) == 0 {
		delete(s, shelf(id))
	}
}

// after lists the ids after one, at most so many, in order.
func (s shelves) after(id string, most int) []string {
	var ids []string
	for _, at := range slices.Sorted(maps.Keys(s)) {
		if at < shelf(id) || len(ids) >= most {
			continue
		}
		for _, one := range slices.Sorted(maps.Keys(s[at])) {
			if one > id {
				ids = append(ids, one)
			}
		}
	}
	return ids[:min(len(ids), most)]
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
		one = &standing{of: map[string]string{}, by: map[string]shelves{}}
		s.flows[flowID] = one
	}
	s.mu.Unlock()
	if err := s.know(one, flowID); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return one.by[status].after(after, most), nil
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
		s.by[was].take(id)
		delete(s.of, id)
	}
	if status == leftOut {
		return
	}
	if s.by[status] == nil {
		s.by[status] = shelves{}
	}
	s.by[status].put(id)
	s.of[id] = status
}
