package script

import (
	"maps"

	"workbench/storage"
	"workbench/tasks/flow"
)

// Programs opens the scripts of flows, each with the text and the settings that its flow was started with.
type Programs struct{ Host FlowHost }

var _ flow.Programs = Programs{}

// Program implements [flow.Programs].
func (p Programs) Program(f storage.Flow, text string, params flow.Value) (flow.Program, error) {
	name := f.Recipe
	if name == "" {
		name = f.Name
	}
	s, err := Parse(name, text)
	if err != nil {
		return nil, err
	}
	host := p.Host
	host.Seed = f.Seed
	given, _ := params.(map[string]any)
	return s.OpenFlow(host, given)
}

// WithDefaults are values for all params: those that are given, and the defaults of the others.
func WithDefaults(params []Param, given map[string]any) map[string]any {
	all := map[string]any{}
	for _, p := range params {
		all[p.Name] = p.Default
	}
	maps.Copy(all, given)
	return all
}
