package script

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"workbench/engine/weights"
	"workbench/models/reward"
)

func loadModel(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var of starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &of); err != nil {
		return nil, err
	}
	switch of := of.(type) {
	case *Model:
		return of, nil
	case starlark.String:
		return r.newModel(string(of)), nil
	}
	return nil, fmt.Errorf("model: want a name or a model, got a %s", of.Type())
}

// draw is a fresh seed: of the run, the place of the loop, and how many were drawn before there. It
// remembers nothing that a resumed run would not know.
func (r *Run) draw() uint64 {
	r.seeds++
	at := uint64(0)
	if r.loop != nil {
		at = uint64(r.loop.position + 1)
	}
	return uint64(r.host.Seed)*0x9e3779b97f4a7c15 + at<<20 + r.seeds
}

// seedOr is a seed that the script gave, or a fresh one.
func (r *Run) seedOr(v starlark.Value) (uint64, error) {
	if v == nil || v == starlark.None {
		return r.draw(), nil
	}
	i, ok := v.(starlark.Int)
	n, small := i.Uint64()
	if !ok || !small {
		return 0, fmt.Errorf("the seed %s is not a whole number from 0", v)
	}
	return n, nil
}

// adapterArgs reads rank, alpha, on and seed.
func adapterArgs(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (rank int, make func(*weights.Model) (*weights.Model, error), err error) {
	alpha := 0.0
	rank = 16
	var on starlark.Iterable
	var seed starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "rank?", &rank, "alpha?", floatOf(&alpha), "on?", &on, "seed?", &seed); err != nil {
		return 0, nil, err
	}
	if alpha == 0 {
		alpha = 2 * float64(rank)
	}
	s, err := r.seedOr(seed)
	if err != nil {
		return 0, nil, err
	}
	var choose func(string) bool
	if on != nil {
		parts := texts(on)
		choose = func(weight string) bool {
			for _, p := range parts {
				if strings.Contains(weight, p) {
					return true
				}
			}
			return false
		}
	}
	return rank, func(w *weights.Model) (*weights.Model, error) { return w.WithAdapter(rank, alpha, choose, s) }, nil
}

func modelAdapter(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	rank, make, err := adapterArgs(r, b, args, kwargs)
	if err != nil {
		return nil, err
	}
	return valueOf(m.derive(fmt.Sprintf("adapter(rank=%d)", rank), func(w *weights.Model) (*weights.Model, error) {
		if w.Adapter != nil {
			return nil, advise("model.trainable(rank = …) goes on training the adapter that is there", "model %s already has an adapter", m.what)
		}
		return make(w)
	}))
}

// modelTrainable is model.trainable(…): a copy of the adapter that the model has, otherwise a new one.
func modelTrainable(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	rank, make, err := adapterArgs(r, b, args, kwargs)
	if err != nil {
		return nil, err
	}
	asked := len(args) > 0 || slices.ContainsFunc(kwargs, func(kv starlark.Tuple) bool { return kv[0] == starlark.String("rank") })
	again := reserved(r, "a copy", (*weights.Model).Copy)
	return valueOf(m.derive(fmt.Sprintf("trainable(rank=%d)", rank), func(w *weights.Model) (*weights.Model, error) {
		if w.Adapter == nil {
			return make(w)
		}
		if asked && w.Adapter.Rank != rank && r.mode == running {
			r.say(fmt.Sprintf("model %s has an adapter of rank %d, which is trained further; the rank %d that was asked for counts for nothing", m.what, w.Adapter.Rank, rank))
		}
		return again(w)
	}))
}

// valueOf keeps a nil *Model from becoming a value.
func valueOf(m *Model, err error) (starlark.Value, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

func modelWithHead(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	kind, outputs, zero := "scalar", 1, false
	var seed starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "kind?", &kind, "outputs?", &outputs, "zero?", &zero, "seed?", &seed); err != nil {
		return nil, err
	}
	if kind != "scalar" {
		return nil, advise(`write  model.with_head("scalar")`, "there is no head of kind %q", kind)
	}
	s, err := r.seedOr(seed)
	if err != nil {
		return nil, err
	}
	return valueOf(m.derive("with_head(outputs="+fmt.Sprint(outputs)+")", func(w *weights.Model) (*weights.Model, error) {
		return w.WithHead(outputs, zero, s)
	}))
}

// reserved declares the memory of everything trainable before it is copied.
func reserved(r *Run, what string, make func(*weights.Model) (*weights.Model, error)) func(*weights.Model) (*weights.Model, error) {
	return func(w *weights.Model) (*weights.Model, error) {
		if err := r.reserve(what+" of model "+w.Name, trainedBytes(w)); err != nil {
			return nil, err
		}
		return make(w)
	}
}

// trainedBytes is the memory of what a trainer changes.
func trainedBytes(w *weights.Model) int64 {
	var n int64
	for _, s := range w.Trained() {
		n += s.Bytes()
	}
	return n
}

func modelFrozen(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	return valueOf(b.Receiver().(*Model).derive("frozen()", reserved(r, "a frozen copy", (*weights.Model).Frozen)))
}

func modelCopy(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := starlark.UnpackArgs(b.Name(), args, kwargs); err != nil {
		return nil, err
	}
	return valueOf(b.Receiver().(*Model).derive("copy()", reserved(r, "a copy", (*weights.Model).Copy)))
}

// modelCenter moves the head's bias so that scores are a constant lower: rewards are only defined up
// to a constant, and a mean of 0 makes them comparable (Stiennon et al. 2020, §3.4).
func modelCenter(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	var mean starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "mean", &mean); err != nil {
		return nil, err
	}
	w, err := m.withHead()
	if err != nil {
		return nil, err
	}
	c, ok := toColumn(mean)
	if !ok || c.IsTable() || len(c.Values) != w.Head.Outputs {
		return nil, fmt.Errorf("center: want one mean for each of the %d outputs, got %s", w.Head.Outputs, mean)
	}
	bias := w.Head.Set.Get(reward.Bias).Float32()
	for i, v := range c.Values {
		bias[i] -= float32(v)
	}
	return starlark.None, nil
}

func (m *Model) withHead() (*weights.Model, error) {
	w, err := m.open()
	if err != nil {
		return nil, err
	}
	if w.Head == nil && m.run.mode == checking {
		// A stand-in for a name may be that of a reward model, and so may what was made of it.
		if w, err = w.WithHead(1, false, 0); err != nil {
			return nil, err
		}
		m.run.own(w)
		m.m = w
	}
	if w.Head == nil {
		return nil, advise(`give it one with model.with_head("scalar"), or load a reward model`, "model %s has no head", m.what)
	}
	return w, nil
}
