package train_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/forward"
	"workbench/engine/ort"
	"workbench/engine/train"
	"workbench/engine/weights"
	"workbench/models/graph"
	"workbench/models/reward"
)

// text is a random sequence of the tiny model's tokens; about half of it is a response.
func text(rng *rand.Rand, n int) forward.Sequence {
	s := forward.Sequence{}
	for i := range n {
		s.Tokens = append(s.Tokens, rng.IntN(96))
		s.Mask = append(s.Mask, i >= n/2)
	}
	return s
}

func texts(seed uint64, lengths ...int) train.Sequences {
	rng := rand.New(rand.NewPCG(seed, 1))
	var seqs train.Sequences
	for _, n := range lengths {
		seqs = append(seqs, text(rng, n))
	}
	return seqs
}

func adapted(t *testing.T, m *weights.Model) *weights.Model {
	t.Helper()
	a, err := m.WithAdapter(4, 8, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	rng := rand.New(rand.NewPCG(5, 5)) // B starts at zero, where A has no gradient
	for _, name := range a.Adapter.Set.Names() {
		for i, data := 0, a.Adapter.Set.Get(name).Float32(); i < len(data); i++ {
			data[i] = float32(rng.NormFloat64() * 0.1)
		}
	}
	return a
}

// TestAdapterGradients compares with central differences of the loss itself.
func TestAdapterGradients(t *testing.T) {
	m := adapted(t, enginetest.Tiny(t, 2))
	batch := train.Batch{N: 3, Columns: map[string]train.Column{"text": texts(1, 12, 20, 7)}}
	tr := trainer(t, train.Options{Loss: nll(m), Models: []*weights.Model{m}})
	loss := func() float64 {
		metrics, err := tr.Gradients(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		return metrics["loss"]
	}
	loss()
	for _, name := range m.Adapter.Set.Names() {
		grad := slices.Clone(tr.Gradient(m.Adapter.Set, name))
		w := m.Adapter.Set.Get(name).Float32()
		at := 0 // where the gradient is largest
		for i, g := range grad {
			if math.Abs(float64(g)) > math.Abs(float64(grad[at])) {
				at = i
			}
		}
		const h = 2e-2
		was := w[at]
		w[at] = was + h
		up := loss()
		w[at] = was - h
		down := loss()
		w[at] = was
		loss()
		want := (up - down) / (2 * h)
		if got := float64(grad[at]); math.Abs(got-want) > 0.03*math.Abs(want)+3e-6 {
			t.Errorf("gradient of %s at %d: %g, central difference %g", name, at, got, want)
		}
	}
}

// TestInt8BackwardKeepsTheDirection holds gradients that pass frozen weights in 8 bits against exact ones:
// the loss is the same to the bit, the direction nearly, and a batch is still the sum of its rows.
func TestInt8BackwardKeepsTheDirection(t *testing.T) {
	if !ort.FastInt8() {
		t.Skip("this CPU has no fast products of 8-bit integers, so the trainer does not use them")
	}
	if testing.Short() {
		t.Skip("runs the embedded model")
	}
	m := adapted(t, enginetest.Embedded(t))
	batch := load(t, "testdata/real.json").batch()
	gradient := func(o train.Options) (float64, []float32) {
		o.Loss, o.Models = nll(m), []*weights.Model{m}
		tr := trainer(t, o)
		metrics, err := tr.Gradients(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		var all []float32
		for _, name := range m.Adapter.Set.Names() {
			all = append(all, tr.Gradient(m.Adapter.Set, name)...)
		}
		if o.MicroTokens == 0 {
			if f, err := tr.CheckAccumulation(context.Background(), batch); err != nil || !f.Passed {
				t.Errorf("8 bits %t: %+v, %v; want it to hold", o.Int8Backward, f, err)
			}
		}
		return metrics["loss"], all
	}
	wantLoss, want := gradient(train.Options{})
	loss, got := gradient(train.Options{Int8Backward: true})
	_, rows := gradient(train.Options{Int8Backward: true, MicroTokens: 1})
	if loss != wantLoss {
		t.Errorf("loss %g, exact %g", loss, wantLoss)
	}
	if c := cosine(got, want); c < 0.99 || c == 1 {
		t.Errorf("cosine of the gradient with the exact one is %g, want at least 0.99 and less than 1", c)
	} else {
		t.Logf("cosine of the gradient with the exact one is %.5f", c)
	}
	if c := cosine(got, rows); c < 0.9999 {
		t.Errorf("cosine of the gradient of a batch with that of its rows one by one is %g", c)
	}
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

// TestMicroBatchesAddUp holds a batch of 8 against 8 accumulated batches of 1, with masks of very
// different sizes: the averages must run over the whole step.
func TestMicroBatchesAddUp(t *testing.T) {
	m := adapted(t, enginetest.Tiny(t, 3))
	batch := train.Batch{N: 8, Columns: map[string]train.Column{
		"text": texts(2, 30, 5, 12, 16, 3, 28, 9, 14), "weight": train.Floats{1, 2, 0.5, 1, 3, -1, 0, 1},
	}}
	loss := func(t *train.Trace) (*graph.Tensor, map[string]*graph.Tensor) {
		s := t.Sequence("text")
		logp, _ := t.LogProb(m, s, 0.7)
		perText := t.Sum(graph.Mul(logp, s.Mask), "seq")
		l := graph.Sub(t.Mean(graph.Mul(perText, t.Floats("weight"))), t.MaskedMean(logp, s.Mask))
		return l, map[string]*graph.Tensor{"length": t.Mean(graph.Sum(s.Mask, "seq"))}
	}
	var first []float32
	var metrics train.Metrics
	for _, micro := range []int{4096, 128, 1} {
		tr := trainer(t, train.Options{Loss: loss, Models: []*weights.Model{m}, MicroTokens: micro})
		got, err := tr.Gradients(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		var all []float32
		for _, name := range m.Adapter.Set.Names() {
			all = append(all, tr.Gradient(m.Adapter.Set, name)...)
		}
		if first == nil {
			first, metrics = all, got
			continue
		}
		for i := range all {
			if math.Abs(float64(all[i]-first[i])) > 1e-5 {
				t.Fatalf("micro-batches of %d tokens: gradient %d is %g, in one batch %g", micro, i, all[i], first[i])
			}
		}
		for name, want := range metrics {
			if math.Abs(got[name]-want) > 1e-5*math.Abs(want)+1e-6 {
				t.Errorf("micro-batches of %d tokens: %s is %g, in one batch %g", micro, name, got[name], want)
			}
		}
	}
}

func TestPackedEqualsUnpacked(t *testing.T) {
	m := adapted(t, enginetest.Tiny(t, 4))
	seqs := texts(3, 12, 7, 20, 5, 9)
	packs, holds := forward.Pack(seqs, 32)
	if len(packs) >= len(seqs) {
		t.Fatalf("%d texts in %d packs", len(seqs), len(packs))
	}
	s := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
	defer s.Close()
	alone, _, err := s.LogProbs(context.Background(), seqs, 1)
	if err != nil {
		t.Fatal(err)
	}
	packed, _, err := s.LogProbs(context.Background(), packs, 1)
	if err != nil {
		t.Fatal(err)
	}
	for p, hold := range holds {
		at := 0
		for _, i := range hold {
			for k := range seqs[i].Tokens {
				if d := math.Abs(float64(packed[p][at+k] - alone[i][k])); d > 1e-5 {
					t.Errorf("text %d, token %d: %g packed, %g alone", i, k, packed[p][at+k], alone[i][k])
				}
			}
			at += len(seqs[i].Tokens)
		}
	}
}

// pairs prefers the first column's texts with a reward head.
func preference(m *weights.Model) train.Loss {
	return func(t *train.Trace) (*graph.Tensor, map[string]*graph.Tensor) {
		margin := graph.Sub(t.Reward(m, t.Sequence("a")), t.Reward(m, t.Sequence("b")))
		return t.Mean(graph.Neg(graph.LogSigmoid(margin))), map[string]*graph.Tensor{
			"accuracy": t.Mean(graph.Greater(margin, t.Graph.Scalar(0))),
		}
	}
}

func rewardModel(t *testing.T, seed uint64) *weights.Model {
	t.Helper()
	base := enginetest.Tiny(t, seed)
	a, err := base.WithAdapter(4, 8, nil, seed)
	if err != nil {
		t.Fatal(err)
	}
	h, err := a.WithHead(1, false, seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(h.Close(), a.Close()); err != nil {
			t.Error(err)
		}
	})
	return h
}

// steps trains on batches drawn by their step number.
func steps(t *testing.T, tr *train.Trainer, n int) (losses []float64) {
	t.Helper()
	for tr.Steps() < n {
		i := uint64(tr.Steps())
		m, err := tr.Step(context.Background(), train.Batch{N: 4, Columns: map[string]train.Column{
			"a": texts(10+i, 8, 12, 9, 16), "b": texts(900+i, 11, 6, 14, 16),
		}})
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, m["loss"])
	}
	return losses
}

func options(m *weights.Model) train.Options {
	return train.Options{
		Loss: preference(m), Models: []*weights.Model{m}, AdamW: train.AdamW{LR: 1e-2, Decay: 0.01},
		Schedule: train.Cosine(8, 2, 0), Clip: 1,
	}
}

func TestResumeIsExact(t *testing.T) {
	whole := rewardModel(t, 6)
	want := steps(t, trainer(t, options(whole)), 8)

	path := filepath.Join(t.TempDir(), "state.safetensors")
	before := rewardModel(t, 6)
	half := trainer(t, options(before))
	got := steps(t, half, 4)
	if err := half.Save(path); err != nil {
		t.Fatal(err)
	}
	after := rewardModel(t, 99) // other weights, to be overwritten
	copy(after.Base.Get("model.norm.weight").Float32(), before.Base.Get("model.norm.weight").Float32())
	after.Base.CopyFrom(before.Base)
	rest := trainer(t, options(after))
	if err := rest.Load(path); err != nil {
		t.Fatal(err)
	}
	got = append(got, steps(t, rest, 8)...)
	if !slices.Equal(got, want) {
		t.Errorf("losses with a break: %v, without: %v", got, want)
	}
	if whole.Head.Set.Digest() != after.Head.Set.Digest() || whole.Adapter.Set.Digest() != after.Adapter.Set.Digest() {
		t.Error("the weights differ after a resume")
	}
}

func TestNotFiniteChangesNothing(t *testing.T) {
	m := rewardModel(t, 7)
	tr := trainer(t, options(m))
	steps(t, tr, 2)
	before := m.Head.Set.Digest() + m.Adapter.Set.Digest()
	m.Base.Get("model.norm.weight").Float32()[0] = float32(math.NaN())
	batch := train.Batch{N: 1, Columns: map[string]train.Column{"a": texts(1, 8), "b": texts(2, 8)}}
	if _, err := tr.Step(context.Background(), batch); !errors.Is(err, train.ErrNotFinite) {
		t.Fatalf("a NaN in the base gave %v, want ErrNotFinite", err)
	}
	if finding, err := tr.CheckAccumulation(context.Background(), batch); !errors.Is(err, train.ErrNotFinite) {
		t.Errorf("the check of accumulation said %+v, %v; want ErrNotFinite, for it can't tell", finding, err)
	}
	if after := m.Head.Set.Digest() + m.Adapter.Set.Digest(); after != before || tr.Steps() != 2 {
		t.Errorf("weights or step count changed, to step %d", tr.Steps())
	}
}

func TestAdapterRoundTrip(t *testing.T) {
	m := rewardModel(t, 8)
	steps(t, trainer(t, options(m)), 2)
	copy(m.Head.Set.Get(reward.Bias).Float32(), []float32{0.25})
	dir := t.TempDir()
	if err := m.SaveAdapter(dir); err != nil {
		t.Fatal(err)
	}
	base := enginetest.Tiny(t, 8)
	back, err := base.LoadAdapter(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if back.Adapter.Set.Digest() != m.Adapter.Set.Digest() || back.Head.Set.Digest() != m.Head.Set.Digest() {
		t.Error("adapter or head differ after saving and loading")
	}
	if _, err := enginetest.Tiny(t, 9).LoadAdapter(dir); err == nil {
		t.Error("an adapter was put on other base weights")
	}
}

func TestTrainerExplains(t *testing.T) {
	m := rewardModel(t, 10)
	if _, err := train.New(train.Options{Models: []*weights.Model{m.Locked()}}); err == nil {
		t.Error("a trainer of a frozen model was made")
	}
	batch := train.Batch{N: 1, Columns: map[string]train.Column{"a": texts(1, 8), "b": texts(2, 8)}}
	tests := []struct {
		name  string
		loss  train.Loss
		batch train.Batch
	}{
		{"loss is not a scalar", func(t *train.Trace) (*graph.Tensor, map[string]*graph.Tensor) {
			return t.Reward(m, t.Sequence("a")), nil
		}, batch},
		{"loss without weights", func(t *train.Trace) (*graph.Tensor, map[string]*graph.Tensor) {
			return t.Mean(graph.Sum(t.Sequence("a").Mask, "seq")), nil
		}, batch},
		{"column too short", preference(m), train.Batch{N: 2, Columns: batch.Columns}},
		{"token outside the vocabulary", preference(m), train.Batch{N: 1, Columns: map[string]train.Column{
			"a": train.Sequences{{Tokens: []int{1, 96}}}, "b": texts(2, 8),
		}}},
		{"too long", preference(m), train.Batch{N: 1, Columns: map[string]train.Column{"a": texts(1, 129), "b": texts(2, 8)}}},
	}
	for _, tt := range tests {
		o := options(m)
		o.Loss = tt.loss
		if _, err := trainer(t, o).Step(context.Background(), tt.batch); err == nil {
			t.Errorf("%s: no error", tt.name)
		} else {
			t.Logf("%s: %v", tt.name, err)
		}
	}
}

func TestNothingLeaks(t *testing.T) {
	enginetest.Runtime(t)
	before := ort.BytesInUse()
	t.Run("train", func(t *testing.T) { steps(t, trainer(t, options(rewardModel(t, 11))), 2) })
	if after := ort.BytesInUse(); after != before {
		t.Errorf("%d bytes in use before, %d after", before, after)
	}
}
