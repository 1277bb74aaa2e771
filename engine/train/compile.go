package train

import (
	"errors"
	"fmt"
	"strings"

	"workbench/engine/forward"
	"workbench/models/graph"
)

// program is a loss compiled for one shape: forward and backward in one session, and, where the
// loss takes masked means, a small session that only counts.
type program struct {
	trace   *Trace
	grads   []bool // which trained params get a gradient
	metrics []string
	step    *forward.Session
	count   *forward.Session // nil if nothing is to be counted
}

// names of outputs.
const lossOutput = "loss"

func metricOutput(name string) string { return "metric:" + name }
func gradOutput(i int) string         { return fmt.Sprintf("grad:%d", i) }
func countOutput(i int) string        { return fmt.Sprintf("count:%d", i) }

// shapeOf finds the session that fits a micro-batch, given how many rows and tokens it is padded to.
func shapeOf(b Batch, rows, seq, longest int) (shape, map[string]forward.Layout) {
	layouts := map[string]forward.Layout{}
	var key strings.Builder
	for _, name := range b.names() {
		if seqs, ok := b.Columns[name].(Sequences); ok {
			l := forward.Fit(seqs, rows, longest)
			l.Rows = l.Rows * seq / l.Seq // the same share of a longer row
			l.Seq = seq
			layouts[name] = l
			fmt.Fprintf(&key, "%s:%d ", name, l.Rows)
		}
	}
	return shape{batch: rows, seq: seq, rows: key.String()}, layouts
}

// trace builds loss and metrics and registers them as outputs.
func (t *Trainer) trace(s shape, layouts map[string]forward.Layout, columns map[string]Column) (tr *Trace, metrics []string, err error) {
	err = graph.Catch(func() {
		tr = newTrace(s, layouts, columns)
		tr.Binder.Rounded = t.rounded
		loss, values := t.opts.Loss(tr)
		if loss == nil {
			panic(&graph.Error{Op: "loss", Problem: "the loss function returned nothing"})
		}
		tr.Graph.Output(lossOutput, loss)
		for name, v := range values {
			if len(v.Shape()) != 0 {
				panic(&graph.Error{Op: "metric " + name, Problem: fmt.Sprintf("has shape %v, want a scalar: take a mean", v.Shape())})
			}
			tr.Graph.Output(metricOutput(name), graph.Cast(v, graph.Float32))
			metrics = append(metrics, name)
		}
	})
	return tr, metrics, err
}

func (t *Trainer) compile(s shape, layouts map[string]forward.Layout, columns map[string]Column) (*program, error) {
	tr, metrics, err := t.trace(s, layouts, columns)
	if err != nil {
		return nil, err
	}
	p := &program{trace: tr, metrics: metrics, grads: make([]bool, len(t.params))}
	if err := graph.Catch(func() { t.differentiate(p) }); err != nil {
		return nil, err
	}
	if p.step, err = t.open(tr); err != nil {
		return nil, err
	}
	if len(tr.counts) > 0 {
		if p.count, err = t.counter(s, layouts, columns); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	return p, nil
}

// differentiate appends the backward pass and names the gradients.
func (t *Trainer) differentiate(p *program) {
	loss := p.trace.Graph.Outputs[0].Tensor
	var wrt []*graph.Tensor
	var at []int
	for i, q := range t.params {
		if v := p.trace.Binder.Param(q.set, q.name); v != nil {
			wrt, at = append(wrt, v), append(at, i)
		}
	}
	none := true
	for k, d := range p.trace.Graph.Grad(loss, wrt) {
		if d != nil {
			p.trace.Graph.Output(gradOutput(at[k]), d)
			p.grads[at[k]], none = true, false
		}
	}
	if none {
		panic(&graph.Error{Op: "loss", Problem: "it does not depend on any weight that is trained; name the models in of=, and don't freeze them"})
	}
}

// counter traces the loss again, in a graph that outputs the counts alone.
func (t *Trainer) counter(s shape, layouts map[string]forward.Layout, columns map[string]Column) (*forward.Session, error) {
	tr, _, err := t.trace(s, layouts, columns)
	if err != nil {
		return nil, err
	}
	tr.Graph.Outputs = nil
	for i, c := range tr.counts {
		tr.Graph.Output(countOutput(i), c)
	}
	return t.open(tr)
}

// open compiles a graph onto the models' weights and the trainer's gradients.
func (t *Trainer) open(tr *Trace) (*forward.Session, error) {
	bound := tr.Binder.Buffers()
	for i, p := range t.params {
		bound[gradOutput(i)] = p.grad
	}
	return forward.Compile(tr.Graph, bound, t.opts.Session)
}

func (p *program) close() error { return errors.Join(p.step.Close(), p.count.Close()) }
