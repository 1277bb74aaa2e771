package generate

import (
	"fmt"
	"strings"

	"workbench/engine/ort"
	"workbench/engine/weights"
	"workbench/models/graph"
)

// frozen is the copy of a model's weights that a session is given, if it is given one.
type frozen struct {
	model  *weights.Model
	prefix string // of the base's parameters in the graph
	block  int
	merge  bool
}

// layOut says how the architecture finds the model's weights in the graph.
func layOut(b *weights.Binder, m *weights.Model, o Options) (*graph.Weights, *frozen, error) {
	w := b.Weights(m, false)
	f := &frozen{model: m, prefix: w.Prefix, merge: !o.Shared && m.Adapter != nil}
	if f.merge {
		w.Adapter = nil
	}
	bits := o.Precision.bits()
	if bits == 0 {
		return w, f, nil
	}
	var inputs []int
	for _, s := range m.Arch.Params() {
		if len(s.Shape) == 2 {
			inputs = append(inputs, s.Shape[1])
		}
	}
	var err error
	f.block, err = blockFor(bits, inputs)
	w.Bits, w.Block = bits, f.block
	return w, f, err
}

// make puts the copies that the graph asks for among the buffers, and returns what it made.
func (f *frozen) make(g *graph.Graph, buffers map[string]*ort.Buffer) (made []*ort.Buffer, err error) {
	for _, p := range g.Live().Params {
		name := strings.TrimPrefix(p.Name(), f.prefix)
		weight, packed := strings.CutSuffix(name, graph.QuantPacked)
		switch {
		case packed:
			q, err := f.quantize(weight, p.Shape()[2].Size*8/f.block)
			if err != nil {
				return made, fmt.Errorf("quantise %s: %w", weight, err)
			}
			for suffix, b := range q {
				made = append(made, b)
				buffers[f.prefix+weight+suffix] = b
			}
		case f.merge && f.adapted(name):
			b, err := ort.NewBuffer(graph.Float32, p.Shape().Sizes()...)
			if err != nil {
				return made, fmt.Errorf("merge the adapter into %s: %w", name, err)
			}
			made = append(made, b)
			copy(b.Float32(), f.merged(name))
			buffers[p.Name()] = b
		}
	}
	return made, nil
}

// quantize makes the blocks of a weight, or of several joined ones.
func (f *frozen) quantize(joined string, bits int) (quantized, error) {
	var parts []matrix
	for _, name := range graph.Parts(joined) {
		b := f.model.Base.Get(name)
		if b == nil {
			return nil, fmt.Errorf("the model has no weight %s", name)
		}
		parts = append(parts, matrix{b.Shape()[0], b.Shape()[1], f.merged(name)})
	}
	return quantize(parts, bits, f.block)
}

func (f *frozen) adapted(name string) bool {
	return f.model.Adapter != nil && f.model.Adapter.Set.Get(graph.LoraA(name)) != nil
}

// merged is the weight with the adapter's update added: w + alpha/rank · b·a.
func (f *frozen) merged(name string) []float32 {
	base := f.model.Base.Get(name)
	if !f.merge || !f.adapted(name) {
		return base.Float32()
	}
	out, in, rank := base.Shape()[0], base.Shape()[1], f.model.Adapter.Rank
	a, b := f.model.Adapter.Set.Get(graph.LoraA(name)).Float32(), f.model.Adapter.Set.Get(graph.LoraB(name)).Float32()
	scale := float32(f.model.Adapter.Alpha / float64(rank))
	w := make([]float32, out*in)
	copy(w, base.Float32())
	inParallel(out, func(i int) {
		row := w[i*in : (i+1)*in]
		for r := range rank {
			c := scale * b[i*rank+r]
			for k, v := range a[r*in : (r+1)*in] {
				row[k] += c * v
			}
		}
	})
	return w
}
