package script

import (
	"errors"
	"fmt"
	"math"

	"go.starlark.net/starlark"

	"workbench/tasks/flow"
)

// mostHandles is how many children can be waited for at once.
const mostHandles = 100_000

// Handle is a child flow that was spawned.
type Handle struct{ h flow.Handle }

// String names the child.
func (h Handle) String() string { return fmt.Sprintf("handle(%q)", h.h.ID) }

// Type is handle.
func (h Handle) Type() string { return "handle" }

// Freeze does nothing.
func (h Handle) Freeze() {}

// Truth is always true.
func (h Handle) Truth() starlark.Bool { return true }

// Hash is refused.
func (h Handle) Hash() (uint32, error) { return 0, errors.New("a handle cannot be a key") }

// spawnPrimitive is spawn(function, argument, …).
func spawnPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 {
		return nil, advise("write  spawn(function, item)", "spawn wants a function")
	}
	if len(kwargs) > 0 {
		return nil, advise("give arguments in their order", "spawn takes no named arguments")
	}
	fn, ok := args[0].(*starlark.Function)
	if !ok {
		return nil, advise("give the function itself, without calling it", "spawn wants a function, got a %s", args[0].Type())
	}
	if known := x.program.globals[fn.Name()]; known != starlark.Value(fn) {
		return nil, advise("define it at the top level of the script, and pass what it needs", "spawn cannot find %s again after a restart: it was made inside a function, or its name means something else now", fn.Name())
	}
	if least, most := arity(fn); len(args)-1 < least || len(args)-1 > most {
		return nil, fmt.Errorf("spawn: %s is given %d arguments, and needs %d", fn.Name(), len(args)-1, least)
	}
	given := make([]any, len(args)-1)
	for i, arg := range args[1:] {
		var err error
		if given[i], err = pack(arg); err != nil {
			return nil, fmt.Errorf("spawn: argument %d of %s: %w", i+1, fn.Name(), err)
		}
	}
	h, err := x.calls.Spawn(fn.Name(), given)
	if err != nil {
		return nil, err
	}
	return Handle{h}, nil
}

// arity is how many arguments a function can be given in their order.
func arity(fn *starlark.Function) (least, most int) {
	most = fn.NumParams() - fn.NumKwonlyParams()
	if fn.HasKwargs() {
		most--
	}
	if fn.HasVarargs() {
		most--
	}
	for i := range most {
		if fn.ParamDefault(i) == nil {
			least++
		}
	}
	if fn.HasVarargs() {
		most = math.MaxInt
	}
	return least, most
}

// handlesOf reads a list of handles.
func handlesOf(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) ([]flow.Handle, error) {
	var list starlark.Iterable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "handles", &list); err != nil {
		return nil, err
	}
	var out []flow.Handle
	for v := range starlark.Elements(list) {
		h, ok := v.(Handle)
		if !ok {
			return nil, advise("write  "+b.Name()+"([spawn(function, item) for item in items])", "%s takes a list of handles, and got a %s in it", b.Name(), v.Type())
		}
		if len(out) == mostHandles {
			return nil, advise("wait for some of them before spawning more", "%s waits for at most %d", b.Name(), mostHandles)
		}
		out = append(out, h.h)
	}
	return out, nil
}

// togetherPrimitive is together([handle, …]).
func togetherPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	handles, err := handlesOf(b, args, kwargs)
	if err != nil {
		return nil, err
	}
	results, err := x.calls.Together(handles)
	if err != nil {
		return nil, err
	}
	list := make([]starlark.Value, len(results))
	for i, r := range results {
		if list[i], err = toStarlark(r); err != nil {
			return nil, err
		}
	}
	return starlark.NewList(list), nil
}

// firstPrimitive is first([handle, …]).
func firstPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	handles, err := handlesOf(b, args, kwargs)
	if err != nil {
		return nil, err
	}
	if len(handles) == 0 {
		return nil, errors.New("first: there is nothing to wait for")
	}
	at, result, err := x.calls.First(handles)
	if err != nil {
		return nil, err
	}
	v, err := toStarlark(result)
	if err != nil {
		return nil, err
	}
	return starlark.Tuple{starlark.MakeInt(at), v}, nil
}
