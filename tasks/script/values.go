package script

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"workbench/tasks/script/column"
)

// plain turns a script's value into nil, bool, int64, float64, string, []any and map[string]any, as
// records hold them. Columns become lists. What has no such form (a model, a tensor) is an error.
func plain(v starlark.Value) (any, error) { return (&flattener{room: math.MaxInt}).value(v, 0) }

// flattener makes plain values. Deep values end before Go's stack does, and large ones before the memory.
type flattener struct {
	room int // for how many bytes there is room, roughly
	// special turns a value into something else than plain would; ok is whether it did.
	special func(v starlark.Value, f *flattener, depth int) (out any, ok bool, err error)
}

// maxDepth is how deep a value may be nested; one that contains itself is deeper.
const maxDepth = 100

// wordBytes is what a value takes besides its text, roughly.
const wordBytes = 8

func (f *flattener) value(v starlark.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, advise("make it flatter", "a value is nested more than %d deep, or contains itself", maxDepth)
	}
	if err := f.take(wordBytes); err != nil {
		return nil, err
	}
	if f.special != nil {
		if out, ok, err := f.special(v, f, depth); ok || err != nil {
			return out, err
		}
	}
	switch v := v.(type) {
	case nil, starlark.NoneType:
		return nil, nil
	case starlark.Bool:
		return bool(v), nil
	case starlark.Int:
		if i, ok := v.Int64(); ok {
			return i, nil
		}
		return nil, fmt.Errorf("a number of %d bits is too large to be kept", v.BigInt().BitLen())
	case starlark.Float:
		return float64(v), nil
	case starlark.String:
		if err := f.take(len(v)); err != nil {
			return nil, err
		}
		return strings.ToValidUTF8(string(v), "\uFFFD"), nil // as it is written in JSON
	case *Array:
		if err := f.take(wordBytes * len(v.c.Values)); err != nil {
			return nil, err
		}
		return plainColumn(v.c), nil
	case *Row:
		return f.dict(v.dict, depth)
	case *starlark.Dict:
		return f.dict(v, depth)
	case *State:
		return f.dict(v.values, depth)
	case *Answer:
		return f.dict(v.row(), depth)
	case *Answers:
		return f.answers(v, depth)
	case starlark.Iterable:
		return f.list(v, depth)
	}
	return nil, advise("keep numbers, text, lists and dictionaries of them", "a %s cannot be kept in a record", v.Type())
}

// take uses up room.
func (f *flattener) take(bytes int) error {
	if f.room -= bytes; f.room < 0 {
		return errTooLarge
	}
	return nil
}

func (f *flattener) list(v starlark.Iterable, depth int) (any, error) {
	list := []any{}
	for e := range starlark.Elements(v) {
		p, err := f.value(e, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func (f *flattener) dict(d *starlark.Dict, depth int) (any, error) {
	out := map[string]any{}
	for k, v := range starlark.Entries(d) {
		key, ok := starlark.AsString(k)
		if !ok {
			key = k.String()
		}
		if err := f.take(len(key)); err != nil {
			return nil, err
		}
		p, err := f.value(v, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		out[key] = p
	}
	return out, nil
}

func plainColumn(c *column.Column) any {
	list := func(row []float64) []any {
		out := make([]any, len(row))
		for i, v := range row {
			out[i] = v
		}
		return out
	}
	if !c.IsTable() {
		return list(c.Values)
	}
	rows := make([]any, c.Len())
	c.Each(func(i int, row []float64) { rows[i] = list(row) })
	return rows
}

// toStarlark is the way back from plain. Maps become rows, with their keys sorted.
func toStarlark(v any) (starlark.Value, error) {
	switch v := v.(type) {
	case nil:
		return starlark.None, nil
	case bool:
		return starlark.Bool(v), nil
	case int:
		return starlark.MakeInt(v), nil
	case int64:
		return starlark.MakeInt64(v), nil
	case float64:
		return starlark.Float(v), nil
	case string:
		return starlark.String(v), nil
	case []any:
		list := make([]starlark.Value, len(v))
		for i, e := range v {
			var err error
			if list[i], err = toStarlark(e); err != nil {
				return nil, err
			}
		}
		return starlark.NewList(list), nil
	case map[string]any:
		if answers, err := unpackAnswers(v); answers != nil || err != nil {
			return answers, err
		}
		row := newRow(len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			e, err := toStarlark(v[k])
			if err != nil {
				return nil, err
			}
			row.put(k, e)
		}
		return row, nil
	}
	return nil, fmt.Errorf("a %T has no form in a script", v)
}

// Row is an example: a dictionary with text keys whose fields can also be written row.field. A
// field's name wins over a method's.
type Row struct {
	dict *starlark.Dict
	from *origin // the record of an input that it is; nil for one that the script made
}

func newRow(n int) *Row { return &Row{dict: starlark.NewDict(n)} }

// put sets a field of a row that is still being built.
func (r *Row) put(name string, v starlark.Value) {
	// A text key hashes and nothing iterates yet: this cannot err.
	_ = r.dict.SetKey(starlark.String(name), v)
}

func (r *Row) field(name string) (starlark.Value, bool) {
	v, ok, _ := r.dict.Get(starlark.String(name))
	return v, ok
}

// String is that of a dictionary.
func (r *Row) String() string { return r.dict.String() }

// Type is row.
func (r *Row) Type() string { return "row" }

// Freeze freezes the fields.
func (r *Row) Freeze() { r.dict.Freeze() }

// Truth says whether there are fields.
func (r *Row) Truth() starlark.Bool { return r.dict.Truth() }

// Hash is refused, as for dictionaries.
func (r *Row) Hash() (uint32, error) { return r.dict.Hash() }

// Len is the number of fields.
func (r *Row) Len() int { return r.dict.Len() }

// Get is row[key] and key in row.
func (r *Row) Get(k starlark.Value) (starlark.Value, bool, error) { return r.dict.Get(k) }

// SetKey is row[key] = value.
func (r *Row) SetKey(k, v starlark.Value) error { return r.dict.SetKey(k, v) }

// Iterate goes through the keys.
func (r *Row) Iterate() starlark.Iterator { return r.dict.Iterate() }

// Items are the pairs of keys and values, for **row and dict(row).
func (r *Row) Items() []starlark.Tuple { return r.dict.Items() }

// Attr is row.field, or a method of dictionaries.
func (r *Row) Attr(name string) (starlark.Value, error) {
	if v, ok := r.field(name); ok {
		return v, nil
	}
	if m, err := r.dict.Attr(name); m != nil || err != nil {
		return m, err
	}
	var fields []string
	for k := range starlark.Entries(r.dict) {
		if s, ok := starlark.AsString(k); ok {
			fields = append(fields, s)
		}
	}
	return nil, advise(suggest(name, fields), "a row has no field %s; it has %v", name, fields)
}

// AttrNames lists the fields.
func (r *Row) AttrNames() []string {
	names := r.dict.AttrNames()
	for k := range starlark.Entries(r.dict) {
		if s, ok := starlark.AsString(k); ok {
			names = append(names, s)
		}
	}
	return names
}

// Binary is row | fields: a new row, where the right side wins.
func (r *Row) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if op != syntax.PIPE {
		return nil, nil
	}
	other, ok := y.(starlark.IterableMapping)
	if !ok {
		return nil, nil
	}
	out := newRow(r.Len() + 2)
	first, second := starlark.IterableMapping(r), other
	if side == starlark.Right {
		first, second = other, r
	}
	for _, m := range []starlark.IterableMapping{first, second} {
		for _, kv := range m.Items() {
			if err := out.dict.SetKey(kv[0], kv[1]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// CompareSameType compares rows as dictionaries.
func (r *Row) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	return starlark.CompareDepth(op, r.dict, y.(*Row).dict, depth-1)
}
