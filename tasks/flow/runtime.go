package flow

import (
	"context"
	"errors"

	"workbench/storage"
)

var errSkeleton = errors.New("not there yet")

// Runtime runs flows. Its methods may be called from several goroutines.
type Runtime struct{}

// Open resumes every instance that is under way. The caller closes the runtime, and then desk and store.
func Open(o Options) (*Runtime, error) { return &Runtime{}, nil }

// Close stops all programs where they are, and waits for them. What is recorded stays: the next Open goes
// on from there.
func (r *Runtime) Close() error { return nil }

// Start keeps a flow with its items, and begins it.
func (r *Runtime) Start(ctx context.Context, n NewFlow) (storage.Flow, error) {
	return storage.Flow{}, errSkeleton
}

// Pause begins no more items and no more work of models; tasks are not given out any more, and who has one
// keeps it.
func (r *Runtime) Pause(ctx context.Context, by, flow string) error { return errSkeleton }

// Resume goes on after Pause.
func (r *Runtime) Resume(ctx context.Context, by, flow string) error { return errSkeleton }

// Cancel ends a flow for good: its instances stop, and its tasks are closed. What was recorded stays.
func (r *Runtime) Cancel(ctx context.Context, by, flow string) error { return errSkeleton }

// Priority sets how early a flow's tasks are given out; larger goes first.
func (r *Runtime) Priority(ctx context.Context, by, flow string, priority int) error {
	return errSkeleton
}

// Reopen drops the result of a call and runs the instance again: later calls whose arguments stay the same
// keep their results, all others are made again. Waits of ancestors that had the instance's result are
// re-opened with it. At the call where an instance diverged it accepts what the program asks for now.
func (r *Runtime) Reopen(ctx context.Context, by, instance string, call int) error {
	return errSkeleton
}

// Retry lets a parked instance try again.
func (r *Runtime) Retry(ctx context.Context, by, instance string) error { return errSkeleton }

// Signal sends an instance an event from outside. It is kept until the program asks for it.
func (r *Runtime) Signal(ctx context.Context, by, instance, name string, value Value) error {
	return errSkeleton
}

// Watch has do called at every change of a state, from whatever goroutine made it; do must be quick.
func (r *Runtime) Watch(do func(Change)) {}

// Counts says how far a flow is. The first time it reads the flow's histories.
func (r *Runtime) Counts(flow string) (Counts, error) { return Counts{}, errSkeleton }

// Story tells what happened in an instance.
func (r *Runtime) Story(instance string) (Story, error) { return Story{}, errSkeleton }
