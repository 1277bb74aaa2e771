package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// defaultAhead is how many items are under way at a time.
const defaultAhead = 100

// Items are kept and begun in groups; a transaction of the store has room for so many bytes.
const groupBytes, groupItems = 1 << 20, 256

// Start keeps a flow with its items, and begins it.
func (r *Runtime) Start(ctx context.Context, n NewFlow) (storage.Flow, error) {
	if r.ctx.Err() != nil {
		return storage.Flow{}, ErrClosed
	}
	f, err := r.draw(n)
	if err != nil {
		return storage.Flow{}, err
	}
	program, err := r.programs.Program(f, n.Script, n.Params)
	if err != nil {
		return storage.Flow{}, fmt.Errorf("open the script: %w", err)
	}
	if f.Items, err = r.keepItems(ctx, f, n); err != nil {
		return storage.Flow{}, err
	}
	if f.Items == 0 {
		return storage.Flow{}, fmt.Errorf("%w: there are no items to do the flow for", ErrInvalid)
	}
	s := r.newState(f)
	s.program, s.known = program, true
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.put(f, func(b *storage.Batch) {
		b.PutText(storage.Text{SHA256: f.Script, Kind: "script", Name: f.Recipe, Text: n.Script})
		b.Append(storage.Event{Time: f.Created, Kind: "started", Actor: f.Starter, Object: f.ID})
	}); err != nil {
		return storage.Flow{}, err
	}
	r.mu.Lock()
	r.flows[f.ID] = s
	r.mu.Unlock()
	r.changed(Change{Flow: s.id, Status: f.Status})
	r.kick(s)
	return f, nil
}

// draw makes the record of a new flow.
func (r *Runtime) draw(n NewFlow) (storage.Flow, error) {
	if n.Items == nil {
		return storage.Flow{}, fmt.Errorf("%w: there are no items to do the flow for", ErrInvalid)
	}
	r.drawing.Lock()
	id, err := ulid.New(ulid.Timestamp(r.now()), r.o.Random)
	r.drawing.Unlock()
	if err != nil {
		return storage.Flow{}, err
	}
	params, err := r.limits.encode("the settings", n.Params)
	if err != nil {
		return storage.Flow{}, err
	}
	f := storage.Flow{
		ID: id.String(), Name: n.Name, Recipe: n.Recipe, Script: digest(n.Script), Params: params, Seed: n.Seed,
		Ahead: n.Ahead, Status: running, Priority: n.Priority, Starter: n.Starter, Inputs: n.Inputs, Created: r.now(),
	}
	if f.Ahead <= 0 {
		f.Ahead = defaultAhead
	}
	return f, nil
}

// itemsOf names where the items of a flow are kept: as rows of a dataset that is not in the register.
func itemsOf(flow string) string { return "items of " + flow }

func itemID(n int) string { return fmt.Sprintf("%07d", n) }

// keepItems keeps the items of a flow, which is not there before that is done.
func (r *Runtime) keepItems(ctx context.Context, f storage.Flow, n NewFlow) (count int, err error) {
	b, bytes := &storage.Batch{}, 0
	for item, err := range n.Items {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return 0, fmt.Errorf("item %d: %w", count+1, err)
		}
		if count == storage.MaxItems {
			return 0, fmt.Errorf("%w: a flow may have %d items", ErrInvalid, storage.MaxItems)
		}
		data, err := r.limits.encode(fmt.Sprintf("item %d", count+1), item)
		if err != nil {
			return 0, err
		}
		b.PutRow(storage.Row{ID: itemID(count), Dataset: itemsOf(f.ID), Value: data, Time: f.Created})
		bytes += len(data)
		if count++; bytes >= groupBytes/2 || count%groupItems == 0 {
			if err := r.commit(b); err != nil {
				return 0, err
			}
			b, bytes = &storage.Batch{}, 0
		}
	}
	return count, r.commit(b)
}

// items reads what comes next in a flow: at most so many, and not too much at a time.
func (r *Runtime) items(flow string, from, most int) (items []json.RawMessage, err error) {
	bytes := 0
	err = r.store.EachRow(itemsOf(flow), itemID(from), func(row storage.Row) error {
		items = append(items, row.Value)
		if bytes += len(row.Value); len(items) == most || bytes >= groupBytes/2 {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return items, err
}

// kick has the keeper look at a flow.
func (r *Runtime) kick(s *state) {
	r.mu.Lock()
	if !s.kicked {
		s.kicked = true
		r.feeding = append(r.feeding, s)
	}
	r.mu.Unlock()
	select {
	case r.kicked <- struct{}{}:
	default: // a token is there already
	}
}

// keep begins items as others end, and notes which flows are done.
func (r *Runtime) keep() {
	select {
	case <-r.opened:
	case <-r.ctx.Done():
		return
	}
	for {
		select {
		case <-r.kicked:
		case <-r.ctx.Done():
			return
		}
		r.mu.Lock()
		flows := r.feeding
		r.feeding = nil
		for _, s := range flows {
			s.kicked = false
		}
		r.mu.Unlock()
		for _, s := range flows {
			if err := r.insist(r.ctx, s.feed); err != nil && r.ctx.Err() == nil {
				r.trouble(fmt.Errorf("flow %s: %w", s.id, err))
			}
		}
	}
}

// feed begins as many items as may be under way, and notes when all are done.
func (s *state) feed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.flow.Status == running && !s.ending.Load() {
		room := min(s.flow.Ahead-s.underWay(), s.flow.Items-s.flow.Begun, groupItems)
		if room <= 0 {
			break
		}
		if err := s.beginItems(room); err != nil {
			return err
		}
	}
	if s.flow.Status == running && s.flow.Begun == s.flow.Items && s.idle() {
		f := s.flow
		f.Status = done
		return s.put(f, nil)
	}
	return nil
}

// beginItems begins at most so many items. mu is held.
func (s *state) beginItems(most int) error {
	items, err := s.r.items(s.id, s.flow.Begun, most)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return fmt.Errorf("item %d of %d is not in the store", s.flow.Begun+1, s.flow.Items)
	}
	f, now := s.flow, s.r.now()
	instances := make([]storage.Instance, len(items))
	for n, item := range items {
		instances[n] = storage.Instance{
			ID: storage.InstanceID(s.id, f.Begun+n), Flow: s.id, Function: Root, Args: item,
			Status: running, Created: now, Updated: now,
		}
	}
	f.Begun += len(items)
	if err := s.put(f, func(b *storage.Batch) {
		for _, v := range instances {
			b.PutInstance(v)
		}
	}); err != nil {
		return err
	}
	for _, v := range instances {
		s.moved(storage.Instance{}, v)
		s.r.launch(s, v.ID)
	}
	return nil
}

// itemArgs reads the item of an instance.
func (r *Runtime) itemArgs(flow string, item int) (json.RawMessage, error) {
	items, err := r.items(flow, item, 1)
	if err != nil || len(items) == 0 {
		return nil, errors.Join(err, fmt.Errorf("item %d of flow %s is not in the store", item+1, flow))
	}
	return items[0], nil
}
