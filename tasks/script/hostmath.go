package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"workbench/engine/eval"
	"workbench/tasks/script/column"
)

// numbersOf unpacks numbers in any form.
type numbersOf struct{ to **column.Column }

// Unpack takes a number, a list of numbers, or an array.
func (n numbersOf) Unpack(v starlark.Value) error {
	if t, ok := v.(*Tensor); ok {
		return advise("it works on numbers, after the step", "got %s inside a loss", t)
	}
	c, ok := toColumn(v)
	if !ok {
		return fmt.Errorf("got %s, want numbers", v.Type())
	}
	*n.to = c
	return nil
}

func arrayPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var c *column.Column
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "numbers", numbersOf{&c}); err != nil {
		return nil, err
	}
	if c.IsScalar() {
		return flatArray(c.Values), nil
	}
	return &Array{c}, nil
}

func quantilePrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var c *column.Column
	var q float64
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", numbersOf{&c}, "q", floatOf(&q)); err != nil {
		return nil, err
	}
	if !(q >= 0 && q <= 1) {
		return nil, fmt.Errorf("quantile: q is %g, not between 0 and 1", q)
	}
	return starlark.Float(column.Quantile(c.Values, q)), nil
}

func sortPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var c *column.Column
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", numbersOf{&c}); err != nil {
		return nil, err
	}
	if c.IsTable() {
		return nil, fmt.Errorf("sort: want one number an example, got %s", c.Shape())
	}
	return &Array{c.Pick(column.Order(c.Values))}, nil
}

func orderPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var c *column.Column
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", numbersOf{&c}); err != nil {
		return nil, err
	}
	places := column.Order(c.Values)
	out := make([]starlark.Value, len(places))
	for i, p := range places {
		out[i] = starlark.MakeInt(p)
	}
	return starlark.NewList(out), nil
}

func whitenPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var c, mask *column.Column
	shift := true
	var maskValue starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", numbersOf{&c}, "mask?", &maskValue, "shift?", &shift); err != nil {
		return nil, err
	}
	if maskValue != nil && maskValue != starlark.None {
		if err := (numbersOf{&mask}).Unpack(maskValue); err != nil {
			return nil, fmt.Errorf("whiten: mask: %w", err)
		}
	}
	out, err := column.Whiten(c, mask, shift)
	if err != nil {
		return nil, fmt.Errorf("whiten: %w", err)
	}
	return fromColumn(out), nil
}

// groupsArg reads by = …: a text for each number, or nothing.
func groupsArg(name string, by starlark.Value, n int) ([]string, error) {
	if by == nil || by == starlark.None {
		return nil, nil
	}
	list, ok := by.(starlark.Iterable)
	if !ok {
		return nil, fmt.Errorf("%s: by is a %s, not a list of groups", name, by.Type())
	}
	groups := texts(list)
	if len(groups) != n {
		return nil, fmt.Errorf("%s: %d groups for %d numbers", name, len(groups), n)
	}
	return groups, nil
}

// intervalPrimitive makes share(…) and average(…) of the two estimators.
func intervalPrimitive(estimate func(x []float64, groups []string, level float64) eval.Interval, share bool) primitive {
	return func(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var c *column.Column
		var by starlark.Value
		level := 0.95
		if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", numbersOf{&c}, "by?", &by, "level?", floatOf(&level)); err != nil {
			return nil, err
		}
		groups, err := groupsArg(b.Name(), by, len(c.Values))
		if err != nil {
			return nil, err
		}
		if !(level > 0 && level < 1) {
			return nil, fmt.Errorf("%s: level is %g, not between 0 and 1", b.Name(), level)
		}
		for i, v := range c.Values {
			if share && !(v >= 0 && v <= 1) {
				return nil, advise("1 for right, 0 for wrong, 0.5 for a tie", "%s: number %d is %g, not between 0 and 1", b.Name(), i, v)
			}
		}
		return intervalRow(estimate(c.Values, groups, level)), nil
	}
}

func intervalRow(i eval.Interval) *Row {
	row := newRow(5)
	row.put("value", starlark.Float(i.Value))
	row.put("low", starlark.Float(i.Low))
	row.put("high", starlark.Float(i.High))
	row.put("n", starlark.MakeInt(i.N))
	row.put("groups", starlark.MakeInt(i.Groups))
	return row
}

func calibrationPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var p, outcome *column.Column
	bins := 10
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "predicted", numbersOf{&p}, "outcome", numbersOf{&outcome}, "bins?", &bins); err != nil {
		return nil, err
	}
	if len(p.Values) != len(outcome.Values) || bins < 1 {
		return nil, fmt.Errorf("calibration: %d predictions, %d outcomes, %d bins", len(p.Values), len(outcome.Values), bins)
	}
	for i := range p.Values {
		if !(p.Values[i] >= 0 && p.Values[i] <= 1) || !(outcome.Values[i] >= 0 && outcome.Values[i] <= 1) {
			return nil, fmt.Errorf("calibration: prediction %g with outcome %g; both must lie between 0 and 1", p.Values[i], outcome.Values[i])
		}
	}
	return calibrationRow(eval.Calibrate(p.Values, outcome.Values, bins)), nil
}

func calibrationRow(c eval.Calibration) *Row {
	var lines []starlark.Value
	for _, bin := range c.Table {
		line := newRow(5)
		line.put("low", starlark.Float(bin.Low))
		line.put("high", starlark.Float(bin.High))
		line.put("n", starlark.MakeInt(bin.N))
		line.put("predicted", starlark.Float(bin.Predicted))
		line.put("observed", starlark.Float(bin.Observed))
		lines = append(lines, line)
	}
	row := newRow(4)
	row.put("ece", starlark.Float(c.ECE))
	row.put("brier", starlark.Float(c.Brier))
	row.put("log_loss", starlark.Float(c.LogLoss))
	row.put("table", starlark.NewList(lines))
	return row
}

// correlationPrimitive makes pearson(x, y) and spearman(x, y).
func correlationPrimitive(of func(x, y []float64) float64) primitive {
	return func(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var x, y *column.Column
		if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", numbersOf{&x}, "y", numbersOf{&y}); err != nil {
			return nil, err
		}
		if len(x.Values) != len(y.Values) {
			return nil, fmt.Errorf("%s: %d and %d numbers", b.Name(), len(x.Values), len(y.Values))
		}
		return starlark.Float(of(x.Values, y.Values)), nil
	}
}
