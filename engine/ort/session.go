package ort

// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	onnx "github.com/yalue/onnxruntime_go"

	"workbench/models/graph"
)

// Session is a graph made ready to run. Its methods may be called from several goroutines; whoever
// owns the device decides who runs when.
type Session struct {
	graph *graph.Graph
	needs []*graph.Tensor // what has to be bound: inputs, and params that are not the session's own
	alias aliasing
	live  map[string]*Buffer // own weights that every binding reads where they lie
	bytes int64              // of all own weights
	lean  bool

	mu       sync.Mutex
	session  *onnx.DynamicAdvancedSession // nil once freed
	values   []*value                     // of the own weights that are frozen
	bindings int                          // open ones; the session lives until they are closed
	closed   bool
}

// NewSession encodes a graph and makes a session of it. Params named in opts.Weights become the
// session's own, all other live ones are bound at each [Session.Bind]. Weights that the graph does
// not use are passed over. The graph must not change as long as the session is used.
//
// Weights are never written to a file nor into the model. Without opts.Prepack they are inputs that
// the session binds by itself, which costs no memory. With it they are initializers that the runtime
// takes from their buffers: a copy of all of them while the session is made (WeightBytes), of which
// the packed matrices, about as large as the matrices are, stay.
func NewSession(model *graph.Graph, opts Options) (*Session, error) {
	if err := loaded(); err != nil {
		return nil, err
	}
	if between, ok := model.Between(); ok && opts.Admit != nil {
		if err := opts.Admit(between); err != nil {
			return nil, fmt.Errorf("new session: %w", err)
		}
	}
	s := &Session{graph: model, alias: newAliasing(model), live: map[string]*Buffer{}, lean: opts.Lean}
	s.needs = append(s.needs, model.Inputs...)
	extents := map[string]graph.Extent{}
	for _, p := range model.Live().Params {
		b, own := opts.Weights[p.Name()]
		if !own {
			s.needs = append(s.needs, p)
			continue
		}
		if err := fits(p, b, nil); err != nil {
			return nil, fmt.Errorf("new session: weight %w", err)
		}
		if opts.Prepack {
			extents[p.Name()] = graph.Extent{Offset: s.bytes, Length: b.Size()}
		} else {
			s.live[p.Name()] = b
		}
		s.bytes += b.Size()
	}
	bytes, err := model.Encode(graph.EncodeOptions{Initializers: extents})
	if err != nil {
		return nil, fmt.Errorf("new session: %w", err)
	}
	if err := s.create(bytes, opts, extents); err != nil {
		return nil, errors.Join(fmt.Errorf("new session: %w", err), s.free())
	}
	return s, nil
}

func (s *Session) create(model []byte, opts Options, frozen map[string]graph.Extent) error {
	so, err := opts.apply()
	if err != nil {
		return err
	}
	err = s.addWeights(so, opts.Weights, frozen)
	if err == nil {
		s.session, err = onnx.NewDynamicAdvancedSessionWithONNXData(model, nil, nil, so)
	}
	return errors.Join(err, so.Destroy())
}

// addWeights takes hold of the session's own weights; frozen ones become initializers.
func (s *Session) addWeights(so *onnx.SessionOptions, weights map[string]*Buffer, frozen map[string]graph.Extent) error {
	for name, b := range s.live {
		view, err := b.View(b.Shape()...) // whoever closes b does not close it under us
		if err != nil {
			return fmt.Errorf("weight %q: %w", name, err)
		}
		s.live[name] = view
	}
	for name := range frozen {
		v, err := newValue(weights[name])
		if err != nil {
			return fmt.Errorf("weight %q: %w", name, err)
		}
		s.values = append(s.values, v)
		if err := addWeight(so, name, v); err != nil {
			return fmt.Errorf("weight %q: %w", name, err)
		}
	}
	return nil
}

// raw is the runtime's session object.
func (s *Session) raw() unsafe.Pointer {
	return first(first(unsafe.Pointer(s.session)))
}

// Needs lists what has to be bound before a run, besides the outputs: the inputs of the graph, and
// the params that the session does not own.
func (s *Session) Needs() []*graph.Tensor { return slices.Clone(s.needs) }

// WeightBytes is the size of the weights that the session owns.
func (s *Session) WeightBytes() int64 { return s.bytes }

// EndProfile ends profiling, which Options.Profile began, and returns the name of the file.
func (s *Session) EndProfile() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return "", errSessionClosed
	}
	var allocator unsafe.Pointer
	if err := check(C.wb_default_allocator(runtime.api, C.int(entry.GetAllocatorWithDefaultOptions), &allocator)); err != nil {
		return "", fmt.Errorf("end profile: %w", err)
	}
	var name *C.char
	if err := check(C.wb_end_profiling(runtime.api, C.int(entry.SessionEndProfiling), s.raw(), allocator, &name)); err != nil {
		return "", fmt.Errorf("end profile: %w", err)
	}
	file := C.GoString(name)
	return file, check(C.wb_free(runtime.api, C.int(entry.AllocatorFree), allocator, unsafe.Pointer(name)))
}

var errSessionClosed = errors.New("the session is closed")

// Close frees the session, once the last of its bindings is closed too.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.bindings == 0 {
		return s.free()
	}
	return nil
}

func (s *Session) free() error {
	var err error
	if s.session != nil {
		err = s.session.Destroy()
		s.session = nil
	}
	for _, v := range s.values {
		v.close()
	}
	for _, b := range s.live {
		err = errors.Join(err, b.Close())
	}
	s.values, s.live = nil, nil
	return err
}

// hold keeps the session for a binding; the binding gives it back by drop.
func (s *Session) hold() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errSessionClosed
	}
	s.bindings++
	return nil
}

func (s *Session) drop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bindings--
	if s.closed && s.bindings == 0 {
		return s.free()
	}
	return nil
}
