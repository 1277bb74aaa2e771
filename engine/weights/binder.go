package weights

import (
	"fmt"
	"slices"

	"workbench/engine/ort"
	"workbench/models/graph"
)

// Binder remembers, while a graph is built, which buffer stands behind which parameter. Each set
// of weights has one prefix in a graph, so a base that several models share appears once.
type Binder struct {
	Graph *graph.Graph

	// Rounded are the copies of frozen bases through which gradients pass; none means through the bases.
	Rounded map[*Set]*Rounded

	prefix map[*Set]string
	sets   []*Set // in order of first use
}

// NewBinder starts with an empty graph.
func NewBinder(g *graph.Graph) *Binder {
	return &Binder{Graph: g, prefix: map[*Set]string{}}
}

func (b *Binder) of(s *Set) string {
	p, ok := b.prefix[s]
	if !ok {
		p = fmt.Sprintf("w%d/", len(b.sets))
		b.prefix[s] = p
		b.sets = append(b.sets, s)
	}
	return p
}

// Weights hands the model's base and adapter to its architecture. Those of its parts that are
// trained are differentiable if train holds.
func (b *Binder) Weights(m *Model, train bool) *graph.Weights {
	w := &graph.Weights{Graph: b.Graph, Prefix: b.of(m.Base), Trainable: train && m.trained.base, Rounded: b.Rounded[m.Base] != nil}
	if a := m.Adapter; a != nil {
		w.Adapter = &graph.Adapter{
			Prefix: b.of(a.Set), Rank: a.Rank, Alpha: a.Alpha, Trainable: train && m.trained.adapter,
			On: func(name string) bool { return slices.Contains(a.On, name) },
		}
	}
	return w
}

// Head hands over the parameters of the model's head.
func (b *Binder) Head(m *Model, train bool) *graph.Weights {
	return &graph.Weights{Graph: b.Graph, Prefix: b.of(m.Head.Set), Trainable: train && m.trained.head}
}

// Buffers are the memory behind the graph's parameters, by parameter name.
func (b *Binder) Buffers() map[string]*ort.Buffer {
	buffers := map[string]*ort.Buffer{}
	for _, s := range b.sets {
		for name, buf := range s.buffers {
			buffers[b.prefix[s]+name] = buf
		}
		if r := b.Rounded[s]; r != nil {
			for name, buf := range r.buffers {
				buffers[b.prefix[s]+name] = buf
			}
		}
	}
	return buffers
}

// Param finds the graph's parameter for a weight of a set; nil if the graph does not use it.
func (b *Binder) Param(s *Set, name string) *graph.Tensor {
	p, ok := b.prefix[s]
	if !ok {
		return nil
	}
	for _, t := range b.Graph.Params {
		if t.Name() == p+name {
			return t
		}
	}
	return nil
}
