package script

import (
	"fmt"

	"go.starlark.net/starlark"
)

// What goes from one instance of a flow to another, and comes back, keeps what is more than a plain value
// under these names.
const (
	markAnswers = "$answers"
	markAnswer  = "$answer"
)

// crossing is plain for the arguments of primitives of flows, which have a limit.
func crossing(v starlark.Value) (any, error) { return (&flattener{room: largest}).value(v, 0) }

// pack is crossing for what comes back as it was: answers stay answers. toStarlark unpacks.
func pack(v starlark.Value) (any, error) {
	return (&flattener{room: largest, special: packAnswers}).value(v, 0)
}

func packAnswers(v starlark.Value, f *flattener, depth int) (any, bool, error) {
	switch v := v.(type) {
	case *Answer:
		values, err := f.dict(v.values, depth+1)
		return map[string]any{markAnswer: map[string]any{
			"id": v.id, "task": v.task, "person": v.person, "seconds": v.seconds, "values": values,
		}}, true, err
	case *Answers:
		list, err := f.list(v, depth+1)
		return map[string]any{markAnswers: map[string]any{
			"task": v.task, "wanted": int64(v.wanted), "missing": int64(v.missing), "list": list,
		}}, true, err
	}
	return nil, false, nil
}

// unpackAnswers gives back what packAnswers made; nil for any other map.
func unpackAnswers(m map[string]any) (starlark.Value, error) {
	if len(m) != 1 {
		return nil, nil
	}
	if in, ok := m[markAnswer].(map[string]any); ok {
		a := &Answer{}
		a.id, _ = in["id"].(string)
		a.task, _ = in["task"].(string)
		a.person, _ = in["person"].(string)
		a.seconds, _ = number(in["seconds"])
		values, err := toStarlark(in["values"])
		if err != nil {
			return nil, err
		}
		row, ok := values.(*Row)
		if !ok {
			return nil, fmt.Errorf("an answer without values: %v", in)
		}
		a.values = row.dict
		return a, nil
	}
	in, ok := m[markAnswers].(map[string]any)
	if !ok {
		return nil, nil
	}
	a := &Answers{}
	a.task, _ = in["task"].(string)
	wanted, _ := in["wanted"].(int64)
	missing, _ := in["missing"].(int64)
	a.wanted, a.missing = int(wanted), int(missing)
	list, _ := in["list"].([]any)
	for _, e := range list {
		v, err := toStarlark(e)
		if err != nil {
			return nil, err
		}
		one, ok := v.(*Answer)
		if !ok {
			return nil, fmt.Errorf("a list of answers holds a %s", v.Type())
		}
		a.list = append(a.list, one)
	}
	return a, nil
}
