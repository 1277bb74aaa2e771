package web

import (
	"sync"
	"time"

	"workbench/engine/runs"
)

// diagnosed remembers what looks wrong about runs, since all of a run's curves are read to find out.
type diagnosed struct {
	mu  sync.Mutex
	all map[string]diagnosis
}

// diagnosis is what was found about a run when it was last looked at.
type diagnosis struct {
	at     time.Time
	status runs.Status
	times  int // that it was resumed
	found  []RunDiagnosis
}

// diagnoseEvery is how often a run that goes on is looked at.
const diagnoseEvery = 2 * time.Second

func newDiagnosed() *diagnosed { return &diagnosed{all: map[string]diagnosis{}} }

// of looks again where the run has gone on.
func (d *diagnosed) of(book *runs.Book, r runs.Run, now time.Time) ([]RunDiagnosis, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was, known := d.all[r.ID]
	same := known && was.status == r.Status && was.times == r.Resumed
	if same && (r.Status != runs.Running || now.Sub(was.at) < diagnoseEvery) {
		return was.found, nil
	}
	all, err := book.Diagnoses(r)
	if err != nil {
		return nil, err
	}
	found := make([]RunDiagnosis, len(all))
	for i, one := range all {
		found[i] = RunDiagnosis(one)
	}
	d.all[r.ID] = diagnosis{now, r.Status, r.Resumed, found}
	return found, nil
}
