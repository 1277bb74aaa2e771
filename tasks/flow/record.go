package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

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
	first, err := data.Collecting(i.r.store, dataset, i.r.now())
	switch {
	case errors.Is(err, data.ErrName), errors.Is(err, data.ErrTaken):
		return i.park(c, fmt.Errorf("%w: %w", ErrInvalid, err))
	case err != nil:
		return i.park(c, err)
	}
	id, err := i.rowID(c)
	if err != nil {
		return i.park(c, err)
	}
	result, err := json.Marshal(id)
	if err != nil {
		return i.park(c, err)
	}
	row, err := i.r.rowOf(i.id, &entry{number: c.number, args: c.args, result: result})
	if err != nil {
		return i.park(c, err)
	}
	_, err = i.finish(c, id, nil, func(b *storage.Batch, step storage.Step) {
		if first != nil {
			b.PutDataset(*first)
		}
		row.Time = step.Time
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

// rowOf is the row that a record call made. What it cites has its full name there: in the call, which is recognised
// by its arguments, it is as the script said it.
func (r *Runtime) rowOf(instance string, e *entry) (storage.Row, error) {
	var args struct {
		Dataset string          `json:"dataset"`
		Value   json.RawMessage `json:"value"`
		Of      []string        `json:"of"`
	}
	var id string
	if err := errors.Join(json.Unmarshal(e.args, &args), json.Unmarshal(e.result, &id)); err != nil {
		return storage.Row{}, fmt.Errorf("the record of call %d of %s: %w", e.number, instance, err)
	}
	of, err := r.store.NameCites(args.Of)
	return storage.Row{
		ID: id, Dataset: args.Dataset, Value: args.Value, Of: of,
		Instance: instance, Call: e.number, Time: e.began,
	}, err
}
