package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"workbench/storage"
)

// Reopen drops the result of a call and runs the instance again: later calls whose arguments stay the same
// keep their results, all others are made again. Waits of ancestors that had the instance's result are
// re-opened with it. At the call where an instance diverged it accepts what the program asks for now.
func (r *Runtime) Reopen(ctx context.Context, by, instance string, call int) error {
	release, err := r.take(ctx, instance)
	if err != nil {
		return err
	}
	defer release()
	return r.drop(instance, func(x *rest) (bool, error) {
		switch {
		case x.past.status == cancelled || x.flow.is().Status == cancelled:
			return false, fmt.Errorf("%w: the instance was cancelled", ErrState)
		case call < 1 || call > x.past.last:
			return false, fmt.Errorf("%w: the instance has calls 1 to %d, and no call %d", ErrInvalid, x.past.last, call)
		}
		x.add(storage.Step{Kind: kindReopened, Call: call, By: by})
		return true, nil
	}, func(b *storage.Batch, s storage.Step) { b.Append(event("reopened", s)) })
}

// reread drops the answers to a task from the record when they are not those that count any more.
func (r *Runtime) reread(ctx context.Context, task string) error {
	instance, number := placeOf(task)
	release, err := r.take(ctx, instance)
	if err != nil {
		return err
	}
	defer release()
	return r.drop(instance, func(x *rest) (bool, error) {
		e := x.past.calls[number]
		if e == nil || !e.done || e.reopened || e.primitive != "ask" || taskID(instance, number, e.round) != task ||
			x.past.status == cancelled || !r.stale(task, e.cites) {
			return false, nil
		}
		x.add(storage.Step{Kind: kindUndone, Call: number})
		return true, nil
	})
}

// catchUp finds instances that are done with answers which were taken back while nobody could be told. Those
// that run find out by themselves when they come to the call again.
func (r *Runtime) catchUp(ctx context.Context) error {
	for _, task := range r.desk.Undone() {
		instance, number := placeOf(task)
		v, err := r.store.Instance(instance)
		if err != nil || v.Status != done {
			continue
		}
		history, err := r.store.History(instance)
		if err != nil {
			return err
		}
		if e := fold(history).calls[number]; e != nil && taskID(instance, number, e.round) == task && r.stale(task, e.cites) {
			if err := r.reread(ctx, task); err != nil {
				return err
			}
		}
	}
	return nil
}

// drop takes results off the record of an instance, as edit does it, and with them those of its ancestors
// that came of its own. The caller holds the lock of the item. Each history is written by itself, the
// topmost first: an ancestor that has dropped its wait finds what it had when the process ends in between.
func (r *Runtime) drop(instance string, edit func(x *rest) (bool, error), also ...func(b *storage.Batch, last storage.Step)) error {
	x, err := r.settle(instance)
	if err != nil {
		return err
	}
	defer func() { x.goOn() }()
	was := x.past.status
	if any, err := edit(x); err != nil || !any {
		return err
	}
	chain := []*rest{x}
	for x := x; was == done && x.was.Parent != ""; {
		parent, err := r.settle(x.was.Parent)
		if err != nil {
			return err
		}
		defer func() { parent.goOn() }()
		was = parent.past.status
		if !parent.forgets(x.was.ID) {
			break
		}
		chain = append(chain, parent)
		x = parent
	}
	x.flow.hold(+1)
	defer x.flow.hold(-1)
	if err := x.flow.revive(); err != nil {
		return err
	}
	for _, x := range slices.Backward(chain) {
		var extra []func(b *storage.Batch, last storage.Step)
		if x == chain[0] {
			extra = also
		}
		if err := x.commit(extra...); err != nil {
			return err
		}
	}
	return nil
}

// forgets drops the waits that had the result of a child.
func (x *rest) forgets(child string) (any bool) {
	for _, e := range x.past.from(1) {
		if e.done && !e.reopened && e.had(child) {
			x.add(storage.Step{Kind: kindUndone, Call: e.number})
			any = true
		}
	}
	return any
}

// had says whether a call's result came from a child.
func (e *entry) had(child string) bool {
	var ids []string
	if e.primitive != "together" && e.primitive != "first" || json.Unmarshal(e.args, &ids) != nil {
		return false
	}
	at := slices.Index(ids, child)
	if e.primitive == "together" || at < 0 {
		return at >= 0
	}
	var pair []json.RawMessage
	var winner int
	return json.Unmarshal(e.result, &pair) == nil && len(pair) == 2 && json.Unmarshal(pair[0], &winner) == nil && winner == at
}

// Retry lets a parked instance try again; given a flow, all its parked ones.
func (r *Runtime) Retry(ctx context.Context, by, instance string) error {
	if flowOf(instance) == instance {
		return r.retryAll(ctx, by, instance)
	}
	release, err := r.take(ctx, instance)
	if err != nil {
		return err
	}
	defer release()
	x, err := r.settle(instance)
	if err != nil {
		return err
	}
	defer func() { x.goOn() }()
	if x.past.status != parked || x.flow.is().Status == cancelled {
		return fmt.Errorf("%w: the instance is not parked", ErrState)
	}
	x.add(storage.Step{Kind: kindRetried, By: by})
	return x.commit(func(b *storage.Batch, s storage.Step) { b.Append(event("retried", s)) })
}

func (r *Runtime) retryAll(ctx context.Context, by, flow string) error {
	var ids []string
	err := r.store.EachInstance(flow, "", func(v storage.Instance) error {
		if v.Status == parked {
			ids = append(ids, v.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := r.Retry(ctx, by, id); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

// event is the entry in the log of what a person did to an instance.
func event(kind string, s storage.Step) storage.Event {
	e := storage.Event{Time: s.Time, Kind: kind, Actor: s.By, Object: s.Instance}
	if s.Call > 0 {
		e.Data = fmt.Appendf(nil, `{"call":%d}`, s.Call)
	}
	return e
}
