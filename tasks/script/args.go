package script

import (
	"fmt"

	"go.starlark.net/starlark"
)

// floatOf unpacks a float from a whole number or a float.
func floatOf(to *float64) starlark.Unpacker { return (*floatArg)(to) }

type floatArg float64

// Unpack takes a number.
func (f *floatArg) Unpack(v starlark.Value) error {
	x, ok := starlark.AsFloat(v)
	if !ok {
		return fmt.Errorf("got %s, want a number", v.Type())
	}
	*f = floatArg(x)
	return nil
}
