package llama

import (
	"fmt"
	"math"
	"strings"

	"workbench/models/graph"
)

// Model builds graphs for one configuration.
type Model struct{ Config }

// New reads a config.json.
func New(raw map[string]any) (*Model, error) {
	c, err := ParseConfig(raw)
	if err != nil {
		return nil, err
	}
	return &Model{c}, nil
}

const (
	embedding = "model.embed_tokens.weight"
	finalNorm = "model.norm.weight"
	unembed   = "lm_head.weight"
)

// Params lists every weight with its shape, as in a checkpoint.
func (m *Model) Params() []graph.Spec {
	specs := []graph.Spec{{Name: embedding, Shape: []int{m.Vocab, m.Width}}}
	for i := range m.Layers {
		for _, l := range m.linears() {
			specs = append(specs, graph.Spec{Name: layer(i, l.name), Shape: []int{l.out, l.in}})
		}
		specs = append(specs,
			graph.Spec{Name: layer(i, "input_layernorm"), Shape: []int{m.Width}},
			graph.Spec{Name: layer(i, "post_attention_layernorm"), Shape: []int{m.Width}})
	}
	specs = append(specs, graph.Spec{Name: finalNorm, Shape: []int{m.Width}})
	if !m.Tied {
		specs = append(specs, graph.Spec{Name: unembed, Shape: []int{m.Vocab, m.Width}})
	}
	return specs
}

type linear struct {
	name    string
	out, in int
}

// linears are the linear weights of one layer.
func (m *Model) linears() []linear {
	q, kv := m.Heads*m.HeadDim, m.KeyHeads*m.HeadDim
	return []linear{
		{"self_attn.q_proj", q, m.Width},
		{"self_attn.k_proj", kv, m.Width},
		{"self_attn.v_proj", kv, m.Width},
		{"self_attn.o_proj", m.Width, q},
		{"mlp.gate_proj", m.Inner, m.Width},
		{"mlp.up_proj", m.Inner, m.Width},
		{"mlp.down_proj", m.Width, m.Inner},
	}
}

// Linear says whether the weight called name may carry an adapter or be quantised.
func (m *Model) Linear(name string) bool { return strings.HasSuffix(name, "_proj.weight") }

func layer(i int, part string) string { return fmt.Sprintf("model.layers.%d.%s.weight", i, part) }

// Hidden computes the final normed states [token, hidden] of whole sequences, token running over
// batch and seq. tokens and positions are [batch, seq] int64; mask [batch, seq, key] is added to
// the attention scores. It can be differentiated.
func (m *Model) Hidden(w *graph.Weights, tokens, positions, mask *graph.Tensor) *graph.Tensor {
	return m.HiddenAt(w, tokens, positions, mask, -1)
}

// HiddenAt is the residual stream after the given number of layers (0: the embeddings), or the
// final normed states for −1.
func (m *Model) HiddenAt(w *graph.Weights, tokens, positions, mask *graph.Tensor, after int) *graph.Tensor {
	g := w.Graph
	batch, seq := tokens.Shape()[0], tokens.Shape()[1]
	width := graph.Axis{Name: "hidden", Size: m.Width}
	x := graph.Rows(w.Param(embedding, graph.Of("vocab", m.Vocab, "hidden", m.Width)), tokens)
	x = graph.Reshape(x, graph.Shape{{Name: "token", Size: batch.Size * seq.Size}, width})
	cos, sin := m.angles(g, seq.Size)
	for i := range m.Layers {
		if i == after {
			return x
		}
		g.Scope(fmt.Sprintf("layer%d", i), func() {
			b := block{m, w, i}
			n := b.norm(x, "input_layernorm")
			q, k, v := b.qkv(n)
			x = graph.Add(x, b.out(b.attend(q, k, v, batch, seq, positions, mask, cos, sin)))
			x = graph.Add(x, b.mlp(b.norm(x, "post_attention_layernorm")))
		})
	}
	if after == m.Layers {
		return x
	}
	return graph.RMSNorm(x, w.Param(finalNorm, graph.Shape{width}), m.Eps)
}

// Unembedding is the matrix [vocab, hidden] that turns final states into logits.
func (m *Model) Unembedding(w *graph.Weights) *graph.Tensor {
	name := unembed
	if m.Tied {
		name = embedding
	}
	return w.Param(name, graph.Of("vocab", m.Vocab, "hidden", m.Width))
}

func (m *Model) angles(g *graph.Graph, n int) (cos, sin *graph.Tensor) {
	c, s := m.rotations(n)
	return g.Constant(c, "position", "half"), g.Constant(s, "position", "half")
}

// block is one layer under construction.
type block struct {
	*Model
	w *graph.Weights
	i int
}

func (b block) norm(x *graph.Tensor, part string) *graph.Tensor {
	return graph.RMSNorm(x, b.w.Param(layer(b.i, part), graph.Of("hidden", b.Width)), b.Eps)
}

func (b block) linear(x *graph.Tensor, at int, axis string) *graph.Tensor {
	l := b.linears()[at]
	in := x.Shape()[len(x.Shape())-1]
	return b.w.Linear(x, layer(b.i, l.name), graph.Axis{Name: axis, Size: l.out}, in)
}

func (b block) qkv(n *graph.Tensor) (q, k, v *graph.Tensor) {
	return b.linear(n, 0, "channel"), b.linear(n, 1, "channel"), b.linear(n, 2, "channel")
}

func (b block) out(a *graph.Tensor) *graph.Tensor { return b.linear(a, 3, "hidden") }

func (b block) mlp(n *graph.Tensor) *graph.Tensor {
	return b.linear(graph.SwiGLU(b.linear(n, 4, "inner"), b.linear(n, 5, "inner")), 6, "hidden")
}

// attend rotates and attends over whole sequences; q, k, v are [token, channel].
func (b block) attend(q, k, v *graph.Tensor, batch, seq graph.Axis, positions, mask, cos, sin *graph.Tensor) *graph.Tensor {
	group := b.Heads / b.KeyHeads
	dim := graph.Axis{Name: "dim", Size: b.HeadDim}
	keys := graph.Axis{Name: "keyhead", Size: b.KeyHeads}
	grp := graph.Axis{Name: "group", Size: group}
	rotate := func(t *graph.Tensor, heads int) *graph.Tensor {
		wide := graph.Reshape(t, graph.Shape{batch, seq, {Name: "channel", Size: heads * b.HeadDim}})
		return graph.Rotary(wide, positions, cos, sin, heads)
	}
	perHead := func(t *graph.Tensor) *graph.Tensor {
		return graph.Transpose(graph.Reshape(t, graph.Shape{batch, seq, keys, dim}), batch.Name, "keyhead", seq.Name, "dim")
	}
	q = graph.Reshape(rotate(q, b.Heads), graph.Shape{batch, seq, keys, grp, dim})
	q = graph.Transpose(q, batch.Name, "keyhead", "group", seq.Name, "dim")
	q = graph.Reshape(q, graph.Shape{batch, keys, {Name: "query", Size: group * seq.Size}, dim})
	o := graph.Attend(q, perHead(rotate(k, b.KeyHeads)), perHead(v), mask, group, 1/math.Sqrt(float64(b.HeadDim)))
	o = graph.Reshape(o, graph.Shape{batch, keys, grp, seq, dim})
	o = graph.Transpose(o, batch.Name, seq.Name, "keyhead", "group", "dim")
	return graph.Reshape(o, graph.Shape{{Name: "token", Size: batch.Size * seq.Size}, {Name: "channel", Size: b.Heads * b.HeadDim}})
}

// Sizes are the numbers that callers lay out memory by.
func (m *Model) Sizes() graph.Sizes {
	return graph.Sizes{Hidden: m.Width, Layers: m.Layers, KeyHeads: m.KeyHeads, HeadDim: m.HeadDim, Vocab: m.Vocab, Positions: m.Positions}
}
