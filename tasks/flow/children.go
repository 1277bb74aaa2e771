package flow

import (
	"errors"
	"fmt"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
)

// Handle is a child that was spawned.
type Handle struct {
	ID string // of its instance
}

// maxID is the most bytes of an instance's id: a desk takes tasks whose ids are a little longer.
const maxID = 480

// Spawn begins a child: another function of the script, as an instance of its own. It does not wait.
func (i *Instance) Spawn(function string, args Value) (Handle, error) {
	c, err := i.enter("spawn", map[string]any{"function": function, "args": args})
	if err != nil {
		return Handle{}, err
	}
	if c.done {
		return i.handle(c)
	}
	child := storage.Instance{
		ID: childID(i.id, c.number, c.round), Flow: i.flow.id, Parent: i.id, Function: function, Status: running,
	}
	if len(child.ID) > maxID {
		return Handle{}, i.park(c, fmt.Errorf("%w: children are nested too deeply, some %d levels", ErrInvalid, maxID/6))
	}
	if child.Args, err = i.r.limits.encode("the arguments of "+function, args); err != nil {
		return Handle{}, i.park(c, err)
	}
	if _, err := i.finish(c, child.ID, nil, func(b *storage.Batch, step storage.Step) {
		child.Created, child.Updated = step.Time, step.Time
		b.PutInstance(child)
	}); err != nil {
		return Handle{}, err
	}
	i.flow.moved(storage.Instance{}, child)
	i.r.launch(i.flow, child.ID)
	return i.handle(c)
}

func (i *Instance) handle(c *call) (Handle, error) {
	v, err := i.recorded(c)
	id, is := v.(string)
	if err == nil && !is {
		err = i.park(c, fmt.Errorf("the record of spawn is a %T", v))
	}
	return Handle{ID: id}, err
}

// Together waits for all of several children and returns their results in the order of the handles.
func (i *Instance) Together(handles []Handle) ([]Value, error) {
	c, err := i.enter("together", handleIDs(handles))
	if err != nil {
		return nil, err
	}
	results := make([]any, len(handles))
	for n := 0; n < len(handles) && !c.done; {
		child, err := i.child(c, handles[n])
		switch {
		case err != nil:
			return nil, err
		case child.Status == cancelled:
			return nil, i.park(c, fmt.Errorf("%w: %s was cancelled, so it has no result", ErrInvalid, child.ID))
		case child.Status == done:
			if results[n], err = runs.DecodeValue(child.Result); err != nil {
				return nil, i.park(c, fmt.Errorf("the result of %s: %w", child.ID, err))
			}
			n++
		default:
			if err := i.waitFor(c); err != nil {
				return nil, err
			}
		}
	}
	v, err := i.finish(c, results, nil)
	if err != nil {
		return nil, err
	}
	list, _ := v.([]any)
	return list, nil
}

// First waits for one of several children, and cancels the others.
func (i *Instance) First(handles []Handle) (index int, v Value, err error) {
	c, err := i.enter("first", handleIDs(handles))
	if err != nil {
		return 0, nil, err
	}
	if len(handles) == 0 {
		return 0, nil, i.park(c, fmt.Errorf("%w: first of no children", ErrInvalid))
	}
	for !c.done {
		winner, result, err := i.winner(c, handles)
		switch {
		case err != nil:
			return 0, nil, err
		case winner >= 0:
			if _, err := i.finish(c, []any{int64(winner), result}, nil); err != nil {
				return 0, nil, err
			}
		default:
			if err := i.waitFor(c); err != nil {
				return 0, nil, err
			}
		}
	}
	record, err := i.recorded(c)
	if err != nil {
		return 0, nil, err
	}
	pair, _ := record.([]any)
	if len(pair) != 2 {
		return 0, nil, i.park(c, errors.New("the record of first is no pair"))
	}
	number, _ := pair[0].(int64)
	if number < 0 || int(number) >= len(handles) {
		return 0, nil, i.park(c, fmt.Errorf("the record of first names child %d of %d", number, len(handles)))
	}
	// Also after a restart: the process may have ended between the record and the cancelling.
	for n, h := range handles {
		if n == int(number) || h == handles[number] {
			continue
		}
		if err := i.endChild(h.ID, "another one was first", false); err != nil {
			return 0, nil, err
		}
	}
	return int(number), pair[1], nil
}

// winner is a child that is done: the one that was done first, as far as that is known; -1 for none yet.
func (i *Instance) winner(c *call, handles []Handle) (index int, result Value, err error) {
	index, over := -1, 0
	var first storage.Instance
	for n, h := range handles {
		child, err := i.child(c, h)
		if err != nil {
			return -1, nil, err
		}
		if child.Status == cancelled {
			over++
		}
		if child.Status == done && (index < 0 || child.Updated.Before(first.Updated)) {
			index, first = n, child
		}
	}
	if over == len(handles) {
		return -1, nil, i.park(c, fmt.Errorf("%w: all of these children were cancelled", ErrInvalid))
	}
	if index < 0 {
		return -1, nil, nil
	}
	if result, err = runs.DecodeValue(first.Result); err != nil {
		return -1, nil, i.park(c, fmt.Errorf("the result of %s: %w", first.ID, err))
	}
	return index, result, nil
}

// child reads the state of a child.
func (i *Instance) child(c *call, h Handle) (storage.Instance, error) {
	v, err := i.r.store.Instance(h.ID)
	if err == nil && v.Parent != i.id {
		err = fmt.Errorf("%w: %s is a child of another instance", ErrInvalid, h.ID)
	}
	if err != nil {
		return v, i.park(c, err)
	}
	return v, nil
}

// waitFor waits for news of children, with the call on record.
func (i *Instance) waitFor(c *call) error {
	if !c.begun {
		// The child may end meanwhile: then the token is there already.
		return i.begin(c)
	}
	return i.wait(time.Time{})
}

// endChild cancels a child and all below it, and withdraws the rows that they recorded if they were made
// for nothing.
func (i *Instance) endChild(id, why string, withdraw bool) error {
	v, err := i.r.store.Instance(id)
	if err == nil && v.Status == cancelled || v.Status == done && !withdraw {
		return nil
	}
	release, err := i.r.families.take(i.ctx, rootOf(id))
	if err != nil {
		return i.halt(errStopped)
	}
	defer release()
	if err := i.r.cancelTree(id, why, withdraw); err != nil {
		return i.broken(err)
	}
	return nil
}

func handleIDs(handles []Handle) []any {
	ids := make([]any, len(handles))
	for n, h := range handles {
		ids[n] = h.ID
	}
	return ids
}
