package forward

import (
	"fmt"

	"workbench/engine/weights"
	"workbench/models/graph"
	"workbench/models/reward"
)

// Inputs are a batch of sequences in a graph. Names of the graph's inputs start with the batch's own.
type Inputs struct {
	Layout
	Name string

	Tokens    *graph.Tensor // [batch, seq] int64, 0 where padded
	Positions *graph.Tensor // [batch, seq] int64, from 0 in each text
	Attention *graph.Tensor // [batch, seq, key] added to attention scores
	Mask      *graph.Tensor // [batch, seq], 1 where a log-probability is asked for
	Present   *graph.Tensor // [batch, seq], 1 where there is a token
	Ends      *graph.Tensor // [batch] int64: index of each last token among batch·seq

	rows    *graph.Tensor // [row] int64: positions whose next token is asked for
	labels  *graph.Tensor // [row] int64: that token
	targets *graph.Tensor // [row] int64: where it stands; one past the end for unused rows
	hidden  map[string]*graph.Tensor
	probs   map[string][2]*graph.Tensor // log-probabilities and entropies
}

// Declare adds the inputs of a batch to a graph.
func Declare(g *graph.Graph, name string, l Layout) *Inputs {
	flat := graph.Of("batch", l.Batch, "seq", l.Seq)
	row := graph.Of("row", l.Rows)
	in := func(part string, d graph.DType, s graph.Shape) *graph.Tensor { return g.Input(name+"."+part, d, s) }
	return &Inputs{
		Layout: l, Name: name,
		Tokens: in("tokens", graph.Int64, flat), Positions: in("positions", graph.Int64, flat),
		Attention: in("attention", graph.Float32, graph.Of("batch", l.Batch, "seq", l.Seq, "key", l.Seq)),
		Mask:      in("mask", graph.Float32, flat), Present: in("present", graph.Float32, flat),
		Ends: in("ends", graph.Int64, graph.Of("batch", l.Batch)),
		rows: in("rows", graph.Int64, row), labels: in("labels", graph.Int64, row), targets: in("targets", graph.Int64, row),
		hidden: map[string]*graph.Tensor{}, probs: map[string][2]*graph.Tensor{},
	}
}

// Hidden are the model's states [token, hidden] after so many layers (−1: the final, normed ones).
// Asked twice for the same weights, the graph holds them once.
func (in *Inputs) Hidden(b *weights.Binder, m *weights.Model, train bool, after int) *graph.Tensor {
	w := b.Weights(m, train)
	key := which(w, train, after)
	h, ok := in.hidden[key]
	if !ok {
		h = m.Arch.HiddenAt(w, in.Tokens, in.Positions, in.Attention, after)
		in.hidden[key] = h
	}
	return h
}

// which tells what is computed from weights apart.
func which(w *graph.Weights, train bool, how any) string {
	key := fmt.Sprint(w.Prefix, train, how)
	if w.Adapter != nil {
		key += w.Adapter.Prefix
	}
	return key
}

// LogProb is log p(token | what stands before it) at a temperature, and the entropy of that
// distribution, both [batch, seq] and 0 where the mask is 0. Asked twice for the same weights and
// temperature, the graph holds them once.
func (in *Inputs) LogProb(b *weights.Binder, m *weights.Model, train bool, temperature float64) (logp, entropy *graph.Tensor) {
	w := b.Weights(m, train)
	key := which(w, train, temperature)
	p, ok := in.probs[key]
	if !ok {
		states := graph.Rows(in.Hidden(b, m, train, -1), in.rows)
		logp, entropy = graph.TokenLogProb(states, m.Arch.Unembedding(w), in.labels, 1/temperature)
		p = [2]*graph.Tensor{in.place(logp), in.place(entropy)}
		in.probs[key] = p
	}
	return p[0], p[1]
}

// place puts values of rows where their tokens stand; unused rows land behind the end, which is cut off.
func (in *Inputs) place(v *graph.Tensor) *graph.Tensor {
	n := in.Batch * in.Seq
	all := graph.ScatterRows(graph.Axis{Name: "token", Size: n + 1}, in.targets, v)
	return graph.Reshape(graph.Slice(all, "token", 0, n), graph.Of("batch", in.Batch, "seq", in.Seq))
}

// Score reads the model's head at the last token of each sequence: [batch], or [batch, output] for
// more than one output.
func (in *Inputs) Score(b *weights.Binder, m *weights.Model, train bool) *graph.Tensor {
	states := graph.Rows(in.Hidden(b, m, train, -1), in.Ends)
	s := reward.Score(b.Head(m, train), states, m.Head.Outputs)
	if m.Head.Outputs == 1 {
		return graph.Reshape(s, graph.Of("batch", in.Batch))
	}
	return s
}

// Value reads the model's head at every token: [batch, seq], 0 where there is none.
func (in *Inputs) Value(b *weights.Binder, m *weights.Model, train bool) *graph.Tensor {
	s := reward.Score(b.Head(m, train), in.Hidden(b, m, train, -1), m.Head.Outputs)
	return graph.Mul(graph.Reshape(s, graph.Of("batch", in.Batch, "seq", in.Seq)), in.Present)
}

// States are the hidden states [batch, seq, hidden] after so many layers, for probes.
func (in *Inputs) States(b *weights.Binder, m *weights.Model, train bool, after int) *graph.Tensor {
	h := in.Hidden(b, m, train, after)
	return graph.Reshape(h, graph.Of("batch", in.Batch, "seq", in.Seq, "hidden", m.Arch.Sizes().Hidden))
}
