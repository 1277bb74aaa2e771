package script

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/models/reward"
	"workbench/tasks/script/column"
)

// Model is a model as a value of a script. It is opened when it is first needed; inside a loss it
// gives symbolic values, elsewhere it computes.
type Model struct {
	run    *Run
	name   string // of the model it comes from
	what   string // how it was made, for people
	make   func() (*weights.Model, error)
	m      *weights.Model
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
		return w, r.host.Record.Cite(runs.Digest{Kind: "model", Name: name, SHA256: digestOf(w)})
	}
	r.models[name] = m
	return m
}

// digestOf is the digest of all of a model's weights.
func digestOf(m *weights.Model) string {
	if m.Adapter == nil && m.Head == nil {
		return m.Base.Digest()
	}
	parts := []string{m.Base.Digest()}
	if m.Adapter != nil {
		parts = append(parts, m.Adapter.Set.Digest())
	}
	if m.Head != nil {
		parts = append(parts, m.Head.Set.Digest())
	}
	return hashOf(parts...)
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
	"adapter": modelAdapter, "with_head": modelWithHead, "frozen": modelFrozen, "copy": modelCopy,
	"logp": modelLogp, "entropy": modelEntropy, "reward": modelReward, "value": modelValue, "hidden": modelHidden,
	"score": modelScore, "sample": modelSample, "center": modelCenter,
}

func loadModel(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var of starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &of); err != nil {
		return nil, err
	}
	switch of := of.(type) {
	case *Model:
		return of, nil
	case starlark.String:
		return r.newModel(string(of)), nil
	}
	return nil, fmt.Errorf("model: want a name or a model, got a %s", of.Type())
}

// draw is a fresh seed: of the run, the place of the loop, and how many were drawn before there. It
// remembers nothing that a resumed run would not know.
func (r *Run) draw() uint64 {
	r.seeds++
	at := uint64(0)
	if r.loop != nil {
		at = uint64(r.loop.position + 1)
	}
	return uint64(r.host.Seed)*0x9e3779b97f4a7c15 + at<<20 + r.seeds
}

// seedOr is a seed that the script gave, or a fresh one.
func (r *Run) seedOr(v starlark.Value) (uint64, error) {
	if v == nil || v == starlark.None {
		return r.draw(), nil
	}
	i, ok := v.(starlark.Int)
	n, small := i.Uint64()
	if !ok || !small {
		return 0, fmt.Errorf("the seed %s is not a whole number from 0", v)
	}
	return n, nil
}

func modelAdapter(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	rank, alpha := 16, 0.0
	var on starlark.Iterable
	var seed starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "rank?", &rank, "alpha?", floatOf(&alpha), "on?", &on, "seed?", &seed); err != nil {
		return nil, err
	}
	if alpha == 0 {
		alpha = 2 * float64(rank)
	}
	s, err := r.seedOr(seed)
	if err != nil {
		return nil, err
	}
	var choose func(string) bool
	if on != nil {
		parts := texts(on)
		choose = func(weight string) bool {
			for _, p := range parts {
				if strings.Contains(weight, p) {
					return true
				}
			}
			return false
		}
	}
	return valueOf(m.derive(fmt.Sprintf("adapter(rank=%d)", rank), func(w *weights.Model) (*weights.Model, error) {
		return w.WithAdapter(rank, alpha, choose, s)
	}))
}

// valueOf keeps a nil *Model from becoming a value.
func valueOf(m *Model, err error) (starlark.Value, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

func modelWithHead(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	kind, outputs, zero := "scalar", 1, false
	var seed starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "kind?", &kind, "outputs?", &outputs, "zero?", &zero, "seed?", &seed); err != nil {
		return nil, err
	}
	if kind != "scalar" {
		return nil, advise(`write  model.with_head("scalar")`, "there is no head of kind %q", kind)
	}
	s, err := r.seedOr(seed)
	if err != nil {
		return nil, err
	}
	return valueOf(m.derive("with_head(outputs="+fmt.Sprint(outputs)+")", func(w *weights.Model) (*weights.Model, error) {
		return w.WithHead(outputs, zero, s)
	}))
}

func modelFrozen(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	return valueOf(b.Receiver().(*Model).derive("frozen()", (*weights.Model).Frozen))
}

func modelCopy(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	return valueOf(b.Receiver().(*Model).derive("copy()", (*weights.Model).Copy))
}

// modelCenter moves the head's bias so that scores are a constant lower: rewards are only defined up
// to a constant, and a mean of 0 makes them comparable (Stiennon et al. 2020, §3.4).
func modelCenter(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	var mean starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "mean", &mean); err != nil {
		return nil, err
	}
	w, err := m.withHead()
	if err != nil {
		return nil, err
	}
	c, ok := toColumn(mean)
	if !ok || c.IsTable() || len(c.Values) != w.Head.Outputs {
		return nil, fmt.Errorf("center: want one mean for each of the %d outputs, got %s", w.Head.Outputs, mean)
	}
	bias := w.Head.Set.Get(reward.Bias).Float32()
	for i, v := range c.Values {
		bias[i] -= float32(v)
	}
	return starlark.None, nil
}

func (m *Model) withHead() (*weights.Model, error) {
	w, err := m.open()
	if err != nil {
		return nil, err
	}
	if w.Head == nil && m.run.mode == checking && m.what == m.name {
		// A stand-in for a name may be that of a reward model.
		if w, err = w.WithHead(1, false, 0); err != nil {
			return nil, err
		}
		m.run.own(w)
		m.m = w
	}
	if w.Head == nil {
		return nil, advise(`give it one with model.with_head("scalar"), or load a reward model`, "model %s has no head", m.what)
	}
	return w, nil
}

// hostScorer computes with the model on the host.
func (m *Model) hostScorer() (*forward.Scorer, error) {
	if m.scorer != nil {
		return m.scorer, nil
	}
	w, err := m.open()
	if err != nil {
		return nil, err
	}
	m.scorer = forward.NewScorer(w, m.run.host.Device, 0, m.run.host.Session)
	m.run.own(m.scorer)
	return m.scorer, nil
}

// input is what a model is applied to: traced tokens, or sequences on the host.
func (m *Model) input(name string, v starlark.Value) (*Texts, []forward.Sequence, error) {
	switch v := v.(type) {
	case *Texts:
		return v, nil, nil
	case *Tokens:
		return nil, v.seqs, nil
	case *Batch:
		if t, ok := v.columns["tokens"].(*Tokens); ok {
			return nil, t.seqs, nil
		}
		return nil, nil, advise("name the column, such as  model."+name+"(batch.a)", "%s: the batch has no column tokens", name)
	case *Tensor:
		return nil, nil, advise("apply it to a column of tokens, such as  model."+name+"(b.tokens)", "%s: a tensor of numbers is no text", name)
	}
	return nil, nil, advise("make tokens with dataset.tokens(model)", "%s: want tokens, got a %s", name, v.Type())
}

func table(rows [][]float32, err error) (starlark.Value, error) {
	if err != nil {
		return nil, err
	}
	return &Array{column.Floats32("seq", rows)}, nil
}

func modelLogp(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	logp, _, err := b.Receiver().(*Model).distribution(b, args, kwargs)
	return logp, err
}

func modelEntropy(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	_, entropy, err := b.Receiver().(*Model).distribution(b, args, kwargs)
	return entropy, err
}

func (m *Model) distribution(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (logp, entropy starlark.Value, err error) {
	var of starlark.Value
	temperature := 1.0
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "tokens", &of, "temperature?", floatOf(&temperature)); err != nil {
		return nil, nil, err
	}
	traced, seqs, err := m.input(b.Name(), of)
	if err != nil {
		return nil, nil, err
	}
	if !(temperature > 0) {
		return nil, nil, fmt.Errorf("%s: temperature %g is not above 0", b.Name(), temperature)
	}
	if traced != nil {
		w, err := m.open()
		if err != nil {
			return nil, nil, err
		}
		l, e := traced.trace.trace.LogProb(w, traced.in, temperature)
		return traced.trace.tensor(l), traced.trace.tensor(e), nil
	}
	s, err := m.hostScorer()
	if err != nil {
		return nil, nil, err
	}
	l, e, err := m.run.logProbs(s, seqs, temperature)
	if err != nil {
		return nil, nil, err
	}
	return &Array{column.Floats32("seq", l)}, &Array{column.Floats32("seq", e)}, nil
}

func modelReward(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	var of starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "tokens", &of); err != nil {
		return nil, err
	}
	traced, seqs, err := m.input(b.Name(), of)
	if err != nil {
		return nil, err
	}
	w, err := m.withHead()
	if err != nil {
		return nil, err
	}
	if traced != nil {
		return traced.trace.tensor(traced.trace.trace.Reward(w, traced.in)), nil
	}
	return m.scores(w, seqs)
}

// scores reads the head at the end of each sequence: [batch], or [batch, output].
func (m *Model) scores(w *weights.Model, seqs []forward.Sequence) (starlark.Value, error) {
	s, err := m.hostScorer()
	if err != nil {
		return nil, err
	}
	rows, err := m.run.headScores(s, seqs, w.Head.Outputs)
	if err != nil {
		return nil, err
	}
	c := column.Floats32("output", rows)
	if w.Head.Outputs == 1 {
		return flatArray(c.Values), nil
	}
	return &Array{c}, nil
}

func modelValue(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	var of starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "tokens", &of); err != nil {
		return nil, err
	}
	traced, seqs, err := m.input(b.Name(), of)
	if err != nil {
		return nil, err
	}
	w, err := m.withHead()
	if err != nil {
		return nil, err
	}
	if traced != nil {
		return traced.trace.tensor(traced.trace.trace.Value(w, traced.in)), nil
	}
	s, err := m.hostScorer()
	if err != nil {
		return nil, err
	}
	if r.mode == checking {
		return table(zerosLike(seqs), nil)
	}
	return table(s.Values(r.ctx, seqs))
}

func modelHidden(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	var of starlark.Value
	layer := -1
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "tokens", &of, "layer?", &layer); err != nil {
		return nil, err
	}
	traced, seqs, err := m.input(b.Name(), of)
	if err != nil {
		return nil, err
	}
	w, err := m.open()
	if err != nil {
		return nil, err
	}
	if size := w.Arch.Sizes(); layer < -1 || layer > size.Layers {
		return nil, fmt.Errorf("hidden: layer %d; the model has %d (0 are the embeddings, -1 the final states)", layer, size.Layers)
	}
	if traced != nil {
		return traced.trace.tensor(traced.trace.trace.Hidden(w, traced.in, layer)), nil
	}
	return m.states(w, seqs, layer)
}

// states are one array [token, hidden] for each sequence.
func (m *Model) states(w *weights.Model, seqs []forward.Sequence, layer int) (starlark.Value, error) {
	s, err := m.hostScorer()
	if err != nil {
		return nil, err
	}
	width := w.Arch.Sizes().Hidden
	var rows [][]float32
	if m.run.mode == checking {
		for _, q := range seqs {
			rows = append(rows, make([]float32, width*len(q.Tokens)))
		}
	} else if rows, err = s.Hidden(m.run.ctx, seqs, layer); err != nil {
		return nil, err
	}
	out := make([]starlark.Value, len(rows))
	for i, row := range rows {
		c := &column.Column{Inner: "hidden", Values: widen(row), Rows: []int{}}
		for range len(row) / width {
			c.Rows = append(c.Rows, width)
		}
		out[i] = &Array{c}
	}
	return starlark.NewList(out), nil
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// The host's computations, or numbers of the right shape when a script is only checked.

func (r *Run) logProbs(s *forward.Scorer, seqs []forward.Sequence, temperature float64) (logp, entropy [][]float32, err error) {
	if r.mode == checking {
		return zerosLike(seqs), zerosLike(seqs), nil
	}
	return s.LogProbs(r.ctx, seqs, temperature)
}

func (r *Run) headScores(s *forward.Scorer, seqs []forward.Sequence, outputs int) ([][]float32, error) {
	if r.mode == checking {
		rows := make([][]float32, len(seqs))
		for i := range rows {
			rows[i] = make([]float32, outputs)
			rows[i][0] = float32(i) // distinct, so that ranks and bins exist
		}
		return rows, nil
	}
	return s.Scores(r.ctx, seqs)
}

func zerosLike(seqs []forward.Sequence) [][]float32 {
	rows := make([][]float32, len(seqs))
	for i, q := range seqs {
		rows[i] = make([]float32, len(q.Tokens))
	}
	return rows
}
