package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"workbench/engine/forward"
	"workbench/engine/ort"
	"workbench/engine/weights"
	"workbench/models/graph"
)

// ErrNotFinite is returned by Step when the loss or a gradient is NaN or infinite. Nothing was
// changed: the weights are those of the step before.
var ErrNotFinite = errors.New("not a finite number")

// Options say what a trainer does.
type Options struct {
	Loss        Loss
	Models      []*weights.Model // whose trained parts are fitted
	AdamW       AdamW
	Schedule    Schedule // nil means constant
	Clip        float64  // largest norm of the whole gradient; 0 means no limit
	MicroTokens int      // at most so many tokens, padding included, run together; 0 means 1024
	// Int8Backward lets gradients pass frozen weights in 8 bits, each token's with a scale of its own; the
	// loss stays exact. Where the CPU has no fast products of 8-bit integers it does nothing.
	Int8Backward bool
	Device       forward.Device
	Session      ort.Options
}

// Trainer fits models to a loss. It is not safe for concurrent use; Close it before its models.
type Trainer struct {
	opts     Options
	params   []*param
	programs map[shape]*program
	rounded  map[*weights.Set]*weights.Rounded
	step     int // steps done
	vocab    int
	longest  int
}

// param is one trained weight with its gradient and moments.
type param struct {
	set         *weights.Set
	name        string // in the set
	key         string // in a checkpoint: model, part, name
	value, grad *ort.Buffer
	sum, m, v   []float32
	matrix      bool
}

// New makes a trainer. Nothing is compiled before the first step.
func New(o Options) (*Trainer, error) {
	o.AdamW = o.AdamW.withDefaults()
	if o.Schedule == nil {
		o.Schedule = Constant()
	}
	if o.MicroTokens <= 0 {
		o.MicroTokens = 1024
	}
	t := &Trainer{opts: o, programs: map[shape]*program{}, vocab: math.MaxInt, longest: math.MaxInt}
	seen := map[*weights.Set]bool{}
	for i, m := range o.Models {
		size := m.Arch.Sizes()
		t.vocab, t.longest = min(t.vocab, size.Vocab), min(t.longest, size.Positions)
		for _, s := range m.Trained() {
			if seen[s] {
				continue
			}
			seen[s] = true
			if err := t.add(s, fmt.Sprintf("%d.%s", i, m.Part(s))); err != nil {
				return nil, errors.Join(err, t.Close())
			}
		}
	}
	if o.Int8Backward && ort.FastInt8() {
		if err := t.round(); err != nil {
			return nil, errors.Join(err, t.Close())
		}
	}
	if len(t.params) == 0 {
		return nil, errors.New("nothing to train: every model given is frozen; give a model an adapter or a head")
	}
	return t, nil
}

// round makes the 8-bit copies of the bases that are not trained.
func (t *Trainer) round() error {
	t.rounded = map[*weights.Set]*weights.Rounded{}
	for _, m := range t.opts.Models {
		if t.rounded[m.Base] != nil || slices.Contains(m.Trained(), m.Base) {
			continue
		}
		r, err := weights.Round(m)
		if err != nil {
			return err
		}
		t.rounded[m.Base] = r
	}
	return nil
}

func (t *Trainer) add(s *weights.Set, key string) error {
	for _, name := range s.Names() {
		value := s.Get(name)
		grad, err := ort.NewBuffer(graph.Float32, value.Shape()...)
		if err != nil {
			return err
		}
		n := value.Len()
		t.params = append(t.params, &param{
			set: s, name: name, key: key + "/" + name, value: value, grad: grad,
			m: make([]float32, n), v: make([]float32, n), matrix: len(value.Shape()) > 1,
		})
	}
	return nil
}

// Metrics are what a step reports: loss, grad_norm, lr, tokens, and what the loss function returned.
type Metrics map[string]float64

// Steps is the number of steps done.
func (t *Trainer) Steps() int { return t.step }

// Trace builds the loss for a batch without compiling or running it, to find mistakes in it early.
func (t *Trainer) Trace(b Batch) error {
	if err := b.Check(t.vocab, t.longest); err != nil {
		return err
	}
	s, layouts := t.plan(b).shape(b)
	_, _, err := t.trace(s, layouts, b.Columns)
	return err
}

// Step makes one update from a batch.
func (t *Trainer) Step(ctx context.Context, b Batch) (Metrics, error) {
	if err := b.Check(t.vocab, t.longest); err != nil {
		return nil, err
	}
	m, err := t.gradients(ctx, b, t.plan(b))
	if err != nil {
		return nil, err
	}
	norm, err := t.finite(m[lossOutput])
	if err != nil {
		return m, err
	}
	lr := t.opts.AdamW.LR * t.opts.Schedule(t.step)
	scale := 1.0
	if t.opts.Clip > 0 && norm > t.opts.Clip {
		scale = t.opts.Clip / norm
	}
	t.step++
	t.update(t.opts.AdamW.at(t.step, lr, scale))
	m["grad_norm"], m["lr"], m["tokens"] = norm, lr, float64(b.Tokens())
	return m, nil
}

// finite is the norm of the gradients, or ErrNotFinite where that or the loss of them is no finite number.
func (t *Trainer) finite(loss float64) (float64, error) {
	norm := t.norm()
	for _, of := range []struct {
		name  string
		value float64
	}{{"the loss", loss}, {"the gradient's norm", norm}} {
		if math.IsNaN(of.value) || math.IsInf(of.value, 0) {
			return norm, fmt.Errorf("step %d: %s is %g: %w; the weights are those of step %d", t.step+1, of.name, of.value, ErrNotFinite, t.step)
		}
	}
	return norm, nil
}

func (t *Trainer) norm() float64 {
	var s float64
	for _, p := range t.params {
		s += sumSquares(p.grad.Float32())
	}
	return math.Sqrt(s)
}

func (t *Trainer) update(f factors) {
	for _, p := range t.params {
		value, grad := p.value.Float32(), p.grad.Float32()
		spread(len(value), func(from, to int) {
			f.apply(value[from:to], grad[from:to], p.m[from:to], p.v[from:to], p.matrix)
		})
	}
}

// Close frees sessions and gradients; the models stay.
func (t *Trainer) Close() error {
	var errs []error
	for _, p := range t.programs {
		errs = append(errs, p.close())
	}
	clear(t.programs)
	for _, p := range t.params {
		errs = append(errs, p.grad.Close())
	}
	for _, r := range t.rounded {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// Gradients computes the gradients of a batch without an update; see [Trainer.Gradient].
func (t *Trainer) Gradients(ctx context.Context, b Batch) (Metrics, error) {
	if err := b.Check(t.vocab, t.longest); err != nil {
		return nil, err
	}
	return t.gradients(ctx, b, t.plan(b))
}

// Gradient is the present gradient of a trained weight; nil if it is not trained here. It is
// overwritten by the next step.
func (t *Trainer) Gradient(s *weights.Set, name string) []float32 {
	for _, p := range t.params {
		if p.set == s && p.name == name {
			return p.grad.Float32()
		}
	}
	return nil
}
