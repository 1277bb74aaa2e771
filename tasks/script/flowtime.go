package script

import (
	"fmt"
	"math"
	"time"

	"go.starlark.net/starlark"
)

// sleepPrimitive is sleep(span).
func sleepPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var span time.Duration
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "span", durationOf(&span)); err != nil {
		return nil, err
	}
	return starlark.None, x.calls.Sleep(span)
}

// deadlinePrimitive is deadline(moment).
func deadlinePrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var moment starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "moment", &moment); err != nil {
		return nil, err
	}
	t, err := momentOf(moment)
	if err != nil {
		return nil, err
	}
	return starlark.None, x.calls.Until(t)
}

// momentOf reads a moment: seconds since 1970 as now() gives them, or a text in the form of RFC 3339.
func momentOf(v starlark.Value) (time.Time, error) {
	if text, ok := starlark.AsString(v); ok {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return t, nil
		}
	}
	seconds, ok := starlark.AsFloat(v)
	if !ok || !(seconds >= 0) || seconds > 1e11 {
		return time.Time{}, fmt.Errorf(`deadline: %s is no moment; write  now() + 3600  or  "2026-12-31T18:00:00Z"`, v)
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), nil
}

// signalPrimitive is signal(name).
func signalPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name); err != nil {
		return nil, err
	}
	return value(x.calls.Signal(name))
}

// nowPrimitive is now().
func nowPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	t, err := x.calls.Now()
	if err != nil {
		return nil, err
	}
	return starlark.Float(float64(t.UnixMilli()) / 1000), nil
}

// randomPrimitive is random().
func randomPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	f, err := x.calls.Random()
	if err != nil {
		return nil, err
	}
	return starlark.Float(f), nil
}
