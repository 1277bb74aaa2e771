package train

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"workbench/engine/forward"
)

// plan is how a batch is split: rows of similar length together, in micro-batches of one padded shape each.
type plan struct {
	parts   [][]int // rows of each micro-batch
	rows    int     // rows that a micro-batch is padded to
	longest int     // the model's longest sequence
	tokens  []int   // of each row
}

// plan splits a batch so that no micro-batch has more than MicroTokens tokens, padding included,
// unless a single row does.
func (t *Trainer) plan(b Batch) plan {
	return t.split(b, t.opts.MicroTokens)
}

func (t *Trainer) split(b Batch, limit int) plan {
	p := plan{longest: t.longest, tokens: b.longest()}
	order := make([]int, b.N)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p.tokens[j], p.tokens[i]) })
	for len(order) > 0 {
		seq := forward.RoundLength(max(1, p.tokens[order[0]]), t.longest)
		n := min(len(order), forward.RoundBatch(len(order), seq*max(1, b.sequenceColumns()), limit))
		p.parts = append(p.parts, order[:n])
		order = order[n:]
	}
	return p
}

func (b Batch) sequenceColumns() int {
	n := 0
	for _, c := range b.Columns {
		if _, ok := c.(Sequences); ok {
			n++
		}
	}
	return n
}

// shape is that of the plan's first micro-batch.
func (p plan) shape(b Batch) (shape, map[string]forward.Layout) { return p.shapeOf(b, p.parts[0]) }

func (p plan) shapeOf(b Batch, rows []int) (shape, map[string]forward.Layout) {
	n := 1
	for _, r := range rows {
		n = max(n, p.tokens[r])
	}
	padded := 1
	for padded < len(rows) {
		padded *= 2
	}
	return shapeOf(b.take(rows), padded, forward.RoundLength(n, p.longest), p.longest)
}

// gradients fills the gradient buffers with those of the whole batch and returns loss and metrics.
func (t *Trainer) gradients(ctx context.Context, b Batch, p plan) (Metrics, error) {
	programs := make([]*program, len(p.parts))
	for i, rows := range p.parts {
		s, layouts := p.shapeOf(b, rows)
		var err error
		if programs[i], err = t.program(s, layouts, b.Columns); err != nil {
			return nil, err
		}
	}
	totals, err := t.count(ctx, b, p, programs)
	if err != nil {
		return nil, err
	}
	sum := Metrics{}
	for i, rows := range p.parts {
		r := programs[i]
		if err := r.fill(r.step, b.take(rows), b.N, totals); err != nil {
			return nil, err
		}
		if err := r.step.Run(ctx, t.opts.Device); err != nil {
			return nil, fmt.Errorf("micro-batch %d of %d: %w", i+1, len(p.parts), err)
		}
		sum[lossOutput] += scalar(r.step, lossOutput)
		for _, name := range r.metrics {
			sum[name] += scalar(r.step, metricOutput(name))
		}
		t.accumulate(r, i, len(p.parts))
	}
	return sum, nil
}

// program finds or compiles the program for a shape.
func (t *Trainer) program(s shape, layouts map[string]forward.Layout, columns map[string]Column) (*program, error) {
	if p, ok := t.programs[s]; ok {
		return p, nil
	}
	p, err := t.compile(s, layouts, columns)
	if err != nil {
		return nil, err
	}
	t.programs[s] = p
	return p, nil
}

// count adds up what masked means divide by, over all micro-batches.
func (t *Trainer) count(ctx context.Context, b Batch, p plan, programs []*program) ([]float64, error) {
	totals := make([]float64, len(programs[0].trace.counts))
	for i, rows := range p.parts {
		r := programs[i]
		if r.count == nil {
			break
		}
		if err := r.fill(r.count, b.take(rows), b.N, nil); err != nil {
			return nil, err
		}
		if err := r.count.Run(ctx, t.opts.Device); err != nil {
			return nil, err
		}
		for k := range totals {
			totals[k] += scalar(r.count, countOutput(k))
		}
	}
	return totals, nil
}

// accumulate adds the gradients of micro-batch i of n to what came before; after the last they are
// in the gradient buffers. A param that a program does not reach has gradient 0 there.
func (t *Trainer) accumulate(r *program, i, n int) {
	for k, p := range t.params {
		grad := p.grad.Float32()
		if !r.grads[k] {
			clear(grad)
		}
		if n == 1 {
			continue
		}
		if p.sum == nil {
			p.sum = make([]float32, len(grad))
		}
		spread(len(grad), func(from, to int) { addUp(p.sum[from:to], grad[from:to], i == 0) })
		if i == n-1 {
			copy(grad, p.sum)
		}
	}
}

func addUp(sum, grad []float32, first bool) {
	if first {
		copy(sum, grad)
		return
	}
	for i, g := range grad {
		sum[i] += g
	}
}

// fill writes a micro-batch of a step with n rows into a session's memory.
func (p *program) fill(r *forward.Session, b Batch, n int, totals []float64) error {
	for name, c := range b.Columns {
		if err := p.column(r, name, c); err != nil {
			return fmt.Errorf("column %q: %w", name, err)
		}
	}
	p.set(r, presentInput, func(dst []float32) {
		for i := range dst {
			dst[i] = 0
			if i < b.N {
				dst[i] = 1
			}
		}
	})
	p.set(r, rowsInput, func(dst []float32) { dst[0] = float32(n) })
	for i, total := range totals {
		p.set(r, fmt.Sprintf("count.%d", i), func(dst []float32) { dst[0] = float32(total) })
	}
	return nil
}

func (p *program) set(r *forward.Session, input string, write func(dst []float32)) {
	if b := r.Feed.Buffers[input]; b != nil {
		write(b.Float32())
	}
}

func (p *program) column(r *forward.Session, name string, c Column) error {
	switch c := c.(type) {
	case Sequences:
		return r.Feed.Fill(p.trace.inputs[name], c)
	case Floats:
		p.set(r, name, func(dst []float32) { clear(dst[copy(dst, c):]) })
	case TokenFloats:
		seq := p.trace.shape.seq
		p.set(r, name, func(dst []float32) {
			clear(dst)
			for i, row := range c {
				copy(dst[i*seq:(i+1)*seq], row)
			}
		})
	}
	return nil
}

// scalar reads a result without axes.
func scalar(r *forward.Session, output string) float64 { return float64(r.Output(output)[0]) }
