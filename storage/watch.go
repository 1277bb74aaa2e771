package storage

import "sync"

// watchers are those who want to hear of rows.
type watchers struct {
	mu   sync.RWMutex
	next int
	all  map[int]func(dataset, id string)
}

// rowRef names a row of a collected dataset.
type rowRef struct{ dataset, id string }

// WatchRows calls heard for every row that was kept or withdrawn, after it is durable and before its
// Commit returns; heard must be quick and safe for several goroutines. It goes on until stop is
// called.
func (s *Store) WatchRows(heard func(dataset, id string)) (stop func()) {
	w := &s.rows
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[int]func(dataset, id string){}
	}
	me := w.next
	w.next++
	w.all[me] = heard
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, me)
	}
}

// tell tells everybody of rows.
func (w *watchers) tell(rows []rowRef) {
	if len(rows) == 0 {
		return
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, heard := range w.all {
		for _, row := range rows {
			heard(row.dataset, row.id)
		}
	}
}
