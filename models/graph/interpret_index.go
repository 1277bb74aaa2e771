package graph

import "slices"

// index wraps a negative index and checks it.
func index(i float64, size int) int {
	at := int(i)
	if at < 0 {
		at += size
	}
	if at < 0 || at >= size {
		fail("index", "%d is outside an axis of size %d", int(i), size)
	}
	return at
}

func interpretGather(c *call) []*value {
	x, ids := c.operand(0), c.operand(1)
	axis := c.axis(0, len(x.shape))
	shape := slices.Concat(x.shape[:axis], ids.shape, x.shape[axis+1:])
	y := newValue(x.dtype, shape)
	from, of := strides(x.shape), strides(ids.shape)
	n := len(ids.shape)
	each(shape, func(flat int, at []int) {
		id := index(ids.v[offset(at[axis:axis+n], of)], x.shape[axis])
		y.v[flat] = x.v[offset(at[:axis], from[:axis])+id*from[axis]+offset(at[axis+n:], from[axis+1:])]
	})
	return []*value{y}
}

func interpretGatherElements(c *call) []*value {
	x, ids := c.operand(0), c.operand(1)
	axis := c.axis(0, len(x.shape))
	y := newValue(x.dtype, ids.shape)
	from := strides(x.shape)
	each(ids.shape, func(flat int, at []int) {
		y.v[flat] = x.v[offset(at, from)+(index(ids.v[flat], x.shape[axis])-at[axis])*from[axis]]
	})
	return []*value{y}
}

// target is where the rows of an index tensor [… depth] point: the start of each slice of data.
func target(ids *value, shape []int) (starts []int, slice int) {
	depth := ids.shape[len(ids.shape)-1]
	steps := strides(shape)
	slice = 1
	for _, n := range shape[depth:] {
		slice *= n
	}
	for row := 0; row < len(ids.v); row += depth {
		at := 0
		for i := range depth {
			at += index(ids.v[row+i], shape[i]) * steps[i]
		}
		starts = append(starts, at)
	}
	return starts, slice
}

func interpretGatherND(c *call) []*value {
	x, ids := c.operand(0), c.operand(1)
	if c.int("batch_dims", 0) != 0 {
		fail("GatherND", "batch_dims is not supported")
	}
	last := len(ids.shape) - 1
	y := newValue(x.dtype, slices.Concat(ids.shape[:last], x.shape[ids.shape[last]:]))
	starts, slice := target(ids, x.shape)
	for i, at := range starts {
		copy(y.v[i*slice:(i+1)*slice], x.v[at:])
	}
	return []*value{y}
}

// scatter writes or adds, as the attribute says.
func scatter(c *call, to *float64, x float64) {
	switch how := c.string("reduction", "none"); how {
	case "none":
		*to = x
	case "add":
		*to += x
	default:
		fail(c.node.Op, "reduction %q is not supported", how)
	}
}

func interpretScatterND(c *call) []*value {
	x, ids, updates := c.operand(0), c.operand(1), c.operand(2)
	y := x.clone()
	starts, slice := target(ids, x.shape)
	for i, at := range starts {
		for j := range slice {
			scatter(c, &y.v[at+j], updates.v[i*slice+j])
		}
	}
	return []*value{y}
}

func interpretScatterElements(c *call) []*value {
	x, ids, updates := c.operand(0), c.operand(1), c.operand(2)
	axis := c.axis(0, len(x.shape))
	y := x.clone()
	steps := strides(x.shape)
	each(ids.shape, func(flat int, at []int) {
		to := offset(at, steps) + (index(ids.v[flat], x.shape[axis])-at[axis])*steps[axis]
		scatter(c, &y.v[to], updates.v[flat])
	})
	return []*value{y}
}
