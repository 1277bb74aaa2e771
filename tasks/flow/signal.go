package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
)

const signalPrimitive = "signal"

// signalCite begins what a signal call cites: the signal's place in the history.
const signalCite = "signal:"

// Signal waits for an event of a name from outside, and returns what came with it. Each event is taken once,
// the oldest first.
func (i *Instance) Signal(name string) (Value, error) {
	c, err := i.enter(signalPrimitive, name)
	if err != nil {
		return nil, err
	}
	for !c.done {
		s, came := i.take(name)
		switch {
		case came:
			v, err := runs.DecodeValue(s.Result)
			if err != nil {
				return nil, i.park(c, err)
			}
			if _, err := i.finish(c, v, []string{fmt.Sprint(signalCite, s.Seq)}); err != nil {
				return nil, err
			}
		case !c.begun:
			if err := i.begin(c); err != nil {
				return nil, err
			}
		default:
			if err := i.wait(time.Time{}); err != nil {
				return nil, err
			}
		}
	}
	return i.recorded(c)
}

// take takes the oldest signal of a name out of those that came.
func (i *Instance) take(name string) (s storage.Step, came bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := slices.IndexFunc(i.signals, func(s storage.Step) bool { return s.Primitive == name })
	if n < 0 {
		return s, false
	}
	s = i.signals[n]
	i.signals = slices.Delete(i.signals, n, n+1)
	return s, true
}

// Signal sends an instance an event from outside. It is kept until the program asks for it.
func (r *Runtime) Signal(ctx context.Context, by, instance, name string, value Value) error {
	data, err := r.limits.encode("the value of the signal", value)
	if err != nil {
		return err
	}
	release, err := r.take(ctx, instance)
	if err != nil {
		return err
	}
	defer release()
	step := storage.Step{Kind: kindSignal, Primitive: name, Result: data, By: by}
	event := func(b *storage.Batch, s storage.Step) {
		told, _ := json.Marshal(map[string]string{"name": name}) // a text always has a form in JSON
		b.Append(storage.Event{Time: s.Time, Kind: "signalled", Actor: by, Object: instance, Data: told})
	}
	if i := r.runs(instance); i != nil {
		return i.deliver(step, event)
	}
	x, err := r.settle(instance)
	if err != nil {
		return err
	}
	if x.past.status == done || x.past.status == cancelled {
		return fmt.Errorf("%w: the instance is %s and hears nothing any more", ErrState, x.past.status)
	}
	x.add(step)
	return x.commit(event)
}

// deliver hands a signal to an instance that runs.
func (i *Instance) deliver(step storage.Step, event func(b *storage.Batch, s storage.Step)) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.view.Status == done || i.view.ID == "" { // or was not readable
		return fmt.Errorf("%w: the instance hears nothing any more", ErrState)
	}
	if err := i.append(&step, nil, []func(b *storage.Batch, s storage.Step){event}); err != nil {
		return err
	}
	i.signals = append(i.signals, step)
	i.nudge()
	return nil
}
