package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
)

// errStopped ends a program that was stopped from outside: it will run again, or its instance is over.
var errStopped = errors.New("the instance was stopped")

// waits are the primitives in which an instance waits for people, time, events and children. In others it
// computes.
var waits = map[string]bool{"ask": true, "together": true, "first": true, "sleep": true, "deadline": true, signalPrimitive: true}

// atOnce are the primitives that are one entry of the history.
var atOnce = map[string]bool{"spawn": true, "record": true, "now": true, "random": true}

// isWork says whether a primitive is work that a model or a run does.
func isWork(primitive string) bool { return primitive != "" && !waits[primitive] && !atOnce[primitive] }

// call is a call that the program is in.
type call struct {
	number          int
	primitive, hash string
	args            json.RawMessage
	round           int  // the how manieth time it is begun
	begun           bool // it was called, on record
	began           time.Time
	done            bool // its result is on record
	result          json.RawMessage
	cites           []string
}

// enter numbers the program's next call and compares it with what is on record.
func (i *Instance) enter(primitive string, args Value) (*call, error) {
	if i.halted != nil {
		return nil, i.halted
	}
	if i.ctx.Err() != nil {
		return nil, i.halt(errStopped)
	}
	i.number++
	c := &call{number: i.number, primitive: primitive}
	if c.number > i.r.limits.Calls {
		return nil, i.park(c, fmt.Errorf("%w: this is call %d, and an instance may make %d; spawn children for parts of the work",
			ErrInvalid, c.number, i.r.limits.Calls))
	}
	data, err := i.r.limits.encode(primitive, args)
	if err != nil {
		return nil, i.park(c, err)
	}
	c.args, c.hash = data, hashOf(primitive, data)
	if err := i.match(c); err != nil {
		return nil, err
	}
	if !c.done {
		i.caughtUp()
	}
	return c, nil
}

// match takes over what is on record of a call.
func (i *Instance) match(c *call) error {
	e := i.past.calls[c.number]
	delete(i.past.calls, c.number)
	c.round = i.past.rounds[c.number] + 1
	loose := i.past.loose(c.number)
	if len(i.past.calls) == 0 && c.number >= i.past.top {
		i.past = &past{firm: math.MaxInt} // there is nothing more in it, and 100,000 may wait
	}
	switch {
	case e == nil:
		return nil
	case e.reopened, e.hash != c.hash && loose:
		return i.clear(e)
	case e.hash != c.hash:
		return i.diverge(c, e.primitive)
	}
	c.round, c.begun, c.began, c.args = e.round, true, e.began, nil
	c.done, c.result, c.cites = e.done, e.result, e.cites
	if loose {
		if err := i.affirm(e); err != nil {
			return err
		}
	}
	if !c.done {
		return i.show(c.waitsIn)
	}
	return nil
}

// waitsIn is the state of an instance that is in a call.
func (c *call) waitsIn(v *storage.Instance) {
	v.Status, v.Waiting, v.Error, v.Calls = running, c.primitive, "", max(v.Calls, c.number)
	if waits[c.primitive] {
		v.Status = waiting
	}
}

// begin puts a call on record before its work.
func (i *Instance) begin(c *call) error {
	step, err := i.write(storage.Step{
		Kind: kindCalled, Call: c.number, Primitive: c.primitive, Hash: c.hash, Args: c.args,
	}, c.waitsIn)
	if err != nil {
		return err
	}
	c.begun, c.began, c.args = true, step.Time, nil // they are on record, and many wait
	return nil
}

// finish puts the result of a call on record, with what else belongs to it, and returns it as it will be
// read after a restart. Of a call that was done before it returns the record.
func (i *Instance) finish(c *call, v Value, cites []string, also ...func(b *storage.Batch, step storage.Step)) (Value, error) {
	if c.done {
		return i.recorded(c)
	}
	data, err := i.r.limits.encode("the result of "+c.primitive, v)
	if err != nil {
		return nil, i.park(c, err)
	}
	if err := i.keep(c, data, cites, also...); err != nil {
		return nil, err
	}
	return i.recorded(c)
}

// keep puts a result on record as it is written.
func (i *Instance) keep(c *call, data json.RawMessage, cites []string, also ...func(b *storage.Batch, step storage.Step)) error {
	step := storage.Step{Kind: kindResult, Call: c.number, Primitive: c.primitive, Result: data, Cites: cites}
	if !c.begun {
		step.Hash, step.Args = c.hash, c.args
	}
	also = append(also, func(b *storage.Batch, _ storage.Step) { b.CiteCall(cites, storage.CallOf(i.id, c.number, c.round)) })
	step, err := i.write(step, nil, also...)
	if err != nil {
		return err
	}
	if !c.begun {
		c.began = step.Time
	}
	c.begun, c.done, c.result, c.cites = true, true, data, cites
	return nil
}

// recorded reads the result of a call that is done.
func (i *Instance) recorded(c *call) (Value, error) {
	v, err := runs.DecodeValue(c.result)
	if err != nil {
		return nil, i.park(c, fmt.Errorf("the record of its result: %w", err))
	}
	return v, nil
}

// diverge stops the instance with both sides on record: a person decides.
func (i *Instance) diverge(c *call, was string) error {
	says := fmt.Sprintf("call %d was %s and is %s now", c.number, was, c.primitive)
	if was == c.primitive {
		says = fmt.Sprintf("call %d is %s with other arguments than on record", c.number, c.primitive)
	}
	_, err := i.write(storage.Step{
		Kind: kindDiverged, Call: c.number, Primitive: c.primitive, Hash: c.hash, Args: c.args, Error: says,
	}, func(v *storage.Instance) {
		v.Status, v.Waiting, v.Error = diverged, "", says
	})
	if err != nil {
		return err
	}
	return i.halt(errors.New(says))
}

// park stops the instance with an error, at a call or (nil) at the program itself.
func (i *Instance) park(c *call, cause error) error {
	if i.halted != nil {
		return i.halted
	}
	step := storage.Step{Kind: kindFailed, Error: cause.Error()}
	if c != nil {
		step.Call, step.Primitive = c.number, c.primitive
	}
	_, err := i.write(step, func(v *storage.Instance) {
		v.Status, v.Waiting, v.Error = parked, step.Primitive, step.Error
	})
	if err != nil {
		return err
	}
	return i.halt(cause)
}

// halt has every further call of the program give the same error.
func (i *Instance) halt(err error) error {
	if i.halted == nil {
		i.halted = err
	}
	return i.halted
}

// broken halts an instance whose store or desk will not have it: it was stopped, or it stays where it is until
// the process starts again.
func (i *Instance) broken(err error) error {
	if i.ctx.Err() != nil {
		return i.halt(errStopped)
	}
	if i.halted == nil && !errors.Is(err, storage.ErrClosed) {
		i.r.trouble(fmt.Errorf("instance %s stays where it is: %w", i.id, err))
	}
	return i.halt(err)
}
