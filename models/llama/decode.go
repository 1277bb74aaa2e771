package llama

import (
	"fmt"
	"math"

	"workbench/models/graph"
)

// Cached builds one step of decoding over key–value caches of the given number of positions.
// Inputs are named tokens, positions, rows, scale, lengths, total and past_key.i, past_value.i; the
// caller names the outputs.
func (m *Model) Cached(w *graph.Weights, positions int) *graph.DecodeStep {
	g := w.Graph
	batch, seq := graph.Axis{Name: "batch", Size: graph.Dynamic}, graph.Axis{Name: "seq", Size: graph.Dynamic}
	row, width := graph.Axis{Name: "row", Size: graph.Dynamic}, graph.Axis{Name: "hidden", Size: m.Width}
	s := &graph.DecodeStep{
		Tokens:    g.Input("tokens", graph.Int64, graph.Shape{batch, seq}),
		Positions: g.Input("positions", graph.Int64, graph.Shape{batch, seq}),
		Rows:      g.Input("rows", graph.Int64, graph.Shape{row}),
		Scale:     g.Input("scale", graph.Float32, graph.Shape{row, {Name: "hidden", Size: 1}}),
		Lengths:   g.Input("lengths", graph.Int32, graph.Shape{batch}),
		Total:     g.Input("total", graph.Int32, nil),
	}
	turn := m.rotation(g, positions, s.Positions)
	norm := func(name string) *graph.Tensor { return w.Param(name, graph.Shape{width}) }
	x := graph.Rows(w.Param(embedding, graph.Of("vocab", m.Vocab, "hidden", m.Width)), s.Tokens)
	n := graph.RMSNorm(x, norm(layer(0, "input_layernorm")), m.Eps)
	for i := range m.Layers {
		cache := m.cache(g, i, batch, positions)
		s.Caches = append(s.Caches, cache)
		next := finalNorm
		if i+1 < m.Layers {
			next = layer(i+1, "input_layernorm")
		}
		g.Scope(fmt.Sprintf("layer%d", i), func() {
			b := block{m, w, i}
			q, k, v := b.cachedQKV(n, turn)
			a := graph.CachedAttention(q, k, v, cache, s.Lengths, s.Total, turn.insideCos, turn.insideSin,
				graph.Heads{Heads: m.Heads, KeyHeads: m.KeyHeads, Scale: 1 / math.Sqrt(float64(m.HeadDim))})
			n, x = graph.AddNorm(x, b.out(a), norm(layer(i, "post_attention_layernorm")), m.Eps)
			n, x = graph.AddNorm(x, b.cachedMLP(n), norm(next), m.Eps)
		})
	}
	flat := graph.Reshape(n, graph.Shape{{Name: "token", Size: graph.Dynamic}, width})
	// Scaling the states costs nothing; scaling the logits would be a pass over all of them.
	s.Logits = m.logits(w, graph.Mul(graph.Rows(flat, s.Rows), s.Scale))
	return s
}

func (m *Model) cache(g *graph.Graph, i int, batch graph.Axis, positions int) *graph.Cache {
	shape := graph.Shape{batch, {Name: "keyhead", Size: m.KeyHeads}, {Name: "position", Size: positions}, {Name: "dim", Size: m.HeadDim}}
	return &graph.Cache{
		PastKey:   g.Input(fmt.Sprintf("past_key.%d", i), graph.Float32, shape),
		PastValue: g.Input(fmt.Sprintf("past_value.%d", i), graph.Float32, shape),
	}
}

// rotation says who turns queries and keys by their positions: the attention operator itself, for
// the head sizes that it can, or an operator before it.
type rotation struct {
	positions            *graph.Tensor // nil if inside
	cos, sin             *graph.Tensor
	insideCos, insideSin *graph.Tensor
}

func (m *Model) rotation(g *graph.Graph, n int, positions *graph.Tensor) rotation {
	cos, sin := m.angles(g, n)
	if m.HeadDim%16 == 0 {
		return rotation{insideCos: cos, insideSin: sin}
	}
	return rotation{positions: positions, cos: cos, sin: sin}
}

// cachedQKV gives queries, keys and values, or all of them side by side and nil, nil.
func (b block) cachedQKV(n *graph.Tensor, turn rotation) (q, k, v *graph.Tensor) {
	if turn.positions != nil {
		q, k, v = b.qkv(n)
		return graph.Rotary(q, turn.positions, turn.cos, turn.sin, b.Heads), graph.Rotary(k, turn.positions, turn.cos, turn.sin, b.KeyHeads), v
	}
	ls := b.linears()
	out := graph.Axis{Name: "channel", Size: ls[0].out + ls[1].out + ls[2].out}
	in := graph.Axis{Name: "hidden", Size: b.Width}
	if y, ok := b.w.LinearJoined(n, out, in, layer(b.i, ls[0].name), layer(b.i, ls[1].name), layer(b.i, ls[2].name)); ok {
		return y, nil, nil
	}
	return b.qkv(n)
}

func (b block) cachedMLP(n *graph.Tensor) *graph.Tensor {
	ls := b.linears()
	in := graph.Axis{Name: "hidden", Size: b.Width}
	both, ok := b.w.LinearJoined(n, graph.Axis{Name: "inner", Size: 2 * b.Inner}, in, layer(b.i, ls[4].name), layer(b.i, ls[5].name))
	if !ok {
		return b.mlp(n)
	}
	inner := graph.Axis{Name: "inner", Size: b.Inner}
	halves := graph.Split(both, inner, inner)
	return b.linear(graph.SwiGLU(halves[0], halves[1]), 6, "hidden")
}

// logits applies the unembedding; a quantised model has a quantised copy of it, always in 8 bits:
// what is rounded here goes straight into the probabilities.
func (m *Model) logits(w *graph.Weights, states *graph.Tensor) *graph.Tensor {
	if w.Bits == 0 {
		return graph.Linear(states, m.Unembedding(w), 1)
	}
	name := unembed
	if m.Tied {
		name = embedding
	}
	head := *w
	head.Bits = 8
	return head.Linear(states, name, graph.Axis{Name: "vocab", Size: m.Vocab}, graph.Axis{Name: "hidden", Size: m.Width})
}
