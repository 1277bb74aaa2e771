package graph

import (
	"math"
)

func interpretReshape(c *call) []*value {
	x, dims := c.operand(0), c.ints(1)
	shape := make([]int, len(dims))
	free, known := -1, 1
	for i, n := range dims {
		switch {
		case n == -1:
			free = i
			continue
		case n == 0 && c.int("allowzero", 0) == 0:
			n = x.shape[i]
		}
		shape[i] = n
		known *= n
	}
	if free >= 0 && known > 0 {
		shape[free] = len(x.v) / known
		known *= shape[free]
	}
	if known != len(x.v) {
		fail("Reshape", "%v to %v", x.shape, dims)
	}
	return []*value{{x.dtype, shape, x.v}}
}

func interpretTranspose(c *call) []*value {
	x := c.operand(0)
	perm := attrOf(c, "perm", []int(nil))
	if perm == nil {
		for i := len(x.shape) - 1; i >= 0; i-- {
			perm = append(perm, i)
		}
	}
	shape, steps := make([]int, len(perm)), make([]int, len(perm))
	from := strides(x.shape)
	for i, p := range perm {
		shape[i], steps[i] = x.shape[p], from[p]
	}
	y := newValue(x.dtype, shape)
	each(shape, func(flat int, at []int) { y.v[flat] = x.v[offset(at, steps)] })
	return []*value{y}
}

func interpretUnsqueeze(c *call) []*value {
	x, axes := c.operand(0), c.ints(1)
	rank := len(x.shape) + len(axes)
	shape := make([]int, rank)
	for _, a := range axes {
		shape[wrap(a, rank)] = 1
	}
	at := 0
	for i := range shape {
		if shape[i] == 0 {
			shape[i] = x.shape[at]
			at++
		}
	}
	return []*value{{x.dtype, shape, x.v}}
}

func interpretSqueeze(c *call) []*value {
	x, axes := c.operand(0), c.ints(1)
	gone := map[int]bool{}
	for _, a := range axes {
		gone[wrap(a, len(x.shape))] = true
	}
	shape := []int{}
	for i, n := range x.shape {
		switch {
		case axes == nil && n == 1:
		case !gone[i]:
			shape = append(shape, n)
		case n != 1:
			fail("Squeeze", "axis %d of %v is not 1", i, x.shape)
		}
	}
	return []*value{{x.dtype, shape, x.v}}
}

func interpretConcat(c *call) []*value {
	first := c.operand(0)
	axis := c.axis(0, len(first.shape))
	shape := append([]int{}, first.shape...)
	for i := range c.in[1:] {
		shape[axis] += c.operand(i + 1).shape[axis]
	}
	y := newValue(first.dtype, shape)
	steps := strides(shape)
	base := 0
	for _, x := range c.in {
		each(x.shape, func(flat int, at []int) { y.v[base*steps[axis]+offset(at, steps)] = x.v[flat] })
		base += x.shape[axis]
	}
	return []*value{y}
}

func interpretSlice(c *call) []*value {
	x := c.operand(0)
	rank := len(x.shape)
	starts, ends, axes, steps := c.ints(1), c.ints(2), c.ints(3), c.ints(4)
	from, by := make([]int, rank), make([]int, rank)
	shape := append([]int{}, x.shape...)
	for i := range by {
		by[i] = 1
	}
	for i, start := range starts {
		axis, step := i, 1
		if axes != nil {
			axis = wrap(axes[i], rank)
		}
		if steps != nil {
			step = steps[i]
		}
		from[axis], shape[axis] = sliceRange(start, ends[i], step, x.shape[axis])
		by[axis] = step
	}
	y := newValue(x.dtype, shape)
	all := strides(x.shape)
	each(shape, func(flat int, at []int) {
		at2 := 0
		for i, a := range at {
			at2 += (from[i] + a*by[i]) * all[i]
		}
		y.v[flat] = x.v[at2]
	})
	return []*value{y}
}

// sliceRange is where a slice begins and how many elements it has, by Python's rules.
func sliceRange(start, end, step, size int) (from, n int) {
	low, high := 0, size
	if step < 0 {
		low, high = -1, size-1
	}
	limit := func(i int) int {
		if i < 0 {
			i += size
		}
		return min(max(i, low), high)
	}
	from = limit(start)
	n = int(math.Ceil(float64(limit(end)-from) / float64(step)))
	return from, max(n, 0)
}

func interpretSplit(c *call) []*value {
	x := c.operand(0)
	axis := c.axis(0, len(x.shape))
	sizes := c.ints(1)
	if sizes == nil {
		n := len(c.node.Outputs)
		piece := (x.shape[axis] + n - 1) / n
		for left := x.shape[axis]; left > 0; left -= piece {
			sizes = append(sizes, min(piece, left))
		}
	}
	var parts []*value
	base := 0
	steps := strides(x.shape)
	for _, size := range sizes {
		shape := append([]int{}, x.shape...)
		shape[axis] = size
		y := newValue(x.dtype, shape)
		each(shape, func(flat int, at []int) { y.v[flat] = x.v[base*steps[axis]+offset(at, steps)] })
		parts = append(parts, y)
		base += size
	}
	return parts
}

func interpretExpand(c *call) []*value {
	x := c.operand(0)
	return []*value{x.stretchTo(broadcastShape(x.shape, c.ints(1)))}
}

func interpretShape(c *call) []*value {
	x := c.operand(0)
	from, n := sliceRange(c.int("start", 0), c.int("end", len(x.shape)), 1, len(x.shape))
	y := newValue(Int64, []int{n})
	for i := range y.v {
		y.v[i] = float64(x.shape[from+i])
	}
	return []*value{y}
}

func interpretRange(c *call) []*value {
	start, limit, delta := c.operand(0), c.operand(1).v[0], c.operand(2).v[0]
	n := max(int(math.Ceil((limit-start.v[0])/delta)), 0)
	y := newValue(start.dtype, []int{n})
	for i := range y.v {
		y.v[i] = start.v[0] + float64(i)*delta
	}
	return []*value{y}
}

func interpretConstantOfShape(c *call) []*value {
	fill := load(attrOf(c, "value", Floats([]float32{0}, 1)))
	y := newValue(fill.dtype, c.ints(0))
	for i := range y.v {
		y.v[i] = fill.v[0]
	}
	return []*value{y}
}

func interpretTrilu(c *call) []*value {
	x := c.operand(0)
	k := 0
	if list := c.ints(1); list != nil {
		k = list[0]
	}
	upper := c.int("upper", 1) == 1
	y := x.clone()
	each(x.shape, func(flat int, at []int) {
		row, column := at[len(at)-2], at[len(at)-1]
		if upper && column < row+k || !upper && column > row+k {
			y.v[flat] = 0
		}
	})
	return []*value{y}
}
