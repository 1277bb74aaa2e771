package script

import (
	"fmt"
	"slices"

	"go.starlark.net/starlark"
)

// mapped applies a function of the script to each example when it is read.
type mapped struct {
	of rows
	do func(row *Row) (*Row, error)
}

func (m *mapped) len() int { return m.of.len() }

func (m *mapped) row(i int) (*Row, error) {
	r, err := m.of.row(i)
	if err != nil {
		return nil, err
	}
	out, err := m.do(r)
	if err != nil || out.from == r.from {
		return out, err
	}
	return &Row{out.dict, r.from}, nil
}

// picked are some of the rows, in an order of its own.
type picked struct {
	of rows
	at []int32
}

func (p *picked) len() int                { return len(p.at) }
func (p *picked) row(i int) (*Row, error) { return p.of.row(int(p.at[i])) }

func datasetMap(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var fn starlark.Callable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "function", &fn); err != nil {
		return nil, err
	}
	return d.derive("map", func(of rows) (rows, error) {
		return &mapped{of, func(row *Row) (*Row, error) {
			out, err := starlark.Call(r.thread, fn, starlark.Tuple{row}, nil)
			if err != nil {
				return nil, err
			}
			return asRow(fn.Name(), out)
		}}, nil
	}), nil
}

func asRow(from string, v starlark.Value) (*Row, error) {
	switch v := v.(type) {
	case *Row:
		return v, nil
	case *starlark.Dict:
		return &Row{dict: v}, nil
	}
	return nil, advise(`return a dictionary, such as  row | {"label": 1}`, "map: %s returned a %s instead of a row", from, v.Type())
}

func datasetFilter(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var fn starlark.Callable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "function", &fn); err != nil {
		return nil, err
	}
	return d.derive("filter", func(of rows) (rows, error) {
		out := &picked{of: of}
		for i := range of.len() {
			row, err := of.row(i)
			if err != nil {
				return nil, err
			}
			keep, err := starlark.Call(r.thread, fn, starlark.Tuple{row}, nil)
			if err != nil {
				return nil, err
			}
			if keep.Truth() {
				out.at = append(out.at, int32(i))
			}
		}
		return out, nil
	}), nil
}

func datasetHead(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var n int
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "n", &n); err != nil {
		return nil, err
	}
	return d.derive(fmt.Sprint("head ", n), func(of rows) (rows, error) {
		out := &picked{of: of}
		for i := range max(min(n, of.len()), 0) {
			out.at = append(out.at, int32(i))
		}
		return out, nil
	}), nil
}

func datasetShuffled(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var seed int
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "seed?", &seed); err != nil {
		return nil, err
	}
	return d.derive(fmt.Sprint("shuffled ", seed), func(of rows) (rows, error) {
		return &picked{of, permutation(of.len(), uint64(seed), 0)}, nil
	}), nil
}

func datasetColumn(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	var name string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name); err != nil {
		return nil, err
	}
	all, err := d.all()
	if err != nil {
		return nil, err
	}
	values := make([]starlark.Value, all.len())
	for i := range values {
		row, err := r.handOut(all, i)
		if err != nil {
			return nil, err
		}
		if values[i], err = need(row, name, i); err != nil {
			return nil, err
		}
	}
	return columnOf(values), nil
}

// need is a field that a row must have.
func need(row *Row, name string, i int) (starlark.Value, error) {
	v, ok := row.field(name)
	if !ok {
		_, err := row.Attr(name)
		return nil, fmt.Errorf("%s: %w", located("example", i, row), err)
	}
	return v, nil
}

// columnOf makes the most of equal kinds: numbers become an array, tokens a column of tokens,
// anything else a list.
func columnOf(values []starlark.Value) starlark.Value {
	if t, ok := tokenColumn(values); ok {
		return t
	}
	list := starlark.NewList(values)
	if slices.ContainsFunc(values, func(v starlark.Value) bool { return !isNumbers(v) }) {
		return list
	}
	if c, ok := toColumn(list); ok && len(values) > 0 {
		return &Array{c}
	}
	return list
}

func isNumbers(v starlark.Value) bool {
	switch v := v.(type) {
	case starlark.Int, starlark.Float, starlark.Bool:
		return true
	case *Array:
		return !v.c.IsTable()
	case *starlark.List:
		c, ok := listColumn(v)
		return ok && v.Len() > 0 && !c.IsTable()
	}
	return false
}

func tokenColumn(values []starlark.Value) (*Tokens, bool) {
	out := &Tokens{}
	for _, v := range values {
		t, ok := v.(*Tokens)
		if !ok || len(t.seqs) != 1 {
			return nil, false
		}
		out.seqs = append(out.seqs, t.seqs[0])
	}
	return out, len(values) > 0
}
