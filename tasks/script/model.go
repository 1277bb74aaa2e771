package script

import (
	"errors"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/engine/runs"
	"workbench/engine/weights"
)

// Model is a model as a value of a script. It is opened when it is first needed; inside a loss it
// gives symbolic values, elsewhere it computes.
type Model struct {
	run    *Run
	name   string // of the model it comes from
	what   string // how it was made, for people
	make   func() (*weights.Model, error)
	m      *weights.Model
	digest string // of the model as it was opened by its name; empty for a derived one
	scorer *forward.Scorer

	sampler Sampler
	sampled bool // its sampler was held against the trainer's graph
}

// newModel is the model of a name; within a run a name is one model in memory.
func (r *Run) newModel(name string) *Model {
	if m, ok := r.models[name]; ok {
		return m
	}
	m := &Model{run: r, name: name, what: name}
	m.make = func() (*weights.Model, error) {
		w, err := r.host.Models.Open(r.ctx, name)
		if err != nil {
			return nil, err
		}
		r.own(w)
		m.digest = w.Digest()
		return w, r.host.Record.Cite(runs.Digest{Kind: "model", Name: name, SHA256: m.digest})
	}
	r.models[name] = m
	return m
}

func (m *Model) open() (*weights.Model, error) {
	if m.m != nil {
		return m.m, nil
	}
	if m.run.mode == describing {
		return nil, advise("do it inside run()", "model %s is used at the top level of the script", m.what)
	}
	w, err := m.make()
	if err != nil {
		return nil, err
	}
	m.m = w
	return w, nil
}

// derive makes a model from this one, now: what is frozen must not see later training.
func (m *Model) derive(what string, from func(w *weights.Model) (*weights.Model, error)) (*Model, error) {
	d := &Model{run: m.run, name: m.name, what: m.what + "." + what}
	d.make = func() (*weights.Model, error) {
		w, err := m.open()
		if err != nil {
			return nil, err
		}
		made, err := from(w)
		if err != nil {
			return nil, err
		}
		m.run.own(made)
		return made, nil
	}
	if m.run.mode == describing {
		return d, nil
	}
	_, err := d.open()
	return d, err
}

// String says how the model was made.
func (m *Model) String() string { return "model(" + m.what + ")" }

// Type is model.
func (m *Model) Type() string { return "model" }

// Freeze does nothing: models change by training alone.
func (m *Model) Freeze() {}

// Truth is always true.
func (m *Model) Truth() starlark.Bool { return true }

// Hash is refused.
func (m *Model) Hash() (uint32, error) { return 0, errors.New("a model cannot be a key") }

// Attr is the name, or a method.
func (m *Model) Attr(name string) (starlark.Value, error) {
	if name == "name" {
		return starlark.String(m.name), nil
	}
	return m.run.method(m, name, modelMethods), nil
}

// AttrNames lists the methods.
func (m *Model) AttrNames() []string { return append(sortedKeys(modelMethods), "name") }

var modelMethods = map[string]primitive{
	"adapter": modelAdapter, "trainable": modelTrainable, "with_head": modelWithHead, "frozen": modelFrozen, "copy": modelCopy,
	"logp": modelLogp, "entropy": modelEntropy, "reward": modelReward, "value": modelValue, "hidden": modelHidden,
	"score": modelScore, "sample": modelSample, "center": modelCenter, "fit_head": modelFitHead, "margins": modelMargins, "loglik": modelLoglik,
}
