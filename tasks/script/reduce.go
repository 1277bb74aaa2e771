package script

import (
	"fmt"
	"math"
	"slices"

	"go.starlark.net/starlark"

	"workbench/models/graph"
	"workbench/tasks/script/column"
)

// reduction is a function that takes numbers together: over an axis, or over everything.
type reduction struct {
	tensor func(in *tracing, x *graph.Tensor, axes ...string) *graph.Tensor // nil: of arrays only
	host   func(row []float64) float64
}

func (o reduction) call(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	var axis string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "axis?", &axis); err != nil {
		return nil, err
	}
	if t, ok := x.(*Tensor); ok {
		return o.symbolic(b.Name(), t, axis)
	}
	c, ok := toColumn(x)
	if !ok {
		return nil, fmt.Errorf("%s: want numbers, an array or a tensor, got a %s", b.Name(), x.Type())
	}
	return overAxis(b.Name(), c, axis, o.host)
}

func (o reduction) symbolic(name string, t *Tensor, axis string) (starlark.Value, error) {
	if o.tensor == nil {
		return nil, advise("compute it on the host, after the step", "%s: there is no such function of tensors", name)
	}
	return t.in.build(func() *graph.Tensor {
		if axis == "" {
			return o.tensor(t.in, float32s(t.t))
		}
		return o.tensor(t.in, float32s(t.t), axis)
	})
}

// overAxis reduces a column over everything, over its inner axis, or over "batch".
func overAxis(name string, c *column.Column, axis string, f func([]float64) float64) (starlark.Value, error) {
	switch {
	case axis == "":
		return starlark.Float(f(c.Values)), nil
	case c.IsTable() && axis == c.Inner:
		return fromColumn(column.Reduce(c, f)), nil
	case axis == "batch" && !c.IsTable():
		return starlark.Float(f(c.Values)), nil
	case axis == "batch":
		out, err := column.Down(c, f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return &Array{out}, nil
	}
	return nil, fmt.Errorf("%s: the array has the shape %s and no axis %q", name, c.Shape(), axis)
}

func sumOp() reduction {
	return reduction{func(in *tracing, x *graph.Tensor, axes ...string) *graph.Tensor { return in.trace.Sum(x, axes...) }, column.Sum}
}

func meanOp() reduction {
	return reduction{func(in *tracing, x *graph.Tensor, axes ...string) *graph.Tensor { return in.trace.Mean(x, axes...) }, column.Mean}
}

func largestOp() reduction {
	return reduction{func(_ *tracing, x *graph.Tensor, axes ...string) *graph.Tensor { return graph.Max(x, axes...) }, slices.Max[[]float64]}
}

func smallestOp() reduction {
	return reduction{func(_ *tracing, x *graph.Tensor, axes ...string) *graph.Tensor {
		return graph.Neg(graph.Max(graph.Neg(x), axes...))
	}, slices.Min[[]float64]}
}

func maskedMean(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x, mask starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "mask", &mask); err != nil {
		return nil, err
	}
	if in := tracingOf(x, mask); in != nil {
		a, err := in.operand(b.Name(), x)
		if err != nil {
			return nil, err
		}
		m, err := in.operand(b.Name(), mask)
		if err != nil {
			return nil, err
		}
		return in.build(func() *graph.Tensor { return in.trace.MaskedMean(float32s(a), m) })
	}
	a, okA := toColumn(x)
	m, okM := toColumn(mask)
	if !okA || !okM {
		return nil, fmt.Errorf("masked_mean: want arrays or tensors, got %s and %s", x.Type(), mask.Type())
	}
	mean, err := column.MaskedMean(a, m)
	if err != nil {
		return nil, fmt.Errorf("masked_mean: %w", err)
	}
	return starlark.Float(mean), nil
}

// alongOp is a function along the last axis that keeps the shape (softmax) or drops it (logsumexp).
type alongOp struct {
	tensor func(x *graph.Tensor, axis string) *graph.Tensor
	keep   func(row, out []float64)
	drop   func(row []float64) float64
}

func (o alongOp) call(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	var axis string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "axis?", &axis); err != nil {
		return nil, err
	}
	if t, ok := x.(*Tensor); ok {
		shape := t.t.Shape()
		if axis == "" && len(shape) > 0 {
			axis = shape[len(shape)-1].Name
		}
		if axis == "batch" {
			return nil, advise("examples of a batch are computed in parts; reduce over another axis", "%s runs over examples", b.Name())
		}
		return t.in.build(func() *graph.Tensor { return o.tensor(float32s(t.t), axis) })
	}
	c, ok := toColumn(x)
	if !ok {
		return nil, fmt.Errorf("%s: want an array or a tensor, got a %s", b.Name(), x.Type())
	}
	last := "batch"
	if c.IsTable() {
		last = c.Inner
	}
	if axis != "" && axis != last {
		return nil, fmt.Errorf("%s: an array of shape %s has no last axis %q", b.Name(), c.Shape(), axis)
	}
	if o.drop != nil {
		return fromColumn(column.Reduce(c, o.drop)), nil
	}
	return fromColumn(column.Along(c, o.keep)), nil
}

func softmaxRow(row, out []float64) {
	total := column.LogSumExp(row)
	for i, v := range row {
		out[i] = math.Exp(v - total)
	}
}

func logSoftmaxRow(row, out []float64) {
	total := column.LogSumExp(row)
	for i, v := range row {
		out[i] = v - total
	}
}

func gather(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x, at starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "at", &at); err != nil {
		return nil, err
	}
	if t, ok := x.(*Tensor); ok {
		return t.gather(at)
	}
	c, ok := toColumn(x)
	places, okAt := toColumn(at)
	if !ok || !okAt {
		return nil, fmt.Errorf("gather: want arrays or tensors, got %s and %s", x.Type(), at.Type())
	}
	out, err := column.Gather(c, places)
	if err != nil {
		return nil, fmt.Errorf("gather: %w", err)
	}
	return fromColumn(out), nil
}

// gather picks one element of the last axis for each position.
func (t *Tensor) gather(at starlark.Value) (starlark.Value, error) {
	places, err := t.in.operand("gather", at)
	if err != nil {
		return nil, err
	}
	shape := t.t.Shape()
	if len(shape) == 0 {
		return nil, fmt.Errorf("gather: one number has nothing to gather from")
	}
	last := shape[len(shape)-1]
	return t.in.build(func() *graph.Tensor {
		if len(places.Shape()) == 0 { // the same place everywhere: a column of the last axis
			i, err := starlark.AsInt32(at)
			if err != nil || i < 0 || i >= last.Size {
				panic(&graph.Error{Op: "gather", Problem: fmt.Sprintf("%s is not a place on axis %q of size %d", at, last.Name, last.Size)})
			}
			return graph.Reshape(graph.Slice(float32s(t.t), last.Name, i, i+1), shape[:len(shape)-1])
		}
		return graph.Take(float32s(t.t), graph.Cast(places, graph.Int64))
	})
}

func stopGradient(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x); err != nil {
		return nil, err
	}
	t, ok := x.(*Tensor)
	if !ok {
		return x, nil // numbers have no gradient
	}
	return t.in.build(func() *graph.Tensor { return graph.StopGradient(t.t) })
}

func zerosLikePrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x); err != nil {
		return nil, err
	}
	return pairOp{graph.Mul, func(a, b float64) float64 { return 0 }}.apply(b.Name(), x, starlark.Float(0))
}
