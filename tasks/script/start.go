package script

import (
	"context"
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"workbench/tasks/flow"
)

// startPrimitive is start(recipe, name = value, …).
func startPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var recipe string
	if err := starlark.UnpackPositionalArgs(b.Name(), args, nil, 1, &recipe); err != nil {
		return nil, err
	}
	params := map[string]any{}
	for _, kv := range kwargs {
		name := string(kv[0].(starlark.String))
		v, err := settingOf(kv[1])
		if err != nil {
			return nil, fmt.Errorf("start: %s: %w", name, err)
		}
		params[name] = v
	}
	given := map[string]any{"recipe": recipe, "params": params}
	return value(x.calls.Do(b.Name(), given, func(ctx context.Context) (flow.Value, []string, error) {
		if x.program.host.Runs == nil {
			return nil, nil, flow.Final(errors.New("no runs can be started here"))
		}
		run, err := x.program.host.Runs.Start(ctx, flow.CallID(ctx), recipe, params)
		if err != nil {
			return nil, nil, err
		}
		models := make([]any, len(run.Models))
		for i, m := range run.Models {
			models[i] = m
		}
		data := map[string]any{}
		for name, version := range run.Data {
			data[name] = version
		}
		return map[string]any{"run": run.ID, "result": run.Result, "models": models, "data": data}, []string{"run:" + run.ID}, nil
	}))
}

// settingOf is the value of a run's setting.
func settingOf(v starlark.Value) (any, error) {
	if m, ok := v.(*Model); ok {
		return modelName("start", m)
	}
	setting, err := crossing(v)
	if err != nil {
		return nil, err
	}
	switch setting.(type) {
	case bool, int64, float64, string:
		return setting, nil
	}
	return nil, fmt.Errorf("a setting is a number, a text, True or False, not a %s", v.Type())
}
