package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"go.starlark.net/starlark"

	"workbench/engine/eval"
	"workbench/engine/runs"
)

// ItemsFile is where a run's folder holds what measure(…) was given: an [Item] a line.
const ItemsFile = "items.jsonl"

// Item is one of the things that were measured.
type Item struct {
	ID       string             `json:"id"` // unique in its run; the same thing has the same in every run
	Group    string             `json:"group"`
	Measures map[string]float64 `json:"measures"`
	Item     map[string]any     `json:"item"` // the row as the script gave it
}

// measuring is a call of measure(…).
type measuring struct {
	of     []string
	level  float64
	items  []Item
	parts  []string // by item: the value of the field that results are given by; nil for none
	fields []string // of the first row, in order
}

// measurePrimitive is measure(rows, of = […], …).
func measurePrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var rows starlark.Iterable
	x, group, id, by := measuring{level: 0.95}, "group", "id", ""
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "rows", &rows, "of", textsOf(&x.of), "group?", &group, "id?", &id, "by?", &by, "level?", floatOf(&x.level)); err != nil {
		return nil, err
	}
	if !(x.level > 0 && x.level < 1) {
		return nil, fmt.Errorf("measure: level is %g, not between 0 and 1", x.level)
	}
	if len(x.of) == 0 {
		return nil, advise(`write  measure(rows, of = ["acc"])`, "measure: no measure is named")
	}
	seen := map[string]bool{}
	for v := range starlark.Elements(rows) {
		if err := x.add(v, group, id, by); err != nil {
			return nil, fmt.Errorf("measure: row %d: %w", len(x.items), err)
		}
		if last := x.items[len(x.items)-1].ID; seen[last] {
			return nil, advise("give each row an id of its own, or leave id out", "measure: two rows have the id %s", last)
		} else {
			seen[last] = true
		}
	}
	if len(x.items) == 0 && r.mode != checking {
		return nil, advise("is the dataset empty, or does a filter leave nothing?", "measure: there are no rows")
	}
	out := x.result()
	if r.mode != running {
		return out, nil
	}
	return out, x.record(r, out)
}

// add takes one row.
func (x *measuring) add(v starlark.Value, group, id, by string) error {
	p, err := plain(v)
	if err != nil {
		return err
	}
	row, ok := p.(map[string]any)
	if !ok {
		return fmt.Errorf("it is a %s, not a dictionary", v.Type())
	}
	at := strconv.Itoa(len(x.items))
	item := Item{ID: worded(row[id], at), Measures: map[string]float64{}, Item: row}
	item.Group = worded(row[group], item.ID)
	for _, name := range x.of {
		value, ok := measured(row[name])
		if !ok {
			return advise("give it a number, or 1 for right and 0 for wrong", "%s is %v", name, row[name])
		}
		item.Measures[name] = value
	}
	if len(x.items) == 0 {
		for k := range starlark.Elements(v.(starlark.Iterable)) {
			if name, is := starlark.AsString(k); is {
				x.fields = append(x.fields, name)
			}
		}
	}
	if by != "" {
		x.parts = append(x.parts, worded(row[by], "none"))
	}
	x.items = append(x.items, item)
	return nil
}

func worded(v any, otherwise string) string {
	if v == nil {
		return otherwise
	}
	return fmt.Sprint(v)
}

func measured(v any) (float64, bool) {
	if b, is := v.(bool); is {
		return indicator(b), true
	}
	return number(v)
}

// result has an interval for each measure, and under by those of each part.
func (x *measuring) result() *Row {
	out := x.estimates(x.items)
	if x.parts == nil {
		return out
	}
	parts := map[string][]Item{}
	for i, p := range x.parts {
		parts[p] = append(parts[p], x.items[i])
	}
	by := newRow(len(parts))
	for _, p := range sortedKeys(parts) {
		by.put(p, x.estimates(parts[p]))
	}
	out.put("by", by)
	return out
}

func (x *measuring) estimates(items []Item) *Row {
	out := newRow(len(x.of) + 1)
	for _, name := range x.of {
		values, groups := make([]float64, len(items)), make([]string, len(items))
		for i, item := range items {
			values[i], groups[i] = item.Measures[name], item.Group
		}
		row := intervalRow(eval.Estimate(values, groups, x.level))
		row.put("se", starlark.Float(eval.StdErr(values, nil)))
		row.put("se_clustered", starlark.Float(eval.StdErr(values, groups)))
		out.put(name, row)
	}
	return out
}

// record keeps the items in the run's folder, the first of them as a table, and the figures as metrics.
func (x *measuring) record(r *Run, result *Row) error {
	var lines bytes.Buffer
	to := json.NewEncoder(&lines)
	for _, item := range x.items {
		if err := to.Encode(item); err != nil {
			return advise("leave nan and infinities out", "measure: item %s: %w", item.ID, err)
		}
	}
	dir := filepath.Join(r.host.Folder, runFolder(r.host.Record.ID()))
	part := filepath.Join(dir, ItemsFile+unfinished)
	if err := errors.Join(os.MkdirAll(dir, 0o755), writeSynced(part, lines.Bytes())); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	if err := os.Rename(part, filepath.Join(dir, ItemsFile)); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	table := runs.SampleTable{Step: r.step(), Name: "items", Columns: x.fields}
	for _, item := range x.items[:min(len(x.items), shownSamples)] {
		row := make([]any, len(x.fields))
		for i, f := range x.fields {
			row[i] = item.Item[f]
		}
		table.Rows = append(table.Rows, row)
	}
	if err := r.host.Record.LogSamples(table); err != nil {
		return err
	}
	value, err := plain(result)
	if err != nil {
		return err
	}
	metrics := map[string]float64{}
	for name, v := range value.(map[string]any) {
		numbersIn(name, v, metrics)
	}
	return r.logMetrics(metrics)
}
