package flow

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// Work is what a model or a run does for a call: its result, and ids of what that came from.
type Work func(ctx context.Context) (v Value, cites []string, err error)

type callKey struct{}

// CallID returns the identity of the call that a function given to [Instance.Do] works for. It is the same
// after a restart and another one after a re-opening, so it can seed randomness and name results.
func CallID(ctx context.Context) string {
	id, _ := ctx.Value(callKey{}).(string)
	return id
}

type finalError struct{ error }

func (f finalError) Unwrap() error { return f.error }

// Final marks an error of work that trying again would not mend.
func Final(err error) error { return finalError{err} }

// Do has work done: by a model, a run, whatever takes its time. Once its result is recorded it is never
// done again; when the process ends before that, it is. Work that errs is tried again a few times, then the
// instance is parked.
func (i *Instance) Do(primitive string, args Value, work Work) (Value, error) {
	return i.do(primitive, args, work, func(c *call, err error) (Value, error) { return nil, i.park(c, err) })
}

// DoOr is Do, but where the work fails for good its result is otherwise.
func (i *Instance) DoOr(primitive string, args, otherwise Value, work Work) (Value, error) {
	return i.do(primitive, args, work, func(c *call, err error) (Value, error) {
		i.r.trouble(fmt.Errorf("instance %s: %s failed, and the script goes on without it: %w", i.id, primitive, err))
		return i.finish(c, otherwise, nil)
	})
}

func (i *Instance) do(primitive string, args Value, work Work, failed func(c *call, err error) (Value, error)) (Value, error) {
	if !isWork(primitive) {
		return nil, i.park(nil, fmt.Errorf("%w: %q is not the name of work", ErrInvalid, primitive))
	}
	c, err := i.enter(primitive, args)
	if err != nil {
		return nil, err
	}
	if c.done {
		return i.recorded(c)
	}
	if !c.begun {
		if err := i.begin(c); err != nil {
			return nil, err
		}
	}
	i.flow.count(primitive, func(w *WorkCount) { w.Working++ })
	v, cites, err := i.tryWork(c, work)
	i.flow.count(primitive, func(w *WorkCount) { w.Working-- })
	switch {
	case i.halted != nil:
		return nil, i.halted
	case err != nil:
		return failed(c, err)
	}
	return i.finish(c, v, cites)
}

// tryWork does work until it succeeds or has failed for good. When the instance is stopped it halts.
func (i *Instance) tryWork(c *call, work Work) (v Value, cites []string, err error) {
	ctx := context.WithValue(i.ctx, callKey{}, taskID(i.id, c.number, c.round))
	wait := i.r.limits.Backoff
	for try := 0; ; try++ {
		if err := i.flow.pass(i); err != nil {
			return nil, nil, err
		}
		v, cites, err = i.safely(ctx, work)
		if err == nil {
			_, err = i.r.limits.encode("the result of "+c.primitive, v)
			return v, cites, err
		}
		if i.ctx.Err() != nil {
			return nil, nil, i.halt(errStopped)
		}
		var final finalError
		if errors.As(err, &final) || try >= i.r.limits.Retries {
			return nil, nil, err
		}
		i.r.trouble(fmt.Errorf("instance %s: %s will be tried again in %s: %w", i.id, c.primitive, wait, err))
		if i.r.timers.pause(i.ctx, wait) != nil {
			return nil, nil, i.halt(errStopped)
		}
		wait *= 4
	}
}

// safely does work once; a panic in it is an error of this one instance.
func (i *Instance) safely(ctx context.Context, work Work) (v Value, cites []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Final(fmt.Errorf("a bug in the program, not in your script: %v", p))
			i.r.trouble(fmt.Errorf("instance %s: %w\n%s", i.id, err, debug.Stack()))
		}
	}()
	return work(ctx)
}
