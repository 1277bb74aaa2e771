package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"workbench/storage/dataset"
)

// recordPrimitive is record(dataset, value, of=[…]).
func recordPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	var row, of starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "dataset", &name, "value", &row, "of?", &of); err != nil {
		return nil, err
	}
	if err := dataset.CheckName(name); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	value, err := crossing(row)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	if _, ok := value.(map[string]any); !ok {
		return nil, advise(`write  record("name", {"prompt": item.prompt, …})`, "record: a row is a dictionary, not a %s", row.Type())
	}
	cites, err := cited("record: of", of)
	if err != nil {
		return nil, err
	}
	id, err := x.calls.Record(name, value, cites)
	if err != nil {
		return nil, err
	}
	return starlark.String(id), nil
}
