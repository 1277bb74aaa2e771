package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"workbench/engine/runs"
	"workbench/tasks/script"
)

// jobs are the runs of a server. They are carried out one after another, in the order in which they
// were asked for: two trainings at a time would each take twice as long, and twice the memory.
type jobs struct {
	engine *engine
	book   *runs.Book
	turn   chan struct{} // holds the token of whoever computes
	quit   context.Context
	all    sync.WaitGroup
	hear   func(id string) // somebody may want to know; not nil

	mu   sync.Mutex
	live map[string]*job
}

// job is a run that waits for its turn or goes on.
type job struct {
	stop context.CancelFunc
	over chan struct{} // closed at its end
	runState

	outcome outcome // valid once over is closed
	err     error
}

// runState is how far a run is.
type runState struct {
	waiting     bool // for another run to end
	step, steps int
	says        string
	used        runs.Resources
}

// newJobs makes the runs of a server; they stop at a boundary of their loop when quit ends.
func newJobs(quit context.Context, e *engine, hear func(id string)) *jobs {
	return &jobs{
		engine: e, book: runs.NewBook(e.store, e.app.now), turn: make(chan struct{}, 1), quit: quit,
		hear: hear, live: map[string]*job{},
	}
}

// start records a run and puts it in line, or takes up one that was stopped.
func (j *jobs) start(x experiment) (id string, err error) {
	if x.resume != "" && j.state(x.resume) != nil {
		return "", fail(badInput, "run %s is still going", x.resume)
	}
	record, err := j.engine.begin(j.book, &x)
	if err != nil {
		return "", err
	}
	id = record.ID()
	ctx, stop := context.WithCancel(j.quit)
	mine := &job{stop: stop, over: make(chan struct{}), runState: runState{waiting: true}}
	j.mu.Lock()
	j.live[id] = mine
	j.mu.Unlock()
	j.all.Go(func() { j.do(ctx, mine, record, x) })
	j.hear(id)
	return id, nil
}

func (j *jobs) do(ctx context.Context, mine *job, record *runs.Recorder, x experiment) {
	id := record.ID()
	defer j.hear(id)
	defer func() {
		mine.stop()
		j.mu.Lock()
		delete(j.live, id)
		j.mu.Unlock()
		close(mine.over)
	}()
	select {
	case j.turn <- struct{}{}:
		defer func() { <-j.turn }()
	case <-ctx.Done():
		mine.err = errors.Join(ctx.Err(), record.Finish(nil, ctx.Err()))
		return
	}
	j.set(mine, func(s *runState) { s.waiting = false })
	e := j.engine.fork("run " + id)
	e.namesOnly, e.microTokens = x.namesOnly, serverMicroTokens*runtime.NumCPU()
	meter := newRunMeter(e.app.now)
	mine.outcome, mine.err = e.carryOutMeasured(ctx, record, x, meter, func(p script.Progress) { j.progress(id, mine, p, meter.read()) })
	mine.err = errors.Join(mine.err, e.close())
}

// serverMicroTokens is how many tokens for each processor a run of a server computes at a time, forward and
// backward: somebody who asks a model for text waits for them, which takes the better part of a second.
const serverMicroTokens = 64

func (j *jobs) progress(id string, mine *job, p script.Progress, used runs.Resources) {
	j.set(mine, func(s *runState) {
		done := p.Step
		if p.Metrics != nil {
			done++ // this one is
		}
		s.step, s.steps, s.used = max(s.step, done), max(s.steps, p.Steps), used
		if p.Say != "" {
			s.says = p.Say
		}
	})
	j.hear(id)
}

func (j *jobs) set(mine *job, change func(*runState)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(&mine.runState)
}

// state is how far a live run is; nil for one that is not live.
func (j *jobs) state(id string) *runState {
	j.mu.Lock()
	defer j.mu.Unlock()
	mine := j.live[id]
	if mine == nil {
		return nil
	}
	s := mine.runState
	return &s
}

// stop ends a run at the next boundary of its loop.
func (j *jobs) stop(id string) error {
	j.mu.Lock()
	mine := j.live[id]
	j.mu.Unlock()
	if mine == nil {
		return fail(notFound, "run %s does not run", id)
	}
	mine.stop()
	return nil
}

// wait returns what a run that was started here came to.
func (j *jobs) wait(ctx context.Context, id string) (outcome, error) {
	j.mu.Lock()
	mine := j.live[id]
	j.mu.Unlock()
	if mine != nil {
		select {
		case <-mine.over:
			return mine.outcome, mine.err
		case <-ctx.Done():
			return outcome{}, ctx.Err()
		}
	}
	run, err := j.book.Run(id)
	switch {
	case err != nil:
		return outcome{}, err
	case run.Status != runs.Done:
		return outcome{}, fmt.Errorf("run %s is %s: %s", id, run.Status, run.Error)
	}
	return outcome{Run: id, Script: run.Script.Name, Params: run.Params, Result: run.Result}, nil
}

// close waits for the runs, which stop once quit has ended.
func (j *jobs) close() { j.all.Wait() }
