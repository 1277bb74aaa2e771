package graph

// positions finds where the named axes are of the named axes; none means all.
func positions(op string, t *Tensor, axes []string) []int {
	if len(axes) == 0 {
		all := make([]int, len(t.shape))
		for i := range all {
			all[i] = i
		}
		return all
	}
	at := make([]int, len(axes))
	for i, name := range axes {
		if at[i] = t.shape.Index(name); at[i] < 0 {
			fail(op, "no axis %q in %v", name, t.shape)
		}
	}
	return at
}

// reduce emits a reduction that drops the axes, or keeps them with size 1.
func reduce(op string, t *Tensor, at []int, keep bool) *Tensor {
	gone := map[int]bool{}
	for _, i := range at {
		gone[i] = true
	}
	out := Shape{}
	for i, a := range t.shape {
		switch {
		case !gone[i]:
			out = append(out, a)
		case keep:
			out = append(out, Axis{a.Name, 1})
		}
	}
	if len(at) == 0 {
		return t
	}
	kept := 0
	if keep {
		kept = 1
	}
	return t.graph.node(op, "", []*Tensor{t, t.graph.Ints(at...)}, result{t.dtype, out}, Attr{"keepdims", kept})
}

// restore gives a reduced tensor its axes back, with size 1.
func restore(t *Tensor, of Shape, at []int) *Tensor {
	if len(at) == 0 {
		return t
	}
	shape := append(Shape{}, of...)
	for _, i := range at {
		shape[i].Size = 1
	}
	return t.graph.node("Unsqueeze", "", []*Tensor{t, t.graph.Ints(at...)}, result{t.dtype, shape})
}

// stretch broadcasts t to the full shape.
func stretch(t *Tensor, to Shape) *Tensor {
	return t.graph.node("Expand", "", []*Tensor{t, t.graph.Ints(to.Sizes()...)}, result{t.dtype, to})
}

// Sum adds up over the named axes, or over all.
func Sum(t *Tensor, axes ...string) *Tensor {
	t = float(t)
	at := positions("sum", t, axes)
	y := reduce("ReduceSum", t, at, false)
	if y == t {
		return t
	}
	t.graph.record("Sum", []*Tensor{y}, []*Tensor{t}, func(dout []*Tensor) []*Tensor {
		return []*Tensor{stretch(restore(dout[0], t.shape, at), t.shape)}
	})
	return y
}

// Mean averages over the named axes, or over all.
func Mean(t *Tensor, axes ...string) *Tensor {
	n := 1
	for _, i := range positions("mean", t, axes) {
		if t.shape[i].Size == Dynamic {
			fail("mean", "the size of axis %q is not known yet", t.shape[i].Name)
		}
		n *= t.shape[i].Size
	}
	return Mul(Sum(t, axes...), t.graph.Scalar(1/float64(n)))
}

// MaskedMean averages t where mask is not 0, over everything; it is 0 where the mask is empty.
func MaskedMean(t, mask *Tensor) *Tensor {
	mask = float(mask)
	return Div(Sum(Mul(t, mask)), Maximum(Sum(mask), t.graph.Scalar(1)))
}

// Max is the largest element over the named axes, or over all. The gradient is shared among ties.
func Max(t *Tensor, axes ...string) *Tensor {
	t = float(t)
	at := positions("max", t, axes)
	y := reduce("ReduceMax", t, at, false)
	t.graph.record("Max", []*Tensor{y}, []*Tensor{t}, func(dout []*Tensor) []*Tensor {
		hit := float(Equal(t, restore(y, t.shape, at)))
		share := Div(hit, reduce("ReduceSum", hit, at, true))
		return []*Tensor{Mul(restore(dout[0], t.shape, at), share)}
	})
	return y
}

// last checks that the axis is the last one, as ONNX Runtime's fast kernels want it.
func last(op string, t *Tensor, axis string) int {
	i := t.shape.Index(axis)
	if i < 0 || i != len(t.shape)-1 {
		fail(op, "axis %q must be the last of %v", axis, t.shape)
	}
	return i
}

// Softmax is eˣ / Σ eˣ along the last axis.
func Softmax(t *Tensor, axis string) *Tensor {
	i := last("softmax", t, axis)
	y := t.graph.node("Softmax", "", []*Tensor{t}, result{Float32, t.shape}, Attr{"axis", -1})
	t.graph.record("Softmax", []*Tensor{y}, []*Tensor{t}, func(dout []*Tensor) []*Tensor {
		dot := reduce("ReduceSum", Mul(dout[0], y), []int{i}, true)
		return []*Tensor{Mul(y, Sub(dout[0], dot))}
	})
	return y
}

// LogSumExp is log Σ eˣ along the last axis, without overflow.
func LogSumExp(t *Tensor, axis string) *Tensor {
	i := last("logsumexp", t, axis)
	// max − log(max softmax): the softmax kernel already subtracts the maximum and runs in parallel.
	p := t.graph.node("Softmax", "", []*Tensor{t}, result{Float32, t.shape}, Attr{"axis", -1})
	top := reduce("ReduceMax", t, []int{i}, false)
	g := t.graph
	logTop := g.node("Log", "", []*Tensor{reduce("ReduceMax", p, []int{i}, false)}, result{Float32, top.shape})
	y := g.node("Sub", "", []*Tensor{top, logTop}, result{Float32, top.shape})
	g.record("LogSumExp", []*Tensor{y}, []*Tensor{t}, func(dout []*Tensor) []*Tensor {
		return []*Tensor{Mul(p, restore(dout[0], t.shape, []int{i}))}
	})
	return y
}

// LogSoftmax is x − log Σ eˣ along the last axis.
func LogSoftmax(t *Tensor, axis string) *Tensor {
	return Sub(t, LogSumExp(t, axis))
}
