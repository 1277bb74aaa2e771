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

// textsOf unpacks a list of texts.
func textsOf(to *[]string) starlark.Unpacker { return (*textsArg)(to) }

type textsArg []string

// mostTexts is more than any primitive makes sense of.
const mostTexts = 10_000

// Unpack takes a list of texts.
func (t *textsArg) Unpack(v starlark.Value) error {
	list, ok := v.(starlark.Iterable)
	if !ok {
		return fmt.Errorf("got %s, want a list of texts", v.Type())
	}
	*t = nil
	for e := range starlark.Elements(list) {
		text, ok := starlark.AsString(e)
		if !ok {
			return fmt.Errorf("got a list with a %s, want a list of texts", e.Type())
		}
		if len(*t) == mostTexts {
			return fmt.Errorf("got a list of more than %d texts", mostTexts)
		}
		*t = append(*t, text)
	}
	return nil
}
