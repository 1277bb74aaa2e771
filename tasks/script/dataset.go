package script

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"go.starlark.net/starlark"

	"workbench/tasks/script/column"
)

// rows are examples that are read one at a time.
type rows interface {
	len() int
	row(i int) (*Row, error)
}

// Dataset is examples in a script: opened files, or a view of them. Nothing is read before it is
// needed, and never all at once.
type Dataset struct {
	run    *Run
	name   string
	open   func() (rows, error)
	rows   rows
	digest string // of the content, known once it is open
}

// String names the dataset.
func (d *Dataset) String() string { return fmt.Sprintf("dataset(%q)", d.name) }

// Type is dataset.
func (d *Dataset) Type() string { return "dataset" }

// Freeze does nothing: datasets never change.
func (d *Dataset) Freeze() {}

// Truth is always true.
func (d *Dataset) Truth() starlark.Bool { return true }

// Hash is refused.
func (d *Dataset) Hash() (uint32, error) { return 0, fmt.Errorf("a dataset cannot be a key") }

// all opens the dataset.
func (d *Dataset) all() (rows, error) {
	if d.rows != nil {
		return d.rows, nil
	}
	if d.run.mode == describing {
		return nil, advise("do it inside run()", "dataset %s is read at the top level of the script", d.name)
	}
	got, err := d.open()
	d.rows = got
	return got, err
}

// derive is a view of the dataset.
func (d *Dataset) derive(step string, view func(of rows) (rows, error)) *Dataset {
	out := &Dataset{run: d.run, name: d.name}
	out.open = func() (rows, error) {
		of, err := d.all()
		if err != nil {
			return nil, err
		}
		out.digest = hashOf(d.digest, step)
		return view(of)
	}
	return out
}

// hashOf is the SHA-256 of texts, in hex.
func hashOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Len is the number of examples; a dataset that can't be opened stops the script.
func (d *Dataset) Len() int {
	all, err := d.all()
	if err != nil {
		d.run.stop(err)
		return 0
	}
	return all.len()
}

// Index is the i-th example.
func (d *Dataset) Index(i int) starlark.Value {
	all, err := d.all()
	if err == nil {
		var row *Row
		if row, err = d.run.handOut(all, i); err == nil {
			return row
		}
	}
	d.run.stop(err)
	return starlark.None
}

// Iterate goes through the examples in order.
func (d *Dataset) Iterate() starlark.Iterator { return &indexed{of: d} }

// Attr is the name, or a method.
func (d *Dataset) Attr(name string) (starlark.Value, error) {
	if name == "name" {
		return starlark.String(d.name), nil
	}
	return d.run.method(d, name, datasetMethods), nil
}

// AttrNames lists the methods.
func (d *Dataset) AttrNames() []string { return append(sortedKeys(datasetMethods), "name") }

// datasetMethods is filled by the catalog's file of datasets.
var datasetMethods = map[string]primitive{
	"batches": datasetBatches, "split": datasetSplit, "map": datasetMap, "filter": datasetFilter,
	"tokens": datasetTokens, "head": datasetHead, "column": datasetColumn, "shuffled": datasetShuffled,
	"passages": datasetPassages, "prompts": datasetPrompts,
}

// texts gives a list or column of anything as texts, for grouping.
func texts(v starlark.Iterable) []string {
	var out []string
	for e := range starlark.Elements(v) {
		s, ok := starlark.AsString(e)
		if !ok {
			s = e.String()
		}
		out = append(out, s)
	}
	return out
}

// listed are rows that are in memory.
type listed struct{ all []*Row }

func (l *listed) len() int                { return len(l.all) }
func (l *listed) row(i int) (*Row, error) { return l.all[i], nil }

// floats32 is a column's numbers in the engine's precision.
func floats32(c *column.Column) []float32 {
	out := make([]float32, len(c.Values))
	for i, v := range c.Values {
		out[i] = float32(v)
	}
	return out
}
