package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"workbench/storage"
	"workbench/tasks/assign"
)

// Pause begins no more items and no more work of models; tasks are not given out any more, and who has one
// keeps it.
func (r *Runtime) Pause(ctx context.Context, by, flow string) error {
	return r.turn(ctx, by, flow, paused)
}

// Resume goes on after Pause.
func (r *Runtime) Resume(ctx context.Context, by, flow string) error {
	return r.turn(ctx, by, flow, running)
}

func (r *Runtime) turn(ctx context.Context, by, flow, status string) error {
	s, err := r.flow(flow)
	if err != nil {
		return err
	}
	err = s.change(func(f *storage.Flow) error {
		if f.Status != running && f.Status != paused {
			return fmt.Errorf("%w: the flow is %s", ErrState, f.Status)
		}
		f.Status = status
		return nil
	})
	if err != nil {
		return err
	}
	r.kick(s)
	return r.desk.Pause(ctx, by, flow, status == paused)
}

// Priority sets how early a flow's tasks are given out; larger goes first.
func (r *Runtime) Priority(ctx context.Context, by, flow string, priority int) error {
	s, err := r.flow(flow)
	if err != nil {
		return err
	}
	if err := s.change(func(f *storage.Flow) error { f.Priority = priority; return nil }); err != nil {
		return err
	}
	return r.desk.Priority(ctx, by, flow, priority)
}

// change changes the flow's record.
func (s *state) change(edit func(f *storage.Flow) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flow
	if err := edit(&f); err != nil {
		return err
	}
	return s.put(f, nil)
}

// revive has a flow that was done run again.
func (s *state) revive() error {
	return s.change(func(f *storage.Flow) error {
		switch f.Status {
		case cancelled:
			return fmt.Errorf("%w: the flow was cancelled", ErrState)
		case done:
			f.Status = running
		}
		return nil
	})
}

// hold keeps the flow from being noted as done, or lets go of it.
func (s *state) hold(by int) {
	s.counting.Lock()
	s.open += by
	s.counting.Unlock()
	if by < 0 {
		s.r.kick(s)
	}
}

// Cancel ends a flow for good: its instances stop, and its tasks are closed. What was recorded stays.
func (r *Runtime) Cancel(ctx context.Context, by, flow string) error {
	s, err := r.flow(flow)
	if err != nil {
		return err
	}
	if status := s.is().Status; status == done || status == cancelled || s.ending.Swap(true) {
		return fmt.Errorf("%w: the flow is %s", ErrState, status)
	}
	if err := r.cancelFlow(by, s); err != nil {
		s.ending.Store(false)
		r.kick(s)
		return fmt.Errorf("cancel flow %s: %w; what was cancelled of it stays so, try again for the rest", flow, err)
	}
	return nil
}

// atOnceCancelled is how many items are cancelled at a time: their writes share commits.
const atOnceCancelled = 64

func (r *Runtime) cancelFlow(by string, s *state) error {
	s.mu.Lock() // nothing is begun any more; the keeper may have been in the middle of it
	begun := s.flow.Begun
	s.mu.Unlock()
	var all sync.WaitGroup
	var next atomic.Int64
	errs := make([]error, atOnceCancelled)
	for n := range errs {
		all.Go(func() {
			for item := int(next.Add(1)) - 1; item < begun && errs[n] == nil; item = int(next.Add(1)) - 1 {
				errs[n] = r.cancelItem(storage.InstanceID(s.id, item))
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flow
	f.Status = cancelled
	return s.put(f, func(b *storage.Batch) {
		b.Append(storage.Event{Time: r.now(), Kind: "cancelled", Actor: by, Object: s.id})
	})
}

func (r *Runtime) cancelItem(id string) error {
	release, err := r.families.take(r.ctx, id)
	if err != nil {
		return err
	}
	defer release()
	return r.cancelTree(id, "the flow was cancelled", false)
}

// cancelTree ends an instance and all below it: stops them, closes their tasks, and notes it. What was made
// for nothing is withdrawn: its rows, and also what was done counts as cancelled. The caller holds the lock
// of the item. Once it has begun it goes on until it is done or the runtime is closed: half a tree would wait
// for nobody.
func (r *Runtime) cancelTree(of, why string, withdraw bool) error {
	if err := r.haltTree(of); err != nil {
		return err
	}
	var ids []string
	if err := r.store.EachInstance(of, "", func(v storage.Instance) error {
		if v.Status != cancelled && (v.Status != done || withdraw) {
			ids = append(ids, v.ID)
		}
		return nil
	}); err != nil {
		return err
	}
	if withdraw {
		rows, err := r.rowsBelow(of)
		if err == nil {
			err = r.putRows(r.ctx, rows, true)
		}
		if err != nil {
			return err
		}
	}
	for group := range slices.Chunk(ids, 32) {
		if err := r.insist(r.ctx, func() error { return r.cancelSome(group, why) }); err != nil {
			return err
		}
	}
	return nil
}

// haltTree stops what runs of a tree, until nothing of it does: what runs may spawn.
func (r *Runtime) haltTree(of string) error {
	for again := true; again; {
		again = false
		err := r.store.EachInstance(of, "", func(v storage.Instance) error {
			again = r.halt(v.ID) || again
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// closeTasks closes those of several tasks that were put: an instance may have been stopped between saying that
// it asks and asking.
func (r *Runtime) closeTasks(why string, tasks []string) error {
	if len(tasks) == 0 {
		return nil
	}
	err := r.desk.Cancel(r.ctx, why, tasks...)
	if !errors.Is(err, assign.ErrUnknown) || len(tasks) == 1 {
		return known(err)
	}
	for _, task := range tasks {
		if err := known(r.desk.Cancel(r.ctx, why, task)); err != nil {
			return err
		}
	}
	return nil
}

// known is nil for a task that the desk never heard of.
func known(err error) error {
	if errors.Is(err, assign.ErrUnknown) {
		return nil
	}
	return err
}

// cancelSome cancels instances that do not run.
func (r *Runtime) cancelSome(ids []string, why string) error {
	var tasks []string
	var all []*rest
	for _, id := range ids {
		x, err := r.settle(id)
		if err != nil {
			return err
		}
		if x.past.status == cancelled {
			continue // the try before this one came so far
		}
		for _, e := range x.past.from(1) {
			if e.primitive == "ask" && !e.done {
				tasks = append(tasks, taskID(id, e.number, e.round))
			}
		}
		all = append(all, x)
	}
	if err := r.closeTasks(why, tasks); err != nil {
		return refused(err)
	}
	for len(all) > 0 {
		b, n, bytes := &storage.Batch{}, 0, 0
		for ; n < len(all) && bytes < groupBytes/2; n++ {
			all[n].add(storage.Step{Kind: kindEnded, Error: why})
			all[n].put(b)
			bytes += len(all[n].was.Args)
		}
		if err := r.commit(b); err != nil {
			return err
		}
		for _, x := range all[:n] {
			x.kept()
		}
		all = all[n:]
	}
	return nil
}
