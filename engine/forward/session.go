package forward

import (
	"context"
	"errors"
	"maps"

	"workbench/engine/ort"
	"workbench/models/graph"
)

// Session is a compiled graph with memory for all that goes in and comes out.
type Session struct {
	Feed *Feed // what is written before each run

	outputs map[string]*ort.Buffer // made for this session
	session *ort.Session
	binding *ort.Binding
}

// Compile makes a session out of a graph. Inputs, params and outputs that are named in bound use the
// memory given there, which stays the caller's; the rest is made here and closed with the session.
func Compile(g *graph.Graph, bound map[string]*ort.Buffer, opts ort.Options) (s *Session, err error) {
	s = &Session{outputs: map[string]*ort.Buffer{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.session, err = ort.NewSession(g, opts); err != nil {
		return s, err
	}
	all := map[string]*ort.Buffer{}
	var inputs []*graph.Tensor
	for _, t := range s.session.Needs() {
		if b, ok := bound[t.Name()]; ok {
			all[t.Name()] = b
		} else {
			inputs = append(inputs, t)
		}
	}
	if s.Feed, err = NewFeed(inputs); err != nil {
		return s, err
	}
	maps.Copy(all, s.Feed.Buffers)
	for _, o := range g.Outputs {
		if all[o.Name] = bound[o.Name]; all[o.Name] != nil {
			continue
		}
		b, err := ort.NewBuffer(o.Tensor.DType(), o.Tensor.Shape().Sizes()...)
		if err != nil {
			return s, err
		}
		s.outputs[o.Name], all[o.Name] = b, b
	}
	s.binding, err = s.session.Bind(all)
	return s, err
}

// Run runs the session once on the device.
func (s *Session) Run(ctx context.Context, device Device) error {
	return device.Do(ctx, s.binding.Run)
}

// Output is the memory of a result that the session made room for; it is overwritten by the next run.
func (s *Session) Output(name string) []float32 { return s.outputs[name].Float32() }

// Close frees the session and what was made for it. A session that never came to be is nil.
func (s *Session) Close() error {
	if s == nil {
		return nil
	}
	var errs []error
	if s.binding != nil {
		errs = append(errs, s.binding.Close())
	}
	if s.session != nil {
		errs = append(errs, s.session.Close())
	}
	if s.Feed != nil {
		errs = append(errs, s.Feed.Close())
	}
	for _, b := range s.outputs {
		errs = append(errs, b.Close())
	}
	return errors.Join(errs...)
}
