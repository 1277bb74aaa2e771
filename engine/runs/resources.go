package runs

import (
	"sync"
	"time"
)

// Resources is what a run has used and how long it still takes.
type Resources struct {
	Work
	CPUSeconds      float64       `json:"cpu_seconds,omitempty"`       // of the process since the meter's start
	PeakRSS         int64         `json:"peak_rss,omitempty"`          // bytes, of the process since ResetPeak; 0 where unknown
	TokensPerSecond float64       `json:"tokens_per_second,omitempty"` // over the last minute
	Left            time.Duration `json:"left_ns,omitempty"`           // at the pace of the last minute; 0 when unknown
}

// Work is what a run has computed since it was started or resumed, by what it is for.
type Work struct {
	Sampled Rate `json:"sampled,omitzero"` // tokens of responses
	Scored  Rate `json:"scored,omitzero"`  // tokens of whole texts, without gradients
	Trained Rate `json:"trained,omitzero"` // tokens that went forward and backward
}

// Rate is tokens and the time that they took, waiting for the device included.
type Rate struct {
	Tokens  int64   `json:"tokens"`
	Seconds float64 `json:"seconds"`
}

// Add counts tokens that took a time.
func (r *Rate) Add(tokens int, took time.Duration) {
	r.Tokens += int64(tokens)
	r.Seconds += took.Seconds()
}

// PerSecond is how many tokens a second that is; 0 for none.
func (r Rate) PerSecond() float64 {
	if r.Seconds <= 0 {
		return 0
	}
	return float64(r.Tokens) / r.Seconds
}

// window is how far back a Meter looks for the pace.
const window = time.Minute

// Meter measures one run: its pace out of what it is told, and the process it runs in.
type Meter struct {
	now   func() time.Time
	usage func() (cpu time.Duration, peak int64)
	total int

	mu     sync.Mutex
	cpu    time.Duration // at the start
	points []point       // of the last minute, the oldest first
}

// point is the state of a run at a time.
type point struct {
	at     time.Time
	step   int
	tokens int64
}

// NewMeter starts measuring a run that stands at step first of total steps (0 when not known).
// The time comes from now; nil means time.Now.
func NewMeter(now func() time.Time, first, total int) *Meter {
	if now == nil {
		now = time.Now
	}
	m := &Meter{now: now, usage: processUsage, total: total}
	m.cpu, _ = m.usage()
	m.points = []point{{at: now(), step: first}}
	return m
}

// Add says that the run now stands at a step, and how many tokens it took since the last call.
func (m *Meter) Add(step int, tokens int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	newest := m.points[len(m.points)-1]
	m.points = append(m.points, point{now, step, newest.tokens + int64(tokens)})
	for len(m.points) > 2 && now.Sub(m.points[1].at) >= window {
		m.points = m.points[1:]
	}
}

// Read returns the resources used until now.
func (m *Meter) Read() Resources {
	m.mu.Lock()
	defer m.mu.Unlock()
	cpu, peak := m.usage()
	r := Resources{CPUSeconds: (cpu - m.cpu).Seconds(), PeakRSS: peak}
	oldest, newest := m.points[0], m.points[len(m.points)-1]
	seconds := newest.at.Sub(oldest.at).Seconds()
	if seconds <= 0 {
		return r
	}
	r.TokensPerSecond = float64(newest.tokens-oldest.tokens) / seconds
	if steps := newest.step - oldest.step; steps > 0 && m.total > newest.step {
		left := seconds / float64(steps) * float64(m.total-newest.step)
		r.Left = time.Duration(left * float64(time.Second))
	}
	return r
}
