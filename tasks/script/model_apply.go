package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/engine/weights"
	"workbench/tasks/script/column"
)

// hostScorer computes with the model on the host.
func (m *Model) hostScorer() (*forward.Scorer, error) {
	if m.scorer != nil {
		return m.scorer, nil
	}
	w, err := m.open()
	if err != nil {
		return nil, err
	}
	m.scorer = forward.NewScorer(w, m.run.host.Device, m.run.host.scoredTokens(), m.run.host.Session)
	m.run.own(m.scorer)
	m.run.scorers = append(m.run.scorers, m.scorer)
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
	w, err := m.headOver(b.Name(), traced, seqs)
	if err != nil {
		return nil, err
	}
	if traced != nil {
		return traced.trace.tensor(traced.trace.trace.Reward(w, traced.in)), nil
	}
	return m.scores(w, seqs)
}

// headOver is the model with its head, to be read at the ends of texts; packed ones have none.
func (m *Model) headOver(name string, traced *Texts, seqs []forward.Sequence) (*weights.Model, error) {
	if traced != nil {
		seqs = traced.seqs
	}
	for _, s := range seqs {
		if s.Before != nil {
			return nil, advise("give it the batch as it was before batch.packed(…)", "%s: the texts are packed, and a row of several texts has no one end", name)
		}
	}
	return m.withHead()
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
	if w.Head.Outputs != 1 {
		return nil, advise("train a reward model of one head", "value: model %s has a head of %d outputs; a value is one number", m.what, w.Head.Outputs)
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
	if forward.MuchShared(seqs) { // answers to the same prompts
		logp, entropy, _, err = s.SharedLogProbs(r.ctx, seqs, temperature)
		return logp, entropy, err
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
	if outputs == 1 && forward.MuchShared(seqs) {
		return s.SharedScores(r.ctx, seqs)
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
