package graph

// call is one execution of a node.
type call struct {
	node *Node
	in   []*value
}

// operator computes the results of a node. It panics by fail on what it does not understand.
type operator func(c *call) []*value

// operand is input i, which must be there.
func (c *call) operand(i int) *value {
	if v := c.optional(i); v != nil {
		return v
	}
	fail(c.node.Op, "operand %d is missing", i)
	return nil
}

// optional is input i, or nil.
func (c *call) optional(i int) *value {
	if i >= len(c.in) {
		return nil
	}
	return c.in[i]
}

// ints is input i as a list of integers, or nil if it is absent.
func (c *call) ints(i int) []int {
	v := c.optional(i)
	if v == nil {
		return nil
	}
	list := make([]int, len(v.v))
	for j, x := range v.v {
		list[j] = int(x)
	}
	return list
}

func attrOf[T any](c *call, name string, otherwise T) T {
	for _, a := range c.node.Attrs {
		if a.Name != name {
			continue
		}
		v, ok := a.Value.(T)
		if !ok {
			fail(c.node.Op, "attribute %s is a %T, want %T", name, a.Value, otherwise)
		}
		return v
	}
	return otherwise
}

func (c *call) int(name string, otherwise int) int { return attrOf(c, name, otherwise) }

func (c *call) float(name string, otherwise float64) float64 {
	return float64(attrOf(c, name, float32(otherwise)))
}

func (c *call) string(name, otherwise string) string { return attrOf(c, name, otherwise) }

// axis is an attribute that counts axes, from the end if it is negative.
func (c *call) axis(otherwise, rank int) int {
	return wrap(c.int("axis", otherwise), rank)
}

func wrap(axis, rank int) int {
	if axis < 0 {
		axis += rank
	}
	if axis < 0 || axis >= rank {
		fail("axis", "%d of a tensor with %d axes", axis, rank)
	}
	return axis
}

// strides are the distances between neighbours along each axis.
func strides(shape []int) []int {
	s := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = step
		step *= shape[i]
	}
	return s
}

// each calls visit with every index of a shape, in order; the slice is reused.
func each(shape []int, visit func(flat int, at []int)) {
	n := 1
	for _, d := range shape {
		n *= d
	}
	at := make([]int, len(shape))
	for flat := range n {
		visit(flat, at)
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < shape[i] {
				break
			}
			at[i] = 0
		}
	}
}

// offset is the position of an index in memory.
func offset(at, strides []int) int {
	sum := 0
	for i, a := range at {
		sum += a * strides[i]
	}
	return sum
}

// broadcastShape is the shape that numpy's rule gives two operands.
func broadcastShape(a, b []int) []int {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := append([]int{}, a...)
	lead := len(a) - len(b)
	for i, n := range b {
		switch {
		case out[lead+i] == n || n == 1:
		case out[lead+i] == 1:
			out[lead+i] = n
		default:
			fail("broadcast", "%v and %v do not go together", a, b)
		}
	}
	return out
}

// stretchTo is t repeated along axes of size 1, and along new leading axes, to a larger shape.
func (t *value) stretchTo(shape []int) *value {
	lead := len(shape) - len(t.shape)
	if lead < 0 {
		fail("broadcast", "%v does not stretch to %v", t.shape, shape)
	}
	from := strides(t.shape)
	steps := make([]int, len(shape))
	for i, n := range t.shape {
		switch {
		case n == shape[lead+i]:
			steps[lead+i] = from[i]
		case n != 1:
			fail("broadcast", "%v does not stretch to %v", t.shape, shape)
		}
	}
	out := newValue(t.dtype, shape)
	each(shape, func(flat int, at []int) { out.v[flat] = t.v[offset(at, steps)] })
	return out
}
