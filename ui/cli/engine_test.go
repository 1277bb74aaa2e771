package cli

import (
	"context"
	"errors"
	"testing"
	"time"

	"workbench/engine/forward"
	"workbench/engine/generate"
	"workbench/engine/runs"
	"workbench/engine/weights"
)

// TestMemoryIsRefused: what does not fit is refused in words, also when the command itself holds the
// rest; it never waits for itself.
func TestMemoryIsRefused(t *testing.T) {
	newRoom(t)
	size, err := weightBytes("tiny")
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{
		app: &app{getenv: func(string) string { return "" }, data: "data", now: time.Now}, owner: "this command",
		queue: runs.NewQueue(runs.QueueOptions{Budget: size + 1000}), bases: map[string]*weights.Model{},
	}
	defer func() {
		if err := e.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := e.app.loadRuntime(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	m, err := e.Open(ctx, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for what, try := range map[string]func() error{
		"a second model": func() error { _, err := e.Open(ctx, "tiny"); return err },
		"a sampler":      func() error { _, err := e.sampler(ctx, m, generate.Options{}); return err },
		"activations": func() error {
			scorer := forward.NewScorer(m, e.device(runs.ForPerson), 0, e.session())
			defer scorer.Close()
			_, _, err := scorer.LogProbs(ctx, []forward.Sequence{{Tokens: make([]int, 64)}}, 1)
			return err
		},
	} {
		if err := try(); !errors.Is(err, runs.ErrTooBig) || hintOf(err) == "" {
			t.Errorf("%s that does not fit: %v, want it refused with what to do", what, err)
		}
	}
	if exists("data") {
		t.Error("a data folder was made")
	}
}

// TestPatientDevice: a run's work is finished though the run was stopped; other work is not begun.
func TestPatientDevice(t *testing.T) {
	e := &engine{queue: runs.NewQueue(runs.QueueOptions{})}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	work := func(ctx context.Context) error { return ctx.Err() }
	if err := (patient{e.device(runs.ForRun)}).Do(ctx, work); err != nil {
		t.Errorf("a run's work after the stop: %v, want it done", err)
	}
	if err := e.device(runs.ForPerson).Do(ctx, work); !errors.Is(err, context.Canceled) {
		t.Errorf("a person's work after the stop: %v, want context.Canceled", err)
	}
}
