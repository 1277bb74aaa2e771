package llama

import (
	"fmt"
	"math"

	"workbench/models/graph"
)

// Cached builds one step of decoding over key–value caches of the given number of positions.
// Inputs are named tokens, rows, lengths, total and past_key.i, past_value.i; the caller names the outputs.
func (m *Model) Cached(w *graph.Weights, positions int) *graph.DecodeStep {
	g := w.Graph
	batch, seq := graph.Axis{Name: "batch", Size: graph.Dynamic}, graph.Axis{Name: "seq", Size: graph.Dynamic}
	s := &graph.DecodeStep{
		Tokens:  g.Input("tokens", graph.Int64, graph.Shape{batch, seq}),
		Rows:    g.Input("rows", graph.Int64, graph.Of("row", graph.Dynamic)),
		Lengths: g.Input("lengths", graph.Int32, graph.Shape{batch}),
		Total:   g.Input("total", graph.Int32, nil),
	}
	cos, sin := m.angles(g, positions)
	x := graph.Rows(w.Param(embedding, graph.Of("vocab", m.Vocab, "hidden", m.Width)), s.Tokens)
	for i := range m.Layers {
		cache := m.cache(g, i, batch, positions)
		s.Caches = append(s.Caches, cache)
		g.Scope(fmt.Sprintf("layer%d", i), func() {
			b := block{m, w, i}
			q, k, v := b.qkv(b.norm(x, "input_layernorm"))
			a := graph.CachedAttention(q, k, v, cache, s.Lengths, s.Total, cos, sin, m.Heads, m.KeyHeads, 1/math.Sqrt(float64(m.HeadDim)))
			x = graph.Add(x, b.out(a))
			x = graph.Add(x, b.mlp(b.norm(x, "post_attention_layernorm")))
		})
	}
	flat := graph.Reshape(x, graph.Of("token", graph.Dynamic, "hidden", m.Width))
	states := graph.RMSNorm(graph.Rows(flat, s.Rows), w.Param(finalNorm, graph.Of("hidden", m.Width)), m.Eps)
	s.Logits = m.logits(w, states)
	return s
}

func (m *Model) cache(g *graph.Graph, i int, batch graph.Axis, positions int) *graph.Cache {
	shape := graph.Shape{batch, {Name: "keyhead", Size: m.KeyHeads}, {Name: "position", Size: positions}, {Name: "dim", Size: m.HeadDim}}
	return &graph.Cache{
		PastKey:   g.Input(fmt.Sprintf("past_key.%d", i), graph.Float32, shape),
		PastValue: g.Input(fmt.Sprintf("past_value.%d", i), graph.Float32, shape),
	}
}

// logits applies the unembedding; a quantised model may hold a quantised copy of it.
func (m *Model) logits(w *graph.Weights, states *graph.Tensor) *graph.Tensor {
	if w.Bits != 0 {
		return w.Linear(states, unembed, graph.Axis{Name: "vocab", Size: m.Vocab}, graph.Axis{Name: "hidden", Size: m.Width})
	}
	return graph.Linear(states, m.Unembedding(w), 1)
}
