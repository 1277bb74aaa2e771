package graph

import (
	"math"
	"slices"
)

// reduction is an operator that turns all elements along some axes into one.
func reduction(f func(xs []float64) float64) operator {
	return func(c *call) []*value {
		x := c.operand(0)
		axes := c.ints(1)
		if axes == nil && c.int("noop_with_empty_axes", 0) == 1 {
			return []*value{x}
		}
		gone := make([]bool, len(x.shape))
		for _, a := range axes {
			gone[wrap(a, len(x.shape))] = true
		}
		full, short := make([]int, len(x.shape)), []int{}
		for i, n := range x.shape {
			full[i] = n
			if len(axes) == 0 || gone[i] {
				gone[i], full[i] = true, 1
			} else {
				short = append(short, n)
			}
		}
		y := gather(x, full, gone, f)
		if c.int("keepdims", 1) == 0 {
			y.shape = short
		}
		return []*value{y}
	}
}

// gather collects the elements that go into each element of the result, and applies f to them.
func gather(x *value, shape []int, gone []bool, f func(xs []float64) float64) *value {
	y := newValue(x.dtype, shape)
	steps := strides(shape)
	groups := make([][]float64, len(y.v))
	each(x.shape, func(flat int, at []int) {
		to := 0
		for i, a := range at {
			if !gone[i] {
				to += a * steps[i]
			}
		}
		groups[to] = append(groups[to], x.v[flat])
	})
	for i, xs := range groups {
		y.v[i] = f(xs)
	}
	return y
}

func sum(xs []float64) float64 {
	s := 0.0
	for _, x := range xs {
		s += x
	}
	return s
}

func mean(xs []float64) float64 { return sum(xs) / float64(len(xs)) }

func largest(xs []float64) float64  { return slices.Max(xs) }
func smallest(xs []float64) float64 { return slices.Min(xs) }

func logSumExp(xs []float64) float64 {
	top := slices.Max(xs)
	s := 0.0
	for _, x := range xs {
		s += math.Exp(x - top)
	}
	return top + math.Log(s)
}

// lines calls visit with every line of elements along an axis: where it starts, and the step.
func lines(shape []int, axis int, visit func(start, step int)) {
	step := strides(shape)[axis]
	rest := append([]int{}, shape...)
	rest[axis] = 1
	all := strides(shape)
	each(rest, func(_ int, at []int) { visit(offset(at, all), step) })
}

// along is an operator that turns each line along the axis attribute into another as long.
func along(axis int, f func(line []float64) []float64) operator {
	return func(c *call) []*value {
		x := c.operand(0)
		return []*value{x.along(c.axis(axis, len(x.shape)), f)}
	}
}

func (t *value) along(axis int, f func(line []float64) []float64) *value {
	y := newValue(t.dtype, t.shape)
	n := t.shape[axis]
	lines(t.shape, axis, func(start, step int) {
		line := make([]float64, n)
		for i := range line {
			line[i] = t.v[start+i*step]
		}
		for i, x := range f(line) {
			y.v[start+i*step] = x
		}
	})
	return y
}

func softmaxLine(line []float64) []float64 {
	total := logSumExp(line)
	for i, x := range line {
		line[i] = math.Exp(x - total)
	}
	return line
}

func logSoftmaxLine(line []float64) []float64 {
	total := logSumExp(line)
	for i, x := range line {
		line[i] = x - total
	}
	return line
}

func interpretArgMax(c *call) []*value {
	x := c.operand(0)
	axis := c.axis(0, len(x.shape))
	if c.int("select_last_index", 0) != 0 {
		fail("ArgMax", "select_last_index is not supported")
	}
	shape := append([]int{}, x.shape...)
	shape[axis] = 1
	y := newValue(Int64, shape)
	i := 0
	lines(x.shape, axis, func(start, step int) {
		best := 0
		for j := range x.shape[axis] {
			if x.v[start+j*step] > x.v[start+best*step] {
				best = j
			}
		}
		y.v[i] = float64(best)
		i++
	})
	if c.int("keepdims", 1) == 0 {
		y.shape = slices.Delete(shape, axis, axis+1)
	}
	return []*value{y}
}

func interpretCumSum(c *call) []*value {
	x := c.operand(0)
	axis := wrap(c.ints(1)[0], len(x.shape))
	exclusive, reverse := c.int("exclusive", 0) == 1, c.int("reverse", 0) == 1
	return []*value{x.along(axis, func(line []float64) []float64 {
		if reverse {
			slices.Reverse(line)
		}
		total := 0.0
		for i, e := range line {
			if exclusive {
				line[i], total = total, total+e
			} else {
				total += e
				line[i] = total
			}
		}
		if reverse {
			slices.Reverse(line)
		}
		return line
	})}
}

// interpretTopK sorts each line; equal elements keep the order of their positions.
func interpretTopK(c *call) []*value {
	x, k := c.operand(0), c.ints(1)[0]
	axis := c.axis(-1, len(x.shape))
	descending := c.int("largest", 1) == 1
	shape := append([]int{}, x.shape...)
	shape[axis] = k
	values, indices := newValue(x.dtype, shape), newValue(Int64, shape)
	var starts []int
	lines(shape, axis, func(start, _ int) { starts = append(starts, start) })
	i := 0
	lines(x.shape, axis, func(start, step int) {
		order := make([]int, x.shape[axis])
		for j := range order {
			order[j] = j
		}
		slices.SortStableFunc(order, func(a, b int) int {
			va, vb := x.v[start+a*step], x.v[start+b*step]
			if descending {
				va, vb = vb, va
			}
			return int(sign(va - vb))
		})
		to := strides(shape)[axis]
		for j, from := range order[:k] {
			values.v[starts[i]+j*to] = x.v[start+from*step]
			indices.v[starts[i]+j*to] = float64(from)
		}
		i++
	})
	return []*value{values, indices}
}
