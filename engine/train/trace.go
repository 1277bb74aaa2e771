package train

import (
	"fmt"

	"workbench/engine/forward"
	"workbench/engine/weights"
	"workbench/models/graph"
)

// Loss builds a scalar to be made small, and scalars to be looked at, out of the columns of a
// batch. Loss and metrics must be linear in the averages that they take over rows (weighted sums of
// Mean, MaskedMean and Sum), since micro-batches are added up.
type Loss func(t *Trace) (loss *graph.Tensor, metrics map[string]*graph.Tensor)

// Trace is a loss under construction, for one shape of micro-batch.
type Trace struct {
	Graph  *graph.Graph
	Binder *weights.Binder

	shape    shape
	columns  map[string]Column // of an example, for their types
	inputs   map[string]*forward.Inputs
	floats   map[string]*graph.Tensor
	present  *graph.Tensor // [batch], 1 where there is a row
	rows     *graph.Tensor // [], number of rows of the whole step
	counts   []*graph.Tensor
	totals   []*graph.Tensor // [], what the counts add up to over the step
	training bool
}

// names of the graph's own inputs.
const (
	presentInput = "rows.present"
	rowsInput    = "rows.total"
)

// shape is what a session is compiled for.
type shape struct {
	batch, seq int
	rows       string // per column of sequences, how many log-probabilities
}

func newTrace(s shape, layouts map[string]forward.Layout, columns map[string]Column) *Trace {
	g := graph.New()
	t := &Trace{
		Graph: g, Binder: weights.NewBinder(g), shape: s, columns: columns, training: true,
		inputs: map[string]*forward.Inputs{}, floats: map[string]*graph.Tensor{},
	}
	for _, name := range (Batch{Columns: columns}).names() {
		switch columns[name].(type) {
		case Sequences:
			t.inputs[name] = forward.Declare(g, name, layouts[name])
		case Floats:
			t.floats[name] = g.Input(name, graph.Float32, graph.Of("batch", s.batch))
		case TokenFloats:
			t.floats[name] = g.Input(name, graph.Float32, graph.Of("batch", s.batch, "seq", s.seq))
		}
	}
	t.present = g.Input(presentInput, graph.Float32, graph.Of("batch", s.batch))
	t.rows = g.Input(rowsInput, graph.Float32, nil)
	return t
}

// Sequence is a column of texts; nil if there is none of that name.
func (t *Trace) Sequence(name string) *forward.Inputs { return t.inputs[name] }

// Floats is a column of numbers, [batch] or [batch, seq]; nil if there is none of that name.
func (t *Trace) Floats(name string) *graph.Tensor { return t.floats[name] }

// LogProb is a model's log-probability of each token asked for, and the entropy of the distribution
// it was drawn from: [batch, seq], 0 off the mask.
func (t *Trace) LogProb(m *weights.Model, s *forward.Inputs, temperature float64) (logp, entropy *graph.Tensor) {
	return s.LogProb(t.Binder, m, t.training, temperature)
}

// Reward reads a model's head at the end of each text: [batch], or [batch, output].
func (t *Trace) Reward(m *weights.Model, s *forward.Inputs) *graph.Tensor {
	return s.Score(t.Binder, m, t.training)
}

// Value reads a model's head at every token: [batch, seq].
func (t *Trace) Value(m *weights.Model, s *forward.Inputs) *graph.Tensor {
	return s.Value(t.Binder, m, t.training)
}

// Hidden are a model's states after so many layers, −1 for the final ones: [batch, seq, hidden].
func (t *Trace) Hidden(m *weights.Model, s *forward.Inputs, after int) *graph.Tensor {
	return s.States(t.Binder, m, t.training, after)
}

// overRows says whether taking a tensor together over the named axes (none: all) runs over rows.
func overRows(x *graph.Tensor, axes []string) bool {
	if x.Shape().Index("batch") < 0 {
		return false
	}
	for _, a := range axes {
		if a == "batch" {
			return true
		}
	}
	return len(axes) == 0
}

// Sum adds up over the named axes, or all. Over rows it is the sum over the whole step.
func (t *Trace) Sum(x *graph.Tensor, axes ...string) *graph.Tensor {
	if overRows(x, axes) {
		x = graph.Mul(x, t.present)
	}
	return graph.Sum(x, axes...)
}

// Mean averages over the named axes, or all. Over rows it is the mean over the whole step.
func (t *Trace) Mean(x *graph.Tensor, axes ...string) *graph.Tensor {
	if !overRows(x, axes) {
		return graph.Mean(x, axes...)
	}
	n := 1
	for _, a := range x.Shape() {
		if a.Name != "batch" && (len(axes) == 0 || contains(axes, a.Name)) {
			n *= a.Size
		}
	}
	per := graph.Div(t.Graph.Scalar(1/float64(n)), t.rows)
	return graph.Mul(t.Sum(x, axes...), per)
}

func contains(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}

// MaskedMean averages x where mask is not 0, over everything. Over rows, sum and count run over the
// whole step: a token counts the same in whichever micro-batch it lies.
func (t *Trace) MaskedMean(x, mask *graph.Tensor) *graph.Tensor {
	mask = graph.Cast(mask, graph.Float32)
	product := graph.Mul(x, mask)
	if !product.Shape().Equal(mask.Shape()) {
		panic(&graph.Error{Op: "masked_mean", Problem: fmt.Sprintf("the mask has shape %v, the values %v: give it every axis of the values", mask.Shape(), x.Shape())})
	}
	if !overRows(mask, nil) {
		return graph.MaskedMean(x, mask)
	}
	i := len(t.totals)
	t.counts = append(t.counts, graph.StopGradient(t.Sum(mask)))
	t.totals = append(t.totals, t.Graph.Input(fmt.Sprintf("count.%d", i), graph.Float32, nil))
	return graph.Div(t.Sum(product), graph.Maximum(t.totals[i], t.Graph.Scalar(1)))
}
