package train_test

import (
	"context"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/forward"
	"workbench/engine/ort"
	"workbench/engine/train"
	"workbench/engine/weights"
	"workbench/models/graph"
)

func TestInvariantsHold(t *testing.T) {
	m := adapted(t, enginetest.Tiny(t, 20))
	s := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
	defer s.Close()
	seqs := texts(1, 20, 7, 12, 9, 30)
	found, err := train.CheckLayouts(context.Background(), s, m, seqs)
	if err != nil {
		t.Fatal(err)
	}
	logp, _, err := s.LogProbs(context.Background(), seqs, 0.7)
	if err != nil {
		t.Fatal(err)
	}
	sampler, err := train.CheckSampler(context.Background(), s, seqs, logp, 0.7, 1e-4)
	if err != nil {
		t.Fatal(err)
	}
	tr := trainer(t, train.Options{Loss: nll(m), Models: []*weights.Model{m}})
	sum, err := tr.CheckAccumulation(context.Background(), train.Batch{N: 5, Columns: map[string]train.Column{"text": seqs}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(found, sampler, sum, train.CheckMask(m, seqs)) {
		if !f.Passed {
			t.Errorf("%s: %g, at most %g (%s)", f.Name, f.Value, f.Limit, f.Detail)
		}
	}
}

// TestInvariantsFail makes each mistake that an invariant is there to find.
func TestInvariantsFail(t *testing.T) {
	m := adapted(t, enginetest.Tiny(t, 21))
	s := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
	defer s.Close()
	seqs := texts(1, 20, 7)
	logp, _, err := s.LogProbs(context.Background(), seqs, 1)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := train.CheckSampler(context.Background(), s, seqs, logp, 0.7, 1e-4); err != nil || f.Passed {
		t.Errorf("a sampler at another temperature passed: %+v, %v", f, err)
	}
	perBatch := func(t *train.Trace) (*graph.Tensor, map[string]*graph.Tensor) {
		s := t.Sequence("text")
		logp, _ := t.LogProb(m, s, 1)
		return graph.Neg(graph.MaskedMean(logp, s.Mask)), nil // the mean of each micro-batch, not of the step
	}
	tr := trainer(t, train.Options{Loss: perBatch, Models: []*weights.Model{m}})
	if f, err := tr.CheckAccumulation(context.Background(), train.Batch{N: 2, Columns: map[string]train.Column{"text": seqs}}); err != nil || f.Passed {
		t.Errorf("a loss that averages each micro-batch passed: %+v, %v", f, err)
	}
	none := forward.Sequence{Tokens: []int{1, 2, 3}, Mask: make([]bool, 3)}
	if f := train.CheckMask(m, []forward.Sequence{none}); f.Passed {
		t.Errorf("an empty mask passed: %+v", f)
	}
}
