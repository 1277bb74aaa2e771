package script

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"workbench/models/graph"
	"workbench/tasks/script/column"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// pairOp is an operation on two operands in both worlds.
type pairOp struct {
	tensor func(a, b *graph.Tensor) *graph.Tensor
	host   func(a, b float64) float64
}

// arithmetic are the operators that tensors and arrays have.
func arithmetic(op syntax.Token) (pairOp, bool) {
	switch op {
	case syntax.PLUS:
		return pairOp{graph.Add, func(a, b float64) float64 { return a + b }}, true
	case syntax.MINUS:
		return pairOp{graph.Sub, func(a, b float64) float64 { return a - b }}, true
	case syntax.STAR:
		return pairOp{graph.Mul, func(a, b float64) float64 { return a * b }}, true
	case syntax.SLASH:
		return pairOp{graph.Div, func(a, b float64) float64 { return a / b }}, true
	}
	return pairOp{}, false
}

// operate is x op y where side says which of them the receiver x is.
func operate(op syntax.Token, x, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if op == syntax.IN || op == syntax.NOT_IN {
		return nil, advise("compare with equal(x, value)", "a %s is not searched with %s", x.Type(), op)
	}
	do, ok := arithmetic(op)
	if !ok {
		return nil, nil
	}
	if _, isTensor := y.(*Tensor); !isTensor {
		if _, isNumbers := toColumn(y); !isNumbers {
			return nil, nil
		}
	}
	if side == starlark.Right {
		x, y = y, x
	}
	return do.apply(op.String(), x, y)
}

// apply does the operation in the world of its operands.
func (o pairOp) apply(name string, x, y starlark.Value) (starlark.Value, error) {
	if in := tracingOf(x, y); in != nil {
		a, err := in.operand(name, x)
		if err != nil {
			return nil, err
		}
		b, err := in.operand(name, y)
		if err != nil {
			return nil, err
		}
		return in.build(func() *graph.Tensor { return o.tensor(float32s(a), float32s(b)) })
	}
	a, okA := toColumn(x)
	b, okB := toColumn(y)
	if !okA || !okB {
		return nil, fmt.Errorf("%s: want numbers, arrays or tensors, got %s and %s", name, x.Type(), y.Type())
	}
	c, err := column.Zip(a, b, o.host)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return fromColumn(c), nil
}

// tracingOf is the tracing that one of the values belongs to; nil on the host.
func tracingOf(values ...starlark.Value) *tracing {
	for _, v := range values {
		if t, ok := v.(*Tensor); ok {
			return t.in
		}
	}
	return nil
}

// operand makes a tensor of a tensor or a number.
func (in *tracing) operand(op string, v starlark.Value) (*graph.Tensor, error) {
	if t, ok := v.(*Tensor); ok {
		if t.in != in {
			return nil, advise("a loss computes from its batch alone; keep what must last in a column of the batch", "%s: this tensor comes from an earlier tracing of the loss", op)
		}
		return t.t, nil
	}
	c, ok := toColumn(v)
	if !ok {
		return nil, fmt.Errorf("%s: a %s is neither a tensor nor a number", op, v.Type())
	}
	if !c.IsScalar() {
		return nil, advise("the loss is traced once, so that numbers written into it never change: put the array into the batch with batch.with_columns(name = array)",
			"%s: an array of shape %s stands in a loss", op, c.Shape())
	}
	return in.trace.Graph.Scalar(c.Values[0]), nil
}

// unaryOp is a function of one operand in both worlds.
type unaryOp struct {
	tensor func(x *graph.Tensor) *graph.Tensor
	host   func(x float64) float64
}

func (o unaryOp) call(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x); err != nil {
		return nil, err
	}
	if t, ok := x.(*Tensor); ok {
		return t.in.build(func() *graph.Tensor { return o.tensor(float32s(t.t)) })
	}
	c, ok := toColumn(x)
	if !ok {
		return nil, fmt.Errorf("%s: want a number, an array or a tensor, got a %s", b.Name(), x.Type())
	}
	return fromColumn(column.Map(c, o.host)), nil
}

func (o pairOp) call(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x, y starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "y", &y); err != nil {
		return nil, err
	}
	return o.apply(b.Name(), x, y)
}

// abs keeps Starlark's whole numbers whole.
func absolute(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) == 1 && len(kwargs) == 0 {
		if i, ok := args[0].(starlark.Int); ok {
			if i.Sign() < 0 {
				return starlark.MakeInt(0).Sub(i), nil
			}
			return i, nil
		}
	}
	return unaryOp{graph.Abs, math.Abs}.call(r, b, args, kwargs)
}

func indicator(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// comparison is a pairOp whose result is 1 where it holds.
func comparison(tensor func(a, b *graph.Tensor) *graph.Tensor, host func(a, b float64) bool) pairOp {
	return pairOp{
		func(a, b *graph.Tensor) *graph.Tensor { return graph.Cast(tensor(a, b), graph.Float32) },
		func(a, b float64) float64 { return indicator(host(a, b)) },
	}
}

func where(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var cond, yes, no starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "condition", &cond, "yes", &yes, "no", &no); err != nil {
		return nil, err
	}
	if in := tracingOf(cond, yes, no); in != nil {
		return in.where(cond, yes, no)
	}
	var cols [3]*column.Column
	for i, v := range []starlark.Value{cond, yes, no} {
		c, ok := toColumn(v)
		if !ok {
			return nil, fmt.Errorf("where: want numbers, arrays or tensors, got a %s", v.Type())
		}
		cols[i] = c
	}
	c, err := column.Where(cols[0], cols[1], cols[2])
	if err != nil {
		return nil, fmt.Errorf("where: %w", err)
	}
	return fromColumn(c), nil
}

func (in *tracing) where(values ...starlark.Value) (starlark.Value, error) {
	var t [3]*graph.Tensor
	for i, v := range values {
		var err error
		if t[i], err = in.operand("where", v); err != nil {
			return nil, err
		}
	}
	return in.build(func() *graph.Tensor {
		condition := t[0]
		if condition.DType() != graph.Bool {
			condition = graph.Not(graph.Equal(condition, in.trace.Graph.Scalar(0)))
		}
		return graph.Where(condition, float32s(t[1]), float32s(t[2]))
	})
}

func clip(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x, low, high starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "low", &low, "high", &high); err != nil {
		return nil, err
	}
	above, err := maximumOp().apply("clip", x, low)
	if err != nil {
		return nil, err
	}
	return minimumOp().apply("clip", above, high)
}

func maximumOp() pairOp { return pairOp{graph.Maximum, math.Max} }
func minimumOp() pairOp { return pairOp{graph.Minimum, math.Min} }
