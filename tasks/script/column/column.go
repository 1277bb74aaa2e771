package column

import (
	"fmt"
	"slices"
)

// Column holds numbers: one (a scalar), one an example (flat, [batch]), or a row of them for each
// example (a table, [batch, seq] or [batch, output]); rows of a table may differ in length.
type Column struct {
	Values []float64 // row after row
	Rows   []int     // the lengths of a table's rows; nil otherwise
	Inner  string    // the name of a table's inner axis
	single bool
}

// Scalar is a column that stands for one number and goes with every shape.
func Scalar(v float64) *Column { return &Column{Values: []float64{v}, single: true} }

// Flat is a column with one number an example. It keeps values.
func Flat(values []float64) *Column { return &Column{Values: values} }

// Table copies rows into a table with the named inner axis.
func Table(inner string, rows [][]float64) *Column {
	c := &Column{Rows: make([]int, len(rows)), Inner: inner}
	for i, row := range rows {
		c.Rows[i] = len(row)
		c.Values = append(c.Values, row...)
	}
	return c
}

// Floats32 copies rows of float32, as an engine returns them, into a table.
func Floats32(inner string, rows [][]float32) *Column {
	c := &Column{Rows: make([]int, len(rows)), Inner: inner}
	for i, row := range rows {
		c.Rows[i] = len(row)
		for _, v := range row {
			c.Values = append(c.Values, float64(v))
		}
	}
	return c
}

// IsScalar says whether the column is one number for every shape.
func (c *Column) IsScalar() bool { return c.single }

// IsTable says whether the column has an inner axis.
func (c *Column) IsTable() bool { return c.Rows != nil }

// Len is the number of examples; a scalar has 1.
func (c *Column) Len() int {
	if c.Rows != nil {
		return len(c.Rows)
	}
	return len(c.Values)
}

// Row returns the i-th row of a table, or the i-th number as a row of one. It shares memory.
func (c *Column) Row(i int) []float64 {
	if c.Rows == nil {
		return c.Values[i : i+1]
	}
	from := 0
	for _, n := range c.Rows[:i] {
		from += n
	}
	return c.Values[from : from+c.Rows[i]]
}

// Each calls visit with every row of a table in order. Rows share memory with the column.
func (c *Column) Each(visit func(i int, row []float64)) {
	from := 0
	for i, n := range c.Rows {
		visit(i, c.Values[from:from+n])
		from += n
	}
}

// Pick returns the examples at the given places, in that order.
func (c *Column) Pick(at []int) *Column {
	if c.Rows == nil {
		out := make([]float64, len(at))
		for i, j := range at {
			out[i] = c.Values[j]
		}
		return Flat(out)
	}
	starts, from := make([]int, len(c.Rows)), 0
	for i, n := range c.Rows {
		starts[i], from = from, from+n
	}
	out := &Column{Rows: make([]int, len(at)), Inner: c.Inner}
	for i, j := range at {
		out.Rows[i] = c.Rows[j]
		out.Values = append(out.Values, c.Values[starts[j]:starts[j]+c.Rows[j]]...)
	}
	return out
}

// Joined is a table whose rows are rows of this one behind one another: those at each list of places.
func (c *Column) Joined(places [][]int) *Column {
	out := &Column{Rows: make([]int, len(places)), Inner: c.Inner}
	for i, at := range places {
		row := c.Pick(at)
		out.Values = append(out.Values, row.Values...)
		out.Rows[i] = len(row.Values)
	}
	return out
}

// Shape says the column's shape in words, such as [batch 4] or [batch 4, seq 3..9].
func (c *Column) Shape() string {
	switch {
	case c.single:
		return "a number"
	case c.Rows == nil:
		return fmt.Sprintf("[batch %d]", len(c.Values))
	case len(c.Rows) == 0:
		return fmt.Sprintf("[batch 0, %s]", c.Inner)
	}
	low, high := slices.Min(c.Rows), slices.Max(c.Rows)
	if low == high {
		return fmt.Sprintf("[batch %d, %s %d]", len(c.Rows), c.Inner, low)
	}
	return fmt.Sprintf("[batch %d, %s %d..%d]", len(c.Rows), c.Inner, low, high)
}

// like returns an empty column of c's shape.
func (c *Column) like() *Column {
	return &Column{Values: make([]float64, len(c.Values)), Rows: c.Rows, Inner: c.Inner, single: c.single}
}
