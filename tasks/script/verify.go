package script

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/engine/runs"
	"workbench/engine/train"
)

// errInvariant ends a run whose machinery contradicts itself: what it would learn is not to be believed.
var errInvariant = errors.New("an invariant does not hold")

// verify measures, before the first step, what must hold of the machinery: the mask covers what is
// to be learned; a sequence's log-probabilities do not depend on what it is padded or packed with;
// a batch gives the gradient of its rows taken one by one. All of it is recorded and shown.
func (t *Trainer) verify(b train.Batch) error {
	if t.verified || t.run.mode != running {
		return nil
	}
	t.verified = true
	t.batch = b
	findings, err := t.findings(b)
	if errors.Is(err, train.ErrNotFinite) {
		return t.run.broken(err)
	}
	if err != nil {
		return t.blame(err)
	}
	return t.run.report(findings)
}

func (t *Trainer) findings(b train.Batch) ([]train.Finding, error) {
	var all []train.Finding
	for _, name := range sortedKeys(b.Columns) {
		seqs, ok := b.Columns[name].(train.Sequences)
		if !ok {
			continue
		}
		w, err := t.models[0].open()
		if err != nil {
			return nil, err
		}
		mask := train.CheckMask(w, seqs)
		mask.Name += " of " + name
		all = append(all, mask)
		if len(all) > 1 { // one column of texts shows whether layouts agree
			continue
		}
		scorer, err := t.models[0].hostScorer()
		if err != nil {
			return nil, err
		}
		layouts, err := train.CheckLayouts(t.run.ctx, scorer, w, seqs)
		if err != nil {
			return nil, err
		}
		all = append(all, layouts...)
	}
	accumulated, err := t.engine.CheckAccumulation(t.run.ctx, b)
	return append(all, accumulated), err
}

// verifySampler holds the first samples of a model against what the trainer's graph says of them.
func (m *Model) verifySampler(prompts [][]int, drawn []Sampled, s Sampling) error {
	if m.sampled || m.run.mode != running || m.run.host.Sampler != nil || s.Temperature == 0 {
		return nil
	}
	m.sampled = true
	var seqs []forward.Sequence
	var logp [][]float32
	for i, d := range drawn {
		n := len(prompts[i])
		q := forward.Sequence{Tokens: append(prompts[i][:n:n], d.Tokens...)}
		q.Mask = make([]bool, len(q.Tokens))
		row := make([]float32, len(q.Tokens))
		for k := range d.Tokens {
			q.Mask[n+k], row[n+k] = true, d.LogProbs[k]
		}
		seqs, logp = append(seqs, q), append(logp, row)
	}
	scorer, err := m.hostScorer()
	if err != nil {
		return err
	}
	f, err := train.CheckSampler(m.run.ctx, scorer, seqs, logp, s.Temperature, 1e-4)
	if err != nil {
		return err
	}
	return m.run.report([]train.Finding{f})
}

// invariantPrimitive is invariant(name, value, limit, detail): what must hold for the run to be believed.
func invariantPrimitive(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	f := train.Finding{}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &f.Name, "value", floatOf(&f.Value), "limit", floatOf(&f.Limit), "detail", &f.Detail); err != nil {
		return nil, err
	}
	f.Passed = f.Value <= f.Limit
	if r.mode != running {
		return starlark.None, nil
	}
	return starlark.None, r.report([]train.Finding{f})
}

// report records findings and stops the run where one fails.
func (r *Run) report(findings []train.Finding) error {
	var failed error
	for _, f := range findings {
		if err := r.host.Record.Check(runs.Invariant{Step: r.step(), Name: f.Name, Passed: f.Passed, Value: f.Value, Limit: f.Limit, Detail: f.Detail}); err != nil {
			return err
		}
		verdict := "holds"
		if !f.Passed {
			verdict = "FAILS"
			failed = errors.Join(failed, fmt.Errorf("%w: %s: %g, at most %g (%s)", errInvariant, f.Name, f.Value, f.Limit, f.Detail))
		}
		r.host.tell(Progress{Step: r.step(), Say: fmt.Sprintf("%s: %s (%.3g, limit %g): %s", f.Name, verdict, f.Value, f.Limit, f.Detail)})
	}
	if failed != nil {
		return &advised{failed, "this is a fault of the engine or of the data's tokens, not of the settings: report it with the run's record"}
	}
	return nil
}
