package llama

import (
	"math"
	"math/rand/v2"
	"testing"

	"workbench/models/graph"
)

// config is a model of 2 layers with grouped queries.
func config(headDim int) map[string]any {
	return map[string]any{
		"hidden_size": 2.0 * 2 * float64(headDim), "num_hidden_layers": 2.0, "num_attention_heads": 4.0, "num_key_value_heads": 2.0,
		"intermediate_size": 24.0, "vocab_size": 40.0, "max_position_embeddings": 32.0, "rms_norm_eps": 1e-5, "tie_word_embeddings": true,
	}
}

// values draws the model's weights.
func values(m *Model) map[string]graph.Array {
	rng := rand.New(rand.NewPCG(1, 1))
	feeds := map[string]graph.Array{}
	for _, s := range m.Params() {
		n := 1
		for _, d := range s.Shape {
			n *= d
		}
		data := make([]float32, n)
		for i := range data {
			data[i] = float32(rng.NormFloat64()) / 3
		}
		feeds[s.Name] = graph.Floats(data, s.Shape...)
	}
	return feeds
}

func interpret(t *testing.T, g *graph.Graph, feeds map[string]graph.Array) map[string]graph.Array {
	t.Helper()
	out, err := graph.Interpret(g, feeds)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// whole gives the logits of every position of a sequence at once.
func whole(t *testing.T, m *Model, tokens []int64) []float32 {
	n := len(tokens)
	g := graph.New()
	seq := graph.Of("batch", 1, "seq", n)
	h := m.Hidden(&graph.Weights{Graph: g}, g.Input("tokens", graph.Int64, seq), g.Input("positions", graph.Int64, seq),
		g.Input("mask", graph.Float32, graph.Of("batch", 1, "seq", n, "key", n)))
	g.Output("logits", graph.Linear(h, m.Unembedding(&graph.Weights{Graph: g}), 1))
	feeds := values(m)
	places, mask := make([]int64, n), make([]float32, n*n)
	for i := range n {
		places[i] = int64(i)
		for k := i + 1; k < n; k++ {
			mask[i*n+k] = -1e9
		}
	}
	feeds["tokens"], feeds["positions"], feeds["mask"] = graph.Int64s(tokens, 1, n), graph.Int64s(places, 1, n), graph.Floats(mask, 1, n, n)
	return interpret(t, g, feeds)["logits"].F32
}

func TestCachedIsTheWhole(t *testing.T) {
	for _, headDim := range []int{8, 16} { // rotated before attention, and inside
		m, err := New(config(headDim))
		if err != nil {
			t.Fatal(err)
		}
		tokens := []int64{3, 14, 15, 9, 26, 5, 35}
		want := whole(t, m, tokens)
		const positions, prompt = 12, 4
		g := graph.New()
		s := m.Cached(&graph.Weights{Graph: g}, positions)
		g.Output("logits", s.Logits)
		feeds := values(m)
		for i, c := range s.Caches {
			g.Output(presentKey(i), c.PresentKey)
			g.Output(presentValue(i), c.PresentValue)
			empty := graph.Floats(make([]float32, m.KeyHeads*positions*headDim), 1, m.KeyHeads, positions, headDim)
			feeds[c.PastKey.Name()], feeds[c.PastValue.Name()] = empty, empty
		}
		const scale = 0.5
		step := func(from, to int) []float32 {
			n := to - from
			places := make([]int64, n)
			for i := range places {
				places[i] = int64(from + i)
			}
			feeds["tokens"], feeds["positions"] = graph.Int64s(tokens[from:to], 1, n), graph.Int64s(places, 1, n)
			feeds["rows"], feeds["scale"] = graph.Int64s([]int64{int64(n - 1)}, 1), graph.Floats([]float32{scale}, 1, 1)
			feeds["lengths"] = graph.Array{DType: graph.Int32, Shape: []int{1}, I32: []int32{int32(to - 1)}}
			feeds["total"] = graph.Array{DType: graph.Int32, I32: []int32{int32(to)}}
			out := interpret(t, g, feeds)
			for i, c := range s.Caches {
				feeds[c.PastKey.Name()], feeds[c.PastValue.Name()] = out[presentKey(i)], out[presentValue(i)]
			}
			return out["logits"].F32
		}
		for from, to := 0, prompt; to <= len(tokens); from, to = to, to+1 {
			for id, got := range step(from, to) {
				if want := scale * want[(to-1)*m.Vocab+id]; math.Abs(float64(got-want)) > 1e-4 {
					t.Fatalf("heads of %d, after %d tokens: logit of %d is %g, want %g", headDim, to, id, got, want)
				}
			}
		}
	}
}

func presentKey(i int) string   { return "present_key." + string(rune('0'+i)) }
func presentValue(i int) string { return "present_value." + string(rune('0'+i)) }
