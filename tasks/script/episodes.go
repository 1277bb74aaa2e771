package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"workbench/tasks/script/column"
)

// gaePrimitive is gae(rewards, values, mask, last, …).
func gaePrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var e column.Episodes
	var last, after *column.Column
	gamma, lambda, whiten := 1.0, 0.95, false
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "rewards", numbersOf{&e.Rewards}, "values", numbersOf{&e.Values}, "mask", numbersOf{&e.Mask}, "last", numbersOf{&last},
		"after?", numbersOf{&after}, "gamma?", floatOf(&gamma), "lam?", floatOf(&lambda), "whiten_rewards?", &whiten); err != nil {
		return nil, err
	}
	if !(gamma >= 0 && gamma <= 1) || !(lambda >= 0 && lambda <= 1) {
		return nil, fmt.Errorf("gae: gamma is %g and lam %g; both lie between 0 and 1", gamma, lambda)
	}
	e.Last, e.After = last.Values, make([]float64, len(last.Values))
	if after != nil {
		e.After = after.Values
	}
	a, err := column.GAE(e, gamma, lambda, whiten)
	if err != nil {
		return nil, fmt.Errorf("gae: %w", err)
	}
	out := newBatch(r, e.Mask.Len())
	out.put("advantage", &Array{a.Advantage})
	out.put("returns", &Array{a.Returns})
	out.put("old_value", &Array{e.Values})
	out.put("value_mask", &Array{a.ValueMask})
	return out, nil
}

// bestOfPrimitive is best_of(by, of=).
func bestOfPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var by, of *column.Column
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "by", numbersOf{&by}, "of?", numbersOf{&of}); err != nil {
		return nil, err
	}
	if of == nil {
		of = by
	}
	if by.IsTable() || of.IsTable() || len(by.Values) != len(of.Values) {
		return nil, fmt.Errorf("best_of: want one number a sample, got %s and %s", by.Shape(), of.Shape())
	}
	return flatArray(column.BestOf(by.Values, of.Values)), nil
}
