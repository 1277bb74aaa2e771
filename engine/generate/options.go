package generate

import (
	"context"
	"errors"
	"fmt"

	"workbench/engine/ort"
	"workbench/engine/weights"
)

// Device is the owner of the hardware: it runs one piece of work at a time. Each step of decoding
// and each batch of prompts is one piece.
type Device interface {
	Do(ctx context.Context, work func(ctx context.Context) error) error
}

// alone is the device of a sampler that has the hardware for itself.
type alone struct{}

func (alone) Do(ctx context.Context, work func(ctx context.Context) error) error { return work(ctx) }

// Precision is how weights are held while decoding.
type Precision int

// The precisions. The quantised ones round each block of weights to whole multiples of a scale of
// its own; embeddings, norms and the caches stay float32.
const (
	Float32 Precision = iota // exact
	Int8                     // a byte a weight
	Int4                     // half a byte a weight
)

var precisionNames = []string{"f32", "int8", "int4"}

// String is the precision's name in model names and options: f32, int8, int4.
func (p Precision) String() string {
	if p < 0 || int(p) >= len(precisionNames) {
		return fmt.Sprintf("precision(%d)", int(p))
	}
	return precisionNames[p]
}

// ParsePrecision reads the name of a precision.
func ParsePrecision(name string) (Precision, error) {
	for p, n := range precisionNames {
		if n == name {
			return Precision(p), nil
		}
	}
	return 0, fmt.Errorf("precision %q: known are f32, int8 and int4", name)
}

// bits is the number of bits of a quantised weight, 0 for float32.
func (p Precision) bits() int { return map[Precision]int{Int8: 8, Int4: 4}[p] }

// Options say how a sampler is laid out. The zero value is good for a few requests at a time.
type Options struct {
	Slots     int       // requests that run at the same time; 0: 8
	Positions int       // tokens of prompt and response that a slot has room for; 0: what the model allows, at most 2048
	Precision Precision // of the weights

	// Shared reads the model's own buffers at each step, so that what a trainer changes is seen at
	// once, adapters too. Otherwise the weights are frozen as they are now, adapters merged, and laid
	// out for the kernels: faster, at the price of a copy. Only float32 can be shared.
	Shared bool

	Prefill int        // tokens of prompts that are read together; 0: 512
	Threads int        // 0: one for each CPU
	Spin    bool       // idle threads wait busily
	Device  Device     // nil: the sampler has the hardware for itself
	Runtime ort.Device // where it runs; the zero value is the CPU
}

const (
	defaultSlots     = 8
	defaultPositions = 2048
	defaultPrefill   = 512
)

// complete fills in what was left open and checks the rest.
func (o Options) complete(m *weights.Model) (Options, error) {
	longest := m.Arch.Sizes().Positions
	if o.Slots == 0 {
		o.Slots = defaultSlots
	}
	if o.Positions == 0 {
		o.Positions = min(longest, defaultPositions)
	}
	if o.Prefill == 0 {
		o.Prefill = defaultPrefill
	}
	if o.Device == nil {
		o.Device = alone{}
	}
	switch {
	case o.Slots < 1 || o.Slots > 4096:
		return o, fmt.Errorf("sampler of %d slots: want 1 to 4096", o.Slots)
	case o.Positions < 2 || o.Positions > longest:
		return o, fmt.Errorf("sampler for %d tokens a request: model %s allows 2 to %d", o.Positions, m.Name, longest)
	case o.Prefill < 1:
		return o, fmt.Errorf("sampler that reads %d prompt tokens at a time: want at least 1", o.Prefill)
	case o.Precision < 0 || int(o.Precision) >= len(precisionNames):
		return o, errors.New("sampler of an unknown precision: want Float32, Int8 or Int4")
	case o.Shared && o.Precision != Float32:
		return o, fmt.Errorf("sampler that shares its weights in %s: quantised weights are copies; take Float32 or leave Shared out", o.Precision)
	}
	return o, nil
}

// rows is how many rows the caches have: at least two, for a lone request may need company.
func (o Options) rows() int { return max(o.Slots, 2) }

// Bytes is the memory that [New] will take for a model with these options, beyond the model itself:
// caches, probabilities and frozen weights. While frozen weights are laid out, another copy of them
// exists for a moment.
func Bytes(m *weights.Model, o Options) (int64, error) {
	o, err := o.complete(m)
	if err != nil {
		return 0, err
	}
	size := m.Arch.Sizes()
	cache := 2 * 4 * int64(size.Layers) * int64(size.KeyHeads) * int64(size.HeadDim) * int64(o.Positions) * int64(o.rows())
	// Logits and probabilities, and what one batch of prompts needs between the layers.
	between := 4 * (2*int64(o.rows())*int64(size.Vocab) + 16*int64(size.Hidden)*int64(max(o.Prefill, o.Positions)))
	return cache + between + frozenBytes(m, o), nil
}

// frozenBytes is the size of the copies of weights.
func frozenBytes(m *weights.Model, o Options) int64 {
	if o.Shared {
		return 0
	}
	var n int64
	for _, s := range m.Arch.Params() {
		if len(s.Shape) < 2 {
			continue
		}
		elements := int64(s.Shape[0]) * int64(s.Shape[1])
		switch bits := int64(o.Precision.bits()); bits {
		case 0:
			n += 4 * elements
		default:
			n += 2 * (elements*bits/8 + 4*elements/minBlock) // as quantised and as laid out
		}
	}
	if m.Adapter != nil && o.Precision == Float32 {
		n += m.Base.Bytes() // the merged weights
	}
	return n
}
