package flow

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
	data "workbench/storage/dataset"
)

// Record appends a value to a collected dataset, once, and returns the row's id. of says what it came from.
func (i *Instance) Record(dataset string, value Value, of []string) (id string, err error) {
	c, err := i.enter("record", map[string]any{"dataset": dataset, "value": value, "of": texts(of)})
	if err != nil {
		return "", err
	}
	if !c.done {
		if err := i.recordRow(c, dataset); err != nil {
			return "", err
		}
	}
	v, err := i.recorded(c)
	id, is := v.(string)
	if err == nil && !is {
		err = i.park(c, fmt.Errorf("the record of record is a %T", v))
	}
	return id, err
}

func (i *Instance) recordRow(c *call, dataset string) error {
	if err := data.CheckName(dataset); err != nil {
		return i.park(c, fmt.Errorf("%w: %w", ErrInvalid, err))
	}
	there, err := i.r.store.Dataset(dataset)
	isNew := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !isNew:
		return i.park(c, err)
	case !isNew && there.Kind != "collected":
		return i.park(c, fmt.Errorf("%w: %q is a dataset that was imported; record into another name", ErrInvalid, dataset))
	}
	id, err := i.rowID(c)
	if err != nil {
		return i.park(c, err)
	}
	_, err = i.finish(c, id, nil, func(b *storage.Batch, step storage.Step) {
		if isNew {
			b.PutDataset(storage.Dataset{Name: dataset, Kind: "collected", Created: step.Time})
		}
		row, err := rowOf(i.id, &entry{number: c.number, args: c.args, result: step.Result, began: step.Time})
		if err != nil {
			i.r.trouble(fmt.Errorf("instance %s: %w", i.id, err)) // it was written a moment ago
			return
		}
		b.PutRow(row)
	})
	return err
}

// rowID draws the id of the row of a call.
func (i *Instance) rowID(c *call) (string, error) {
	sum := sha256.Sum256([]byte(taskID(i.id, c.number, c.round)))
	id, err := ulid.New(ulid.Timestamp(i.r.now()), bytes.NewReader(sum[:]))
	return id.String(), err
}

// rowOf is the row that a record call made.
func rowOf(instance string, e *entry) (storage.Row, error) {
	var args struct {
		Dataset string          `json:"dataset"`
		Value   json.RawMessage `json:"value"`
		Of      []string        `json:"of"`
	}
	var id string
	if err := errors.Join(json.Unmarshal(e.args, &args), json.Unmarshal(e.result, &id)); err != nil {
		return storage.Row{}, fmt.Errorf("the record of call %d of %s: %w", e.number, instance, err)
	}
	return storage.Row{
		ID: id, Dataset: args.Dataset, Value: args.Value, Of: args.Of,
		Instance: instance, Call: e.number, Time: e.began,
	}, nil
}

// rowsOf lists the rows that came of a call: its own, or those of the child that it spawned and of all below.
func (r *Runtime) rowsOf(instance string, e *entry) ([]storage.Row, error) {
	if !e.done {
		return nil, nil
	}
	switch e.primitive {
	case "record":
		row, err := rowOf(instance, e)
		return []storage.Row{row}, err
	case "spawn":
		var child string
		if err := json.Unmarshal(e.result, &child); err != nil {
			return nil, err
		}
		return r.rowsBelow(child)
	}
	return nil, nil
}

// rowsBelow lists the rows of an instance and all below it that stand on firm ground.
func (r *Runtime) rowsBelow(id string) (rows []storage.Row, err error) {
	err = r.store.EachInstance(id, "", func(v storage.Instance) error {
		history, err := r.store.History(v.ID)
		if err != nil {
			return err
		}
		p := fold(history)
		for _, e := range p.from(1) {
			if e.primitive == "record" && e.done && !e.reopened && !p.loose(e.number) {
				row, err := rowOf(v.ID, e)
				if err != nil {
					return err
				}
				rows = append(rows, row)
			}
		}
		return nil
	})
	return rows, err
}

// groupRows is how many rows are written at a time; groupBytes bounds them too.
const groupRows = 500

// putRows withdraws rows, or brings them back.
func (r *Runtime) putRows(ctx context.Context, rows []storage.Row, withdrawn bool) error {
	for len(rows) > 0 {
		n, bytes := 0, 0
		for n < len(rows) && n < groupRows && bytes < groupBytes/2 {
			bytes += len(rows[n].Value)
			n++
		}
		group := rows[:n]
		rows = rows[n:]
		err := r.insist(ctx, func() error {
			b := &storage.Batch{}
			for _, row := range group {
				row.Withdrawn = withdrawn
				b.PutRow(row)
			}
			return r.commit(b)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// doubt withdraws the rows that came of calls from before a re-opening. When the program comes to such a
// call again with the same arguments, its rows come back; otherwise they are superseded.
func (i *Instance) doubt() error {
	var loose []*entry
	for _, e := range i.past.from(1) {
		if i.past.loose(e.number) {
			loose = append(loose, e)
		}
	}
	if len(loose) == 0 {
		return nil
	}
	release, err := i.r.families.take(i.ctx, rootOf(i.id))
	if err != nil {
		return i.halt(errStopped)
	}
	defer release()
	var rows []storage.Row
	for _, e := range loose {
		more, err := i.r.rowsOf(i.id, e)
		if err != nil {
			return i.broken(err)
		}
		rows = append(rows, more...)
	}
	if err := i.r.putRows(i.ctx, rows, true); err != nil {
		return i.broken(err)
	}
	return nil
}

// affirm brings back the rows of a call from before a re-opening to which the program has come again.
func (i *Instance) affirm(e *entry) error {
	if e.primitive != "record" && e.primitive != "spawn" {
		return nil
	}
	release, err := i.r.families.take(i.ctx, rootOf(i.id))
	if err != nil {
		return i.halt(errStopped)
	}
	defer release()
	rows, err := i.r.rowsOf(i.id, e)
	if err == nil {
		err = i.r.putRows(i.ctx, rows, false)
	}
	if err != nil {
		return i.broken(err)
	}
	return nil
}

// clear does away with what a call left that is to be made again or that another one takes the place of.
func (i *Instance) clear(e *entry) error {
	switch {
	case e.primitive == "ask" && !e.done:
		task := taskID(i.id, e.number, e.round)
		return i.atDesk(&call{number: e.number, primitive: "ask"}, func() error {
			return i.r.closeTasks("what it was asked for was re-opened", []string{task})
		})
	case e.primitive == "spawn" && e.done:
		var child string
		if err := json.Unmarshal(e.result, &child); err != nil {
			return i.broken(err)
		}
		return i.endChild(child, "what it was spawned for was re-opened", true)
	case e.primitive == "record" && e.done:
		row, err := rowOf(i.id, e)
		if err == nil {
			err = i.r.putRows(i.ctx, []storage.Row{row}, true)
		}
		if err != nil {
			return i.broken(err)
		}
	}
	return nil
}
