package flow

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
)

// Instance is one execution of a function of a flow's script, and what its program calls. Errors of calls
// are for the program to return: whatever they are, the call was recorded and the instance has stopped.
type Instance struct {
	r    *Runtime
	flow *state
	id   string

	ctx  context.Context // ends when it is to stop
	stop context.CancelFunc
	gone chan struct{} // closed when its goroutine has ended
	wake chan struct{} // something that it waits for may have come; holds one token

	// The program's goroutine has these for itself.
	past   *past
	number int   // of the last call
	halted error // what every further call returns
	slot   bool  // it has one of the slots for replaying

	// mu guards what follows, and the order of the history: steps come from the program and, of signals,
	// from outside. It is held until the history is read.
	mu      sync.Mutex
	seq     int
	view    storage.Instance // without Args
	signals []storage.Step   // that came and were not taken
}

// ID returns the instance's id.
func (i *Instance) ID() string { return i.id }

// live runs the program from the top to wherever it stops.
func (i *Instance) live() {
	defer i.r.forget(i)
	defer i.caughtUp()
	function, args, err := i.load()
	if err != nil {
		if i.ctx.Err() == nil {
			i.r.trouble(fmt.Errorf("instance %s stays where it is: %w", i.id, err))
		}
		return
	}
	var result Value
	if err = i.doubt(); err == nil {
		result, err = i.execute(function, args)
	}
	switch {
	case i.halted != nil || i.ctx.Err() != nil: // what is to be known is on record
	case err != nil:
		_ = i.park(nil, err) // it gives the error back
	default:
		_ = i.end(result) // as does this, when it has parked
	}
}

// load waits for a slot, so that not all instances are in the middle of replaying at once, and reads the
// history.
func (i *Instance) load() (function string, args Value, err error) {
	defer i.mu.Unlock()
	select {
	case i.r.slots <- struct{}{}:
		i.slot = true
	case <-i.ctx.Done():
		return "", nil, errStopped
	}
	history, err := i.r.store.History(i.id)
	if err != nil {
		return "", nil, err
	}
	v, err := i.r.store.Instance(i.id)
	if err != nil {
		return "", nil, err
	}
	i.past = fold(history)
	i.seq = i.past.seq
	for _, s := range i.past.signals {
		if !i.past.taken[s.Seq] {
			i.signals = append(i.signals, s)
		}
	}
	i.past.signals, i.past.taken = nil, nil
	args, err = runs.DecodeValue(v.Args)
	v.Args = nil
	i.view = v
	return v.Function, args, err
}

// caughtUp gives the slot back: the instance is past its record.
func (i *Instance) caughtUp() {
	if i.slot {
		i.slot = false
		<-i.r.slots
	}
}

func (i *Instance) execute(function string, args Value) (result Value, err error) {
	program, err := i.flow.script()
	if err != nil {
		return nil, fmt.Errorf("open the script: %w", err)
	}
	// One instance's bug must not take down everybody's work.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a bug in the program, not in your script: %v", p)
			i.r.trouble(fmt.Errorf("instance %s: %w\n%s", i.id, err, debug.Stack()))
		}
	}()
	return program.Run(i.ctx, i, function, args)
}

// end puts the program's result on record, clears what is left from before a re-opening, and tells the
// parent.
func (i *Instance) end(result Value) error {
	data, err := i.r.limits.encode("the result of the function", result)
	if err != nil {
		return i.park(nil, err)
	}
	for _, e := range i.past.from(i.number + 1) {
		if !e.reopened && !i.past.loose(e.number) {
			return i.diverge(&call{number: e.number, primitive: "the end"}, e.primitive)
		}
		if err := i.clear(e); err != nil {
			return err
		}
	}
	_, err = i.write(storage.Step{Kind: kindEnded, Call: i.number, Result: data}, func(v *storage.Instance) {
		v.Status, v.Waiting, v.Error, v.Result, v.Calls = done, "", "", data, i.number
	})
	if err == nil {
		i.r.nudge(i.view.Parent)
	}
	return err
}

// write appends a step to the history, durably, with the instance's state after it and what else belongs
// to it. It tries until that works.
func (i *Instance) write(step storage.Step, change func(v *storage.Instance),
	also ...func(b *storage.Batch, step storage.Step),
) (storage.Step, error) {
	err := i.r.insist(i.ctx, func() error {
		i.mu.Lock()
		defer i.mu.Unlock()
		return i.append(&step, change, also)
	})
	if err != nil {
		return step, i.broken(err)
	}
	return step, nil
}

// append is one try of write. mu is held.
func (i *Instance) append(step *storage.Step, change func(v *storage.Instance),
	also []func(b *storage.Batch, step storage.Step),
) error {
	step.Instance, step.Seq, step.Time = i.id, i.seq+1, i.r.now()
	b, v := &storage.Batch{}, i.view
	b.AppendStep(*step)
	if change != nil {
		change(&v)
		v.Updated = step.Time
		if err := i.putView(b, v); err != nil {
			return err
		}
	}
	for _, add := range also {
		add(b, *step)
	}
	if err := i.flow.commit(b, *step); err != nil {
		return err
	}
	i.seq = step.Seq
	was := i.view
	i.view = v
	i.flow.moved(was, v)
	return nil
}

// putView writes the state of the instance with its arguments. Those may be large, and most instances wait,
// so they stay in the store meanwhile.
func (i *Instance) putView(b *storage.Batch, v storage.Instance) error {
	kept, err := i.r.store.Instance(i.id)
	if err != nil {
		return err
	}
	v.Args = kept.Args
	b.PutInstance(v)
	return nil
}

// show keeps the state of an instance that has come, without a new entry in its history, to where it waits.
func (i *Instance) show(change func(v *storage.Instance)) error {
	err := i.r.insist(i.ctx, func() error {
		i.mu.Lock()
		defer i.mu.Unlock()
		b, v := &storage.Batch{}, i.view
		change(&v)
		if v.Status == i.view.Status && v.Waiting == i.view.Waiting && v.Error == i.view.Error {
			return nil
		}
		if err := i.putView(b, v); err != nil {
			return err
		}
		if err := i.r.commit(b); err != nil {
			return err
		}
		was := i.view
		i.view = v
		i.flow.moved(was, v)
		return nil
	})
	if err != nil {
		return i.broken(err)
	}
	return nil
}

// wait returns when something may have come, or at a time unless that is zero.
func (i *Instance) wait(until time.Time) error {
	i.caughtUp()
	if !until.IsZero() {
		cancel := i.r.timers.at(until, i.nudge)
		defer cancel()
	}
	select {
	case <-i.wake:
		return nil
	case <-i.ctx.Done():
		return i.halt(errStopped)
	}
}

// nudge has the instance look again at what it waits for.
func (i *Instance) nudge() {
	select {
	case i.wake <- struct{}{}:
	default: // a token is there already
	}
}
