package ort

import (
	"fmt"
	"maps"
	"slices"

	"workbench/models/graph"
)

// checkBuffers says what is wrong with the buffers for a session, if anything is.
func (s *Session) checkBuffers(buffers map[string]*Buffer) error {
	dynamic := map[string]int{}
	known := map[string]bool{}
	for _, in := range s.needs {
		known[in.Name()] = true
		if err := fits(in, buffers[in.Name()], dynamic); err != nil {
			return fmt.Errorf("input %w", err)
		}
	}
	for _, out := range s.graph.Outputs {
		known[out.Name] = true
		if err := fitsAs(out.Name, out.Tensor, buffers[out.Name], dynamic); err != nil {
			return fmt.Errorf("output %w", err)
		}
	}
	for name := range buffers {
		if !known[name] {
			return fmt.Errorf("the graph has nothing to bind that is called %q (weights of the session are not bound)", name)
		}
	}
	all := maps.Clone(buffers)
	maps.Copy(all, s.live)
	return s.alias.check(all)
}

func fits(t *graph.Tensor, b *Buffer, dynamic map[string]int) error {
	return fitsAs(t.Name(), t, b, dynamic)
}

// fitsAs says whether a buffer may stand for a tensor. Sizes of dynamic axes are collected by name.
func fitsAs(name string, t *graph.Tensor, b *Buffer, dynamic map[string]int) error {
	if b == nil {
		return fmt.Errorf("%q has no buffer, want %s %v", name, t.DType(), t.Shape())
	}
	bad := b.DType() != t.DType() || len(b.Shape()) != len(t.Shape())
	for i := 0; !bad && i < len(b.Shape()); i++ {
		bad = t.Shape()[i].Size != graph.Dynamic && t.Shape()[i].Size != b.Shape()[i]
	}
	if bad {
		return fmt.Errorf("%q: the buffer is %s %v, want %s %v", name, b.DType(), b.Shape(), t.DType(), t.Shape())
	}
	for i, axis := range t.Shape() {
		if axis.Size != graph.Dynamic || axis.Name == "" || dynamic == nil {
			continue
		}
		size, seen := dynamic[axis.Name]
		if seen && size != b.Shape()[i] {
			return fmt.Errorf("%q: axis %q is %d in a buffer of shape %v and %d elsewhere", name, axis.Name, b.Shape()[i], b.Shape(), size)
		}
		dynamic[axis.Name] = b.Shape()[i]
	}
	return nil
}

// overlap says whether two buffers share memory.
func overlap(a, b *Buffer) bool {
	from, to := uintptr(a.start), uintptr(a.start)+uintptr(a.Size())
	return uintptr(b.start) < to && from < uintptr(b.start)+uintptr(b.Size())
}

// same says whether two buffers are the same memory with the same shape.
func same(a, b *Buffer) bool {
	return a.start == b.start && a.dtype == b.dtype && slices.Equal(a.shape, b.shape)
}
