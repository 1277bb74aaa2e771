package cli

import (
	"sync"
	"time"

	"workbench/engine/runs"
	"workbench/tasks/script"
)

// runMeter measures a run while it goes on: what it used, and how soon its loop will be done.
type runMeter struct {
	now  func() time.Time
	used *runs.Meter

	mu   sync.Mutex
	pace *runs.Meter // of the loop; nil before its second step, since the first one compiles
	work runs.Work
}

// newRunMeter starts at the beginning of a run. The peak of the memory is that of the process while the run goes on.
func newRunMeter(now func() time.Time) *runMeter {
	runs.ResetPeak() // where the system can't, it is the peak of the process so far
	return &runMeter{now: now, used: runs.NewMeter(now, 0, 0)}
}

// hear is told what happens in the run.
func (m *runMeter) hear(p script.Progress) {
	if p.Steps == 0 || p.Saved || p.Say != "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pace == nil {
		m.pace = runs.NewMeter(m.now, p.Step+1, p.Steps)
	} else {
		m.pace.Add(p.Step+1, int(p.Work.Trained.Tokens-m.work.Trained.Tokens))
	}
	m.work = p.Work
}

// read is what was used until now, and the time that the loop will still take.
func (m *runMeter) read() runs.Resources {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.used.Read()
	r.Work = m.work
	if m.pace != nil {
		pace := m.pace.Read()
		r.TokensPerSecond, r.Left = pace.TokensPerSecond, pace.Left
	}
	return r
}

// total is what a run used that is over.
func (m *runMeter) total(work runs.Work) runs.Resources {
	r := m.read()
	r.Work, r.Left = work, 0
	return r
}
