package train_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/forward"
	"workbench/engine/ort"
	"workbench/engine/train"
	"workbench/engine/weights"
	"workbench/models/checkpoint"
	"workbench/models/graph"
)

// reference is what PyTorch computed; see testdata/make_fixtures.py.
type reference struct {
	Loss float64
	Rows []struct {
		Tokens []int
		Mask   []bool
		LogP   []float32
		Last   struct {
			IDs    []int
			Logits []float64
		}
	}
	Grads map[string]struct {
		At      []int
		Value   []float64
		Largest float64
		Spread  float64 // how far PyTorch's float32 is off, relative to Largest; 0 where the values are its float32
	}
}

func load(t *testing.T, name string) reference {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r reference) batch() train.Batch {
	var seqs train.Sequences
	for _, row := range r.Rows {
		seqs = append(seqs, forward.Sequence{Tokens: row.Tokens, Mask: row.Mask})
	}
	return train.Batch{N: len(seqs), Columns: map[string]train.Column{"text": seqs}}
}

// nll is the mean negative log-probability of what the mask asks for.
func nll(m *weights.Model) train.Loss {
	return func(t *train.Trace) (*graph.Tensor, map[string]*graph.Tensor) {
		s := t.Sequence("text")
		logp, entropy := t.LogProb(m, s, 1)
		return graph.Neg(t.MaskedMean(logp, s.Mask)), map[string]*graph.Tensor{"entropy": t.MaskedMean(entropy, s.Mask)}
	}
}

func trainer(t *testing.T, o train.Options) *train.Trainer {
	t.Helper()
	o.Device = &enginetest.Device{}
	tr, err := train.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return tr
}

// tinyFixture is the tiny model with the fixture's weights, and its reference gradients.
func tinyFixture(t *testing.T) (*weights.Model, map[string][]float32) {
	t.Helper()
	m := enginetest.Tiny(t, 1)
	f, err := checkpoint.ReadSafetensors("testdata/tiny.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	grads := map[string][]float32{}
	for _, name := range m.Base.Names() {
		dst := m.Base.Get(name).Float32()
		if err := f.Read(name, dst); err != nil {
			t.Fatal(err)
		}
		grads[name] = make([]float32, len(dst))
		if err := f.Read("grad:"+name, grads[name]); err != nil {
			t.Fatal(err)
		}
	}
	return m, grads
}

func TestLogProbsEqualPyTorch(t *testing.T) {
	m, _ := tinyFixture(t)
	compareLogProbs(t, m, load(t, "testdata/tiny.json"), 1e-4)
}

func TestLogProbsOfTheEmbeddedModelEqualPyTorch(t *testing.T) {
	compareLogProbs(t, enginetest.Embedded(t), load(t, "testdata/real.json"), 1e-3)
}

func compareLogProbs(t *testing.T, m *weights.Model, want reference, tolerance float64) {
	t.Helper()
	s := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
	defer s.Close()
	seqs := want.batch().Columns["text"].(train.Sequences)
	got, _, err := s.LogProbs(context.Background(), seqs, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range want.Rows {
		for k := range row.Tokens {
			if d := math.Abs(float64(got[i][k] - row.LogP[k])); d > tolerance || math.IsNaN(d) {
				t.Errorf("row %d, token %d: log-probability %g, PyTorch %g", i, k, got[i][k], row.LogP[k])
			}
		}
	}
}

func TestGradientsEqualPyTorch(t *testing.T) {
	for _, micro := range []int{4096, 64} { // in one piece, and in several of different shapes
		m, grads := tinyFixture(t)
		want := load(t, "testdata/tiny.json")
		tr := trainer(t, train.Options{Loss: nll(m), Models: []*weights.Model{m}, MicroTokens: micro})
		metrics, err := tr.Gradients(context.Background(), want.batch())
		if err != nil {
			t.Fatal(err)
		}
		if d := math.Abs(metrics["loss"] - want.Loss); d > 1e-5 {
			t.Errorf("micro-batches of %d tokens: loss %g, PyTorch %g", micro, metrics["loss"], want.Loss)
		}
		for name, w := range grads {
			largest, worst := 0.0, 0.0
			for i, g := range tr.Gradient(m.Base, name) {
				largest = math.Max(largest, math.Abs(float64(w[i])))
				worst = math.Max(worst, math.Abs(float64(g-w[i])))
			}
			if worst > 1e-4*largest || math.IsNaN(worst) {
				t.Errorf("micro-batches of %d tokens: gradient of %s is off by %g of its largest, %g", micro, name, worst/largest, largest)
			}
		}
	}
}

func TestGradientsOfTheEmbeddedModelEqualPyTorch(t *testing.T) {
	if testing.Short() {
		t.Skip("needs 2 GB and some seconds")
	}
	m := enginetest.Embedded(t)
	want := load(t, "testdata/real.json")
	tr := trainer(t, train.Options{Loss: nll(m), Models: []*weights.Model{m}})
	metrics, err := tr.Gradients(context.Background(), want.batch())
	if err != nil {
		t.Fatal(err)
	}
	if d := math.Abs(metrics["loss"] - want.Loss); d > 1e-4 {
		t.Errorf("loss %g, PyTorch %g", metrics["loss"], want.Loss)
	}
	if len(want.Grads) != len(m.Base.Names()) {
		t.Errorf("the fixture has %d gradients, the model %d weights", len(want.Grads), len(m.Base.Names()))
	}
	for name, w := range want.Grads {
		g := tr.Gradient(m.Base, name)
		// Float32 on one CPU is off by other amounts than on another; a mistake is off by much more.
		tolerance := max(1e-4, 4*w.Spread)
		if tolerance > 4e-3 {
			t.Errorf("gradient of %s: PyTorch's own float32 is off by %g of the largest, so that nothing is compared", name, w.Spread)
		}
		for k, at := range w.At {
			if d := math.Abs(float64(g[at]) - w.Value[k]); d > tolerance*w.Largest || math.IsNaN(d) {
				t.Errorf("gradient of %s at %d: %g, PyTorch in float64 %g, off by %g of the largest, want at most %g", name, at, g[at], w.Value[k], d/w.Largest, tolerance)
			}
		}
	}
}
