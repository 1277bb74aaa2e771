package script

import (
	"errors"

	"go.starlark.net/starlark"
)

// shut is a dataset at the top level of a flow: it can be named and looked at from other sides, and never
// read. A flow gets its items one by one; what else it read would not be in its history.
type shut struct{ name string }

// String names the dataset.
func (s shut) String() string { return "dataset(" + s.name + ")" }

// Type says whose it is: the interpreter names it where somebody reads it.
func (s shut) Type() string { return "flow's dataset" }

// Freeze does nothing.
func (s shut) Freeze() {}

// Truth is always true.
func (s shut) Truth() starlark.Bool { return true }

// Hash is refused.
func (s shut) Hash() (uint32, error) { return 0, errors.New("a dataset cannot be a key") }

// Attr is the name, or a method that gives another such dataset.
func (s shut) Attr(name string) (starlark.Value, error) {
	if name == "name" {
		return starlark.String(s.name), nil
	}
	if datasetMethods[name] == nil {
		return nil, nil
	}
	return starlark.NewBuiltin(name, func(t *starlark.Thread, b *starlark.Builtin, _ starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		if t.Local(runKey) != nil {
			return nil, advise(noReading, "%s(…) reads a dataset", b.Name())
		}
		return s, nil
	}), nil
}

// AttrNames lists the methods.
func (s shut) AttrNames() []string { return append(sortedKeys(datasetMethods), "name") }

const noReading = "a flow gets its items one by one, as flow(item); reading data belongs to run()"

// shutDataset is dataset(…) and comparisons(…) at the top level of a flow.
func shutDataset(r *Run, b *starlark.Builtin, _ starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	if r.flow != nil {
		return nil, advise(noReading, "%s(…) reads a dataset", b.Name())
	}
	return shut{b.Name()}, nil
}
