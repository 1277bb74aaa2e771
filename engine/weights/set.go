package weights

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"workbench/engine/ort"
	"workbench/models/graph"
)

// Set is a group of named float32 weights, in memory that sessions use where it lies. Names and
// shapes are those of the checkpoint. Whoever made a set closes it.
type Set struct {
	names   []string // in the order in which they were declared
	buffers map[string]*ort.Buffer
}

// NewSet makes zeroed weights.
func NewSet(specs []graph.Spec) (*Set, error) {
	s := &Set{buffers: make(map[string]*ort.Buffer, len(specs))}
	for _, spec := range specs {
		b, err := ort.NewBuffer(graph.Float32, spec.Shape...)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("weight %s: %w", spec.Name, err), s.Close())
		}
		s.names = append(s.names, spec.Name)
		s.buffers[spec.Name] = b
	}
	return s, nil
}

// Names lists the weights in a fixed order.
func (s *Set) Names() []string { return s.names }

// Get is the buffer of a weight, or nil.
func (s *Set) Get(name string) *ort.Buffer { return s.buffers[name] }

// Bytes is the memory that the set takes.
func (s *Set) Bytes() int64 {
	var n int64
	for _, b := range s.buffers {
		n += b.Size()
	}
	return n
}

// Specs are the names and shapes, in order.
func (s *Set) Specs() []graph.Spec {
	specs := make([]graph.Spec, len(s.names))
	for i, name := range s.names {
		specs[i] = graph.Spec{Name: name, Shape: s.buffers[name].Shape()}
	}
	return specs
}

// Clone copies the weights into memory of their own.
func (s *Set) Clone() (*Set, error) {
	c, err := NewSet(s.Specs())
	if err != nil {
		return nil, err
	}
	c.CopyFrom(s)
	return c, nil
}

// CopyFrom overwrites the weights with those of another set of the same specs.
func (s *Set) CopyFrom(other *Set) {
	for name, b := range s.buffers {
		copy(b.Float32(), other.buffers[name].Float32())
	}
}

// Digest is the SHA-256 of names, shapes and values: the identity of what was used.
func (s *Set) Digest() string {
	h := sha256.New()
	names := slices.Sorted(slices.Values(s.names))
	for _, name := range names {
		b := s.buffers[name]
		fmt.Fprintf(h, "%s %v\n", name, b.Shape())
		h.Write(b.Bytes())
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Close frees the memory once no session uses it any more.
func (s *Set) Close() error {
	if s == nil {
		return nil
	}
	var errs []error
	for _, b := range s.buffers {
		errs = append(errs, b.Close())
	}
	return errors.Join(errs...)
}
