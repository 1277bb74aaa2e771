package script

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"go.starlark.net/starlark"

	"workbench/engine/train"
	"workbench/engine/weights"
	"workbench/models/graph"
)

// stepper is what a trainer drives; *train.Trainer is the one of real runs.
type stepper interface {
	Step(ctx context.Context, b train.Batch) (train.Metrics, error)
	Trace(b train.Batch) error
	CheckAccumulation(ctx context.Context, b train.Batch) (train.Finding, error)
	Save(path string) error
	Load(path string) error
	Close() error
}

// Trainer fits models to a loss that is written in the script.
type Trainer struct {
	run    *Run
	loss   starlark.Callable
	engine stepper
	models []*Model
	names  []string        // of the loss's metrics
	hidden []string        // columns of the batch that hold no numbers
	batch  train.Batch     // being traced
	used   map[string]bool // columns that the loss looks at; nil until it was traced
	failed error           // of the script, while it was traced

	verified bool // the invariants were measured, or are not to be
}

// String names the loss.
func (t *Trainer) String() string { return fmt.Sprintf("trainer(%s)", t.loss.Name()) }

// Type is trainer.
func (t *Trainer) Type() string { return "trainer" }

// Freeze does nothing.
func (t *Trainer) Freeze() {}

// Truth is always true.
func (t *Trainer) Truth() starlark.Bool { return true }

// Hash is refused.
func (t *Trainer) Hash() (uint32, error) { return 0, errors.New("a trainer cannot be a key") }

// Name is trainer, as errors call it.
func (t *Trainer) Name() string { return "trainer" }

// Attr is the method step.
func (t *Trainer) Attr(name string) (starlark.Value, error) {
	return t.run.method(t, name, trainerMethods), nil
}

// AttrNames lists step.
func (t *Trainer) AttrNames() []string { return sortedKeys(trainerMethods) }

var trainerMethods = map[string]primitive{"step": trainerStep}

// CallInternal makes trainer(batch) the same as trainer.step(batch).
func (t *Trainer) CallInternal(_ *starlark.Thread, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return t.step("trainer", args, kwargs)
}

// optimizer is adamw(…) as a value.
type optimizer struct {
	starlark.Value
	adamw train.AdamW
}

func makeAdamW(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	a := train.AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "lr", floatOf(&a.LR), "beta1?", floatOf(&a.Beta1), "beta2?", floatOf(&a.Beta2), "eps?", floatOf(&a.Eps), "decay?", floatOf(&a.Decay)); err != nil {
		return nil, err
	}
	if !(a.LR > 0) || !(a.Beta1 >= 0 && a.Beta1 < 1) || !(a.Beta2 >= 0 && a.Beta2 < 1) || !(a.Eps > 0) || !(a.Decay >= 0) {
		return nil, advise("usual values: lr 1e-5 to 1e-3, beta1 0.9, beta2 0.999, eps 1e-8, decay 0 to 0.1", "adamw: a setting is out of its range: lr %g, beta1 %g, beta2 %g, eps %g, decay %g", a.LR, a.Beta1, a.Beta2, a.Eps, a.Decay)
	}
	return optimizer{starlark.String(fmt.Sprintf("adamw(%g)", a.LR)), a}, nil
}

// schedule is linear(…), cosine(…) or constant(…) as a value.
type schedule struct {
	starlark.Value
	factor train.Schedule
}

func scheduleArgs(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple, floor *float64) (steps, warmup int, err error) {
	var share float64
	spec := []any{"steps", &steps, "warmup?", floatOf(&share)}
	if floor != nil {
		spec = append(spec, "floor?", floatOf(floor))
	}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, spec...); err != nil {
		return 0, 0, err
	}
	if steps < 1 || share < 0 {
		return 0, 0, fmt.Errorf("%s: %d steps with a warm-up of %g; want at least 1 step", b.Name(), steps, share)
	}
	if share < 1 { // a share of the steps
		share *= float64(steps)
	}
	return steps, int(math.Round(share)), nil
}

func makeLinear(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	steps, warmup, err := scheduleArgs(b, args, kwargs, nil)
	if err != nil {
		return nil, err
	}
	return schedule{starlark.String(fmt.Sprintf("linear(%d)", steps)), train.Linear(steps, warmup)}, nil
}

func makeCosine(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	floor := 0.0
	steps, warmup, err := scheduleArgs(b, args, kwargs, &floor)
	if err != nil {
		return nil, err
	}
	return schedule{starlark.String(fmt.Sprintf("cosine(%d)", steps)), train.Cosine(steps, warmup, floor)}, nil
}

func makeConstant(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	return schedule{starlark.String("constant()"), train.Constant()}, nil
}

func makeTrainer(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	t := &Trainer{run: r}
	var of starlark.Iterable
	var opt, sched starlark.Value
	verify, backward := true, "f32"
	o := train.Options{Device: r.host.Device, Session: r.host.Session, Loss: t.trace}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "loss", &t.loss, "of", &of, "optimizer", &opt, "schedule?", &sched, "clip?", floatOf(&o.Clip), "micro_tokens?", &o.MicroTokens, "backward?", &backward, "verify?", &verify); err != nil {
		return nil, err
	}
	adam, ok := opt.(optimizer)
	if !ok {
		return nil, advise("write  optimizer = adamw(1e-4)", "trainer: optimizer is a %s", opt.Type())
	}
	o.AdamW = adam.adamw
	if sched != nil && sched != starlark.None {
		s, ok := sched.(schedule)
		if !ok {
			return nil, advise("write  schedule = cosine(steps)", "trainer: schedule is a %s", sched.Type())
		}
		o.Schedule = s.factor
	}
	if most := r.host.MicroTokens; most > 0 && (o.MicroTokens <= 0 || o.MicroTokens > most) {
		o.MicroTokens = most
	}
	t.verified = !verify
	if backward != "f32" && backward != "int8" {
		return nil, fmt.Errorf("trainer: backward is %q; want f32 (exact) or int8 (faster through frozen weights)", backward)
	}
	o.Int8Backward = backward == "int8"
	var err error
	if o.Models, err = t.opened(of); err != nil {
		return nil, err
	}
	var state int64
	for _, w := range o.Models {
		state += 3 * trainedBytes(w) // gradients and two moments
		if o.Int8Backward {
			state += weights.RoundedBytes(w)
		}
	}
	if err := r.reserve("a trainer's state", state); err != nil {
		return nil, err
	}
	if t.engine, err = train.New(o); err != nil {
		return nil, err
	}
	r.own(t.engine)
	return t, r.keep(t)
}

func (t *Trainer) opened(of starlark.Iterable) ([]*weights.Model, error) {
	var all []*weights.Model
	for v := range starlark.Elements(of) {
		m, ok := v.(*Model)
		if !ok {
			return nil, fmt.Errorf("trainer: of holds a %s, not a model", v.Type())
		}
		w, err := m.open()
		if err != nil {
			return nil, err
		}
		all = append(all, w)
		t.models = append(t.models, m)
	}
	return all, nil
}

func trainerStep(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return b.Receiver().(*Trainer).step(b.Name(), args, kwargs)
}

func (t *Trainer) step(name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var batch *Batch
	if err := starlark.UnpackArgs(name, args, kwargs, "batch", &batch); err != nil {
		return nil, err
	}
	if t.run.tracing != nil {
		return nil, errors.New("a trainer steps inside a loss")
	}
	columns, hidden := batch.trainable()
	if t.used == nil {
		if err := t.learnColumns(columns, hidden); err != nil {
			return nil, err
		}
	}
	for c := range columns.Columns {
		if !t.used[c] {
			delete(columns.Columns, c)
		}
	}
	if err := t.verify(columns); err != nil {
		return nil, err
	}
	metrics, err := t.update(columns)
	if err != nil {
		return nil, err
	}
	out := starlark.NewDict(len(metrics))
	for _, k := range sortedKeys(metrics) {
		if err := out.SetKey(starlark.String(k), starlark.Float(metrics[k])); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// learnColumns traces the loss once with every column of a batch, so that those which it does not
// look at cost nothing.
func (t *Trainer) learnColumns(b train.Batch, hidden []string) error {
	t.run.tracing = &tracing{run: t.run, used: map[string]bool{}}
	t.batch, t.hidden = b, hidden
	defer func() { t.run.tracing = nil }()
	if err := t.engine.Trace(b); err != nil {
		return t.blame(err)
	}
	t.used = t.run.tracing.used
	if len(t.used) == 0 {
		return advise("use the batch that the loss is given, such as  model.logp(b.tokens)", "the loss %s looks at no column of its batch", t.loss.Name())
	}
	return nil
}

// update makes a step, or pretends to when the script is only checked.
func (t *Trainer) update(b train.Batch) (train.Metrics, error) {
	if t.run.mode == checking {
		out := train.Metrics{"loss": 0, "grad_norm": 0, "lr": 0, "tokens": float64(b.Tokens())}
		for _, name := range t.names {
			out[name] = 0
		}
		return out, nil
	}
	t.batch = b
	began := t.run.host.now()
	metrics, err := t.engine.Step(t.run.ctx, b)
	t.run.work.Trained.Add(b.Tokens(), t.run.host.now().Sub(began))
	if errors.Is(err, train.ErrNotFinite) {
		return nil, t.run.broken(err)
	}
	return metrics, t.blame(err)
}

// blame prefers the script's own mistake to what the engine made of it.
func (t *Trainer) blame(err error) error {
	if err != nil && t.failed != nil {
		return t.failed
	}
	return err
}

// trace is the engine's call for the loss: it calls the script's function with a traced batch.
func (t *Trainer) trace(tr *train.Trace) (*graph.Tensor, map[string]*graph.Tensor) {
	r := t.run
	before := r.tracing
	in := &tracing{run: r, trace: tr, used: map[string]bool{}}
	if before != nil {
		in.used = before.used
	}
	r.tracing = in
	defer func() { r.tracing = before }()
	t.failed = nil
	loss, metrics, err := t.call(in)
	if err != nil {
		t.failed = err
		panic(&graph.Error{Op: "loss", Problem: err.Error()})
	}
	return loss, metrics
}

func (t *Trainer) call(in *tracing) (*graph.Tensor, map[string]*graph.Tensor, error) {
	batch := &tracedBatch{in: in, columns: t.batch.Columns, hidden: t.hidden}
	out, err := starlark.Call(t.run.thread, t.loss, starlark.Tuple{batch}, nil)
	if err != nil {
		return nil, nil, err
	}
	metrics := map[string]*graph.Tensor{}
	if pair, ok := out.(starlark.Tuple); ok && len(pair) == 2 {
		out = pair[0]
		if metrics, err = t.metrics(in, pair[1]); err != nil {
			return nil, nil, err
		}
	}
	loss, err := t.scalar(in, "the loss", out)
	return loss, metrics, err
}

func (t *Trainer) metrics(in *tracing, v starlark.Value) (map[string]*graph.Tensor, error) {
	dict, ok := v.(starlark.IterableMapping)
	if !ok {
		return nil, advise(`return  loss, {"accuracy": mean(…)}`, "the loss %s returned a %s beside the loss, not a dictionary of metrics", t.loss.Name(), v.Type())
	}
	metrics := map[string]*graph.Tensor{}
	for _, kv := range dict.Items() {
		name, _ := starlark.AsString(kv[0])
		if slices.Contains([]string{"", "loss", "grad_norm", "lr", "tokens"}, name) {
			return nil, fmt.Errorf("the loss %s returned a metric called %s; that name is taken", t.loss.Name(), kv[0])
		}
		s, err := t.scalar(in, "metric "+name, kv[1])
		if err != nil {
			return nil, err
		}
		metrics[name] = s
	}
	t.names = sortedKeys(metrics)
	return metrics, nil
}

// scalar is a tensor without axes.
func (t *Trainer) scalar(in *tracing, what string, v starlark.Value) (*graph.Tensor, error) {
	x, err := in.operand(what, v)
	if err != nil {
		return nil, err
	}
	if len(x.Shape()) != 0 {
		return nil, advise("take its mean, masked_mean or sum", "%s of %s has shape %v, not that of one number", what, t.loss.Name(), x.Shape())
	}
	return float32s(x), nil
}

func (t *Trainer) kind() string              { return "trainer" }
func (t *Trainer) save(path string) error    { return t.engine.Save(path + ".safetensors") }
func (t *Trainer) restore(path string) error { return t.engine.Load(path + ".safetensors") }
