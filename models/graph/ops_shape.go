package graph

// reshape emits a Reshape. One axis may be dynamic; further ones must stand where they stood before.
func reshape(t *Tensor, to Shape) *Tensor {
	dims := make([]int, len(to))
	free := false
	for i, a := range to {
		switch {
		case a.Size != Dynamic:
			dims[i] = a.Size
		case i < len(t.shape) && t.shape[i] == a:
			dims[i] = 0 // copied from the operand
		case !free:
			dims[i] = -1
			free = true
		default:
			fail("reshape", "from %v to %v: more than one unknown size", t.shape, to)
		}
	}
	return t.graph.node("Reshape", "", []*Tensor{t, t.graph.Ints(dims...)}, result{t.dtype, to})
}

// Reshape gives the same elements in the same order another shape.
func Reshape(t *Tensor, to Shape) *Tensor {
	if a, b := t.shape.Elements(), to.Elements(); a != b && a != Dynamic && b != Dynamic {
		fail("reshape", "from %v (%d elements) to %v (%d elements)", t.shape, a, to, b)
	}
	y := reshape(t, to)
	t.graph.record("Reshape", []*Tensor{y}, []*Tensor{t}, func(dout []*Tensor) []*Tensor {
		return []*Tensor{reshape(dout[0], t.shape)}
	})
	return y
}

// Transpose puts the axes in the named order.
func Transpose(t *Tensor, axes ...string) *Tensor {
	if len(axes) != len(t.shape) {
		fail("transpose", "%v has %d axes, %d are named", t.shape, len(t.shape), len(axes))
	}
	perm := positions("transpose", t, axes)
	y := transpose(t, perm)
	t.graph.record("Transpose", []*Tensor{y}, []*Tensor{t}, func(dout []*Tensor) []*Tensor {
		back := make([]int, len(perm))
		for i, p := range perm {
			back[p] = i
		}
		return []*Tensor{transpose(dout[0], back)}
	})
	return y
}

func transpose(t *Tensor, perm []int) *Tensor {
	out := make(Shape, len(perm))
	for i, p := range perm {
		out[i] = t.shape[p]
	}
	return t.graph.node("Transpose", "", []*Tensor{t}, result{t.dtype, out}, Attr{"perm", perm})
}

// Slice takes the elements from (inclusive) to (exclusive) of one axis.
func Slice(t *Tensor, axis string, from, to int) *Tensor {
	i := positions("slice", t, []string{axis})[0]
	size := t.shape[i].Size
	if size == Dynamic || from < 0 || to > size || from >= to {
		fail("slice", "[%d:%d] of axis %q of %v", from, to, axis, t.shape)
	}
	out := append(Shape{}, t.shape...)
	out[i].Size = to - from
	g := t.graph
	y := g.node("Slice", "", []*Tensor{t, g.Ints(from), g.Ints(to), g.Ints(i)}, result{t.dtype, out})
	g.record("Slice", []*Tensor{y}, []*Tensor{t}, func(dout []*Tensor) []*Tensor {
		var parts []*Tensor
		if from > 0 {
			parts = append(parts, zeros(g, t.shape, i, from))
		}
		parts = append(parts, dout[0])
		if to < size {
			parts = append(parts, zeros(g, t.shape, i, size-to))
		}
		return []*Tensor{concat(parts, i)}
	})
	return y
}

// zeros is a block of zeros like shape, with another size along axis i.
func zeros(g *Graph, shape Shape, i, size int) *Tensor {
	out := append(Shape{}, shape...)
	out[i].Size = size
	return stretch(g.Scalar(0), out)
}

// Concat joins tensors along an axis; all other axes agree.
func Concat(axis string, parts ...*Tensor) *Tensor {
	if len(parts) == 1 {
		return parts[0]
	}
	i := positions("concat", parts[0], []string{axis})[0]
	for _, p := range parts[1:] {
		if !p.shape.Without(axis).Equal(parts[0].shape.Without(axis)) || p.dtype != parts[0].dtype {
			fail("concat", "%s %v and %s %v differ in more than axis %q", parts[0].dtype, parts[0].shape, p.dtype, p.shape, axis)
		}
	}
	y := concat(parts, i)
	y.graph.record("Concat", []*Tensor{y}, parts, func(dout []*Tensor) []*Tensor {
		d := make([]*Tensor, len(parts))
		at := 0
		for j, p := range parts {
			next := at + p.shape[i].Size
			if p.grad {
				d[j] = Slice(dout[0], axis, at, next)
			}
			at = next
		}
		return d
	})
	return y
}

func concat(parts []*Tensor, i int) *Tensor {
	if len(parts) == 1 {
		return parts[0]
	}
	out := append(Shape{}, parts[0].shape...)
	out[i].Size = 0
	for _, p := range parts {
		if p.shape[i].Size == Dynamic {
			out[i].Size = Dynamic
			break
		}
		out[i].Size += p.shape[i].Size
	}
	return parts[0].graph.node("Concat", "", parts, result{parts[0].dtype, out}, Attr{"axis", i})
}
