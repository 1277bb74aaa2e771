package script

import (
	"fmt"
	"os"

	"go.starlark.net/starlark"

	"workbench/engine/runs"
)

// State is what a script carries from one iteration of its loop to the next: s.best, and s.best = 1.
type State struct {
	run    *Run
	values *starlark.Dict
}

func makeState(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) > 0 || len(kwargs) == 0 {
		return nil, advise("write  s = state(best = 0)", "state wants named values")
	}
	s := &State{r, starlark.NewDict(len(kwargs))}
	for _, kv := range kwargs {
		if err := s.set(string(kv[0].(starlark.String)), kv[1]); err != nil {
			return nil, err
		}
	}
	return s, r.keep(s)
}

// String shows the values.
func (s *State) String() string { return "state(" + s.values.String() + ")" }

// Type is state.
func (s *State) Type() string { return "state" }

// Freeze does nothing to a run's state, which is made to change and saved with every checkpoint. A flow
// keeps nothing beside its history: there the values stay what they are.
func (s *State) Freeze() {
	if s.run.forFlow {
		s.values.Freeze()
	}
}

// Truth is always true.
func (s *State) Truth() starlark.Bool { return true }

// Hash is refused.
func (s *State) Hash() (uint32, error) { return 0, fmt.Errorf("a state cannot be a key") }

// Attr is a value.
func (s *State) Attr(name string) (starlark.Value, error) {
	v, ok, _ := s.values.Get(starlark.String(name))
	if !ok {
		return nil, advise(suggest(name, s.AttrNames()), "the state has no value %s; it has %v", name, s.AttrNames())
	}
	return v, nil
}

// AttrNames lists the values.
func (s *State) AttrNames() []string {
	var names []string
	for k := range starlark.Entries(s.values) {
		names = append(names, string(k.(starlark.String)))
	}
	return names
}

// SetField is s.name = value, for names that state(…) was given.
func (s *State) SetField(name string, v starlark.Value) error {
	if _, ok, _ := s.values.Get(starlark.String(name)); !ok {
		return advise(suggest(name, s.AttrNames()), "the state has no value %s: name it in state(…), with what it starts from", name)
	}
	if s.run.forFlow {
		return advise("pass it on as an argument, or record(…) it", "a flow has no state beside its history")
	}
	return s.set(name, v)
}

// set keeps a value in the form that it will have after a resume: lists for tuples and arrays.
func (s *State) set(name string, v starlark.Value) error {
	kept, err := plain(v)
	if err != nil {
		return fmt.Errorf("state.%s: %w", name, err)
	}
	if v, err = toStarlark(kept); err != nil {
		return fmt.Errorf("state.%s: %w", name, err)
	}
	return s.values.SetKey(starlark.String(name), v)
}

func (s *State) kind() string { return "state" }

func (s *State) save(path string) error {
	values, err := plain(s)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	data, err := runs.EncodeValue(values)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return writeSynced(path+".json", data)
}

func (s *State) restore(path string) error {
	data, err := os.ReadFile(path + ".json")
	if err != nil {
		return err
	}
	values, err := runs.DecodeValue(data)
	if err != nil {
		return err
	}
	saved, _ := values.(map[string]any)
	for _, name := range s.AttrNames() {
		old, ok := saved[name]
		if !ok || len(saved) != s.values.Len() {
			return fmt.Errorf("the saved state has the values %v, the script's has %v", sortedKeys(saved), s.AttrNames())
		}
		v, err := toStarlark(old)
		if err != nil {
			return err
		}
		if err := s.values.SetKey(starlark.String(name), v); err != nil {
			return err
		}
	}
	return nil
}
