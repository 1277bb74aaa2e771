package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"workbench/storage"
)

// Rebuild makes the instances of a flow anew from its items and histories, and returns how many were not
// what they should be. No runtime may be open.
func Rebuild(store *storage.Store, flow string) (mended int, err error) {
	f, err := store.Flow(flow)
	if err != nil {
		return 0, err
	}
	b := &rebuilder{store: store, flow: f}
	item := 0
	err = store.EachRow(itemsOf(flow), "", func(row storage.Row) error {
		if item == f.Begun {
			return errEnough
		}
		root := storage.Instance{
			ID: storage.InstanceID(flow, item), Flow: flow, Function: Root, Args: row.Value,
			Status: running, Created: f.Created, Updated: f.Created,
		}
		item++
		return b.one(root)
	})
	if err != nil && !errors.Is(err, errEnough) {
		return b.mended, err
	}
	return b.mended, nil
}

type rebuilder struct {
	store  *storage.Store
	flow   storage.Flow
	mended int
}

// one makes an instance and all below it anew.
func (b *rebuilder) one(v storage.Instance) error {
	history, err := b.store.History(v.ID)
	if err != nil {
		return err
	}
	was, err := b.store.Instance(v.ID)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && v.Parent == "" {
		v.Created = was.Created // that of an item stands nowhere else
	}
	v = fold(history).view(v)
	if !same(was, v) {
		b.mended++
		batch := &storage.Batch{}
		batch.PutInstance(v)
		if err := b.store.Commit(batch); err != nil {
			return err
		}
	}
	for _, s := range history {
		if s.Kind != kindResult || s.Primitive != "spawn" {
			continue
		}
		child, err := b.child(v, s)
		if err != nil {
			return fmt.Errorf("instance %s, call %d: %w", v.ID, s.Call, err)
		}
		if err := b.one(child); err != nil {
			return err
		}
	}
	return nil
}

// child is what a spawn began.
func (b *rebuilder) child(parent storage.Instance, s storage.Step) (storage.Instance, error) {
	var args struct {
		Function string          `json:"function"`
		Args     json.RawMessage `json:"args"`
	}
	v := storage.Instance{
		Flow: b.flow.ID, Parent: parent.ID, Status: running, Created: s.Time, Updated: s.Time,
	}
	err := errors.Join(json.Unmarshal(s.Args, &args), json.Unmarshal(s.Result, &v.ID))
	v.Function, v.Args = args.Function, args.Args
	return v, err
}

// same compares two states of an instance, but for when they were written: what takes no time changes the
// history and not the state.
func same(a, b storage.Instance) bool {
	a.Updated, a.Calls = b.Updated, b.Calls
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
