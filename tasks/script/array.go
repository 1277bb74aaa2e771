package script

import (
	"fmt"
	"strconv"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"workbench/engine/forward"
	"workbench/tasks/script/column"
)

// Array is host numbers in a script: one an example, or a row of them an example.
type Array struct{ c *column.Column }

func flatArray(values []float64) *Array { return &Array{column.Flat(values)} }

// String shows the shape and the first numbers.
func (a *Array) String() string {
	const shown = 6
	var b strings.Builder
	fmt.Fprintf(&b, "array%s(", a.c.Shape())
	for i, v := range a.c.Values {
		if i == shown {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatFloat(v, 'g', 5, 64))
	}
	return b.String() + ")"
}

// Type is array.
func (a *Array) Type() string { return "array" }

// Freeze does nothing: arrays never change.
func (a *Array) Freeze() {}

// Truth says whether the array has examples.
func (a *Array) Truth() starlark.Bool { return a.c.Len() > 0 }

// Hash is refused, as for lists.
func (a *Array) Hash() (uint32, error) {
	return 0, fmt.Errorf("an array cannot be a key of a dictionary")
}

// Len is the number of examples.
func (a *Array) Len() int { return a.c.Len() }

// Index is the i-th example's number, or its row as an array.
func (a *Array) Index(i int) starlark.Value {
	if a.c.IsTable() {
		return flatArray(a.c.Row(i))
	}
	return starlark.Float(a.c.Values[i])
}

// Slice is array[from:to:step].
func (a *Array) Slice(start, end, step int) starlark.Value {
	var at []int
	for i := start; (step > 0 && i < end) || (step < 0 && i > end); i += step {
		at = append(at, i)
	}
	return &Array{a.c.Pick(at)}
}

// Iterate goes through the examples.
func (a *Array) Iterate() starlark.Iterator { return &indexed{of: a} }

// indexed iterates over anything that has an index.
type indexed struct {
	of interface {
		Len() int
		Index(i int) starlark.Value
	}
	at int
}

// Next gives the next element.
func (it *indexed) Next(p *starlark.Value) bool {
	if it.at >= it.of.Len() {
		return false
	}
	*p = it.of.Index(it.at)
	it.at++
	return true
}

// Done ends the iteration.
func (it *indexed) Done() {}

// Binary is the arithmetic of arrays with arrays and numbers.
func (a *Array) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	return operate(op, a, y, side)
}

// Unary is −array and +array.
func (a *Array) Unary(op syntax.Token) (starlark.Value, error) {
	switch op {
	case syntax.MINUS:
		return &Array{column.Map(a.c, func(v float64) float64 { return -v })}, nil
	case syntax.PLUS:
		return a, nil
	}
	return nil, nil
}

// CompareSameType refuses: element by element is a function's job.
func (a *Array) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	return false, advise("compare with greater, greater_equal, less, less_equal or equal, then take the mean or sum", "arrays are not compared with %s", op)
}

// Tokens is a column of token sequences, as the tokens of a dataset or the samples of a model.
type Tokens struct{ seqs []forward.Sequence }

// String shows how many sequences there are and how long they are.
func (t *Tokens) String() string { return "tokens" + t.lengths().c.Shape() }

// Type is tokens.
func (t *Tokens) Type() string { return "tokens" }

// Freeze does nothing: tokens never change.
func (t *Tokens) Freeze() {}

// Truth says whether there are sequences.
func (t *Tokens) Truth() starlark.Bool { return len(t.seqs) > 0 }

// Hash is refused, as for lists.
func (t *Tokens) Hash() (uint32, error) {
	return 0, fmt.Errorf("tokens cannot be a key of a dictionary")
}

// Len is the number of sequences.
func (t *Tokens) Len() int { return len(t.seqs) }

// Index is the i-th sequence, as tokens of one sequence.
func (t *Tokens) Index(i int) starlark.Value { return &Tokens{t.seqs[i : i+1]} }

// Iterate goes through the sequences.
func (t *Tokens) Iterate() starlark.Iterator { return &indexed{of: t} }

// Attr gives the lengths, and the mask as an array.
func (t *Tokens) Attr(name string) (starlark.Value, error) {
	switch name {
	case "lengths":
		return t.lengths(), nil
	case "mask":
		return &Array{column.Table("seq", t.mask())}, nil
	}
	return nil, nil
}

// AttrNames lists lengths and mask.
func (t *Tokens) AttrNames() []string { return []string{"lengths", "mask"} }

func (t *Tokens) lengths() *Array {
	n := make([]float64, len(t.seqs))
	for i, s := range t.seqs {
		n[i] = float64(len(s.Tokens))
	}
	return flatArray(n)
}

func (t *Tokens) mask() [][]float64 {
	rows := make([][]float64, len(t.seqs))
	for i, s := range t.seqs {
		rows[i] = make([]float64, len(s.Tokens))
		for k := range s.Tokens {
			if s.Wanted(k) {
				rows[i][k] = 1
			}
		}
	}
	return rows
}

// toColumn takes numbers in any form that a script has them: a number, an array, a list of numbers
// or of lists of numbers.
func toColumn(v starlark.Value) (*column.Column, bool) {
	switch v := v.(type) {
	case *Array:
		return v.c, true
	case starlark.Bool:
		if v {
			return column.Scalar(1), true
		}
		return column.Scalar(0), true
	case starlark.Int, starlark.Float:
		f, ok := starlark.AsFloat(v)
		return column.Scalar(f), ok
	case *starlark.List, starlark.Tuple:
		return listColumn(v.(starlark.Indexable))
	}
	return nil, false
}

func listColumn(list starlark.Indexable) (*column.Column, bool) {
	flat := make([]float64, 0, list.Len())
	var rows [][]float64
	for i := range list.Len() {
		c, ok := toColumn(list.Index(i))
		switch {
		case !ok || c.IsTable():
			return nil, false
		case c.IsScalar():
			flat = append(flat, c.Values[0])
		default:
			rows = append(rows, c.Values)
		}
	}
	if len(rows) > 0 {
		return column.Table("seq", rows), len(flat) == 0
	}
	return column.Flat(flat), true
}

// fromColumn gives a script a number for a scalar, an array otherwise.
func fromColumn(c *column.Column) starlark.Value {
	if c.IsScalar() {
		return starlark.Float(c.Values[0])
	}
	return &Array{c}
}
