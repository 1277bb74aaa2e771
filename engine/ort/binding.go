package ort

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	onnx "github.com/yalue/onnxruntime_go"
)

// Binding is a session with memory for everything that goes in and comes out, ready to run again and
// again: nothing is allocated or copied per run but what the runtime needs in between.
type Binding struct {
	session *Session

	mu      sync.Mutex
	binding *onnx.IoBinding // nil once closed
	options *onnx.RunOptions
	values  []*value
}

// Bind gives a session its memory: a buffer for each of [Session.Needs] and for each output, by name.
// Types and shapes must agree; along a dynamic axis the buffers decide, and axes of one name are of
// one size. The same buffer may be bound in several places and sessions, also to an input and an
// output at once, as the package comment says. The binding keeps the memory alive until it is closed.
func (s *Session) Bind(buffers map[string]*Buffer) (*Binding, error) {
	if err := s.hold(); err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	if err := s.checkBuffers(buffers); err != nil {
		return nil, errors.Join(fmt.Errorf("bind: %w", err), s.drop())
	}
	b := &Binding{session: s}
	if err := b.bind(buffers); err != nil {
		return nil, errors.Join(fmt.Errorf("bind: %w", err), b.Close())
	}
	return b, nil
}

func (b *Binding) bind(buffers map[string]*Buffer) error {
	var err error
	if b.options, err = onnx.NewRunOptions(); err != nil {
		return err
	}
	if b.session.lean {
		if err := b.configure("memory.enable_memory_arena_shrinkage", "cpu:0"); err != nil {
			return err
		}
	}
	if b.binding, err = b.session.session.CreateIoBinding(); err != nil {
		return err
	}
	for name, weight := range b.session.live {
		if err := b.attach(entry.BindInput, name, weight); err != nil {
			return err
		}
	}
	for _, in := range b.session.needs {
		if err := b.attach(entry.BindInput, in.Name(), buffers[in.Name()]); err != nil {
			return err
		}
	}
	for _, out := range b.session.graph.Outputs {
		if err := b.attach(entry.BindOutput, out.Name, buffers[out.Name]); err != nil {
			return err
		}
	}
	return nil
}

// configure sets an entry of the run options that onnxruntime_go does not reach.
func (b *Binding) configure(key, value string) error {
	ckey, cvalue := C.CString(key), C.CString(value)
	defer C.free(unsafe.Pointer(ckey))
	defer C.free(unsafe.Pointer(cvalue))
	return check(C.wb_config(runtime.api, C.int(entry.AddRunConfigEntry), first(unsafe.Pointer(b.options)), ckey, cvalue))
}

func (b *Binding) attach(how int, name string, buffer *Buffer) error {
	v, err := newValue(buffer)
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	b.values = append(b.values, v)
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	if err := check(C.wb_bind(runtime.api, C.int(how), first(unsafe.Pointer(b.binding)), cname, v.ort)); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}

// Run runs the graph once on the bound memory and returns when the results are there. When ctx ends,
// the runtime stops after the operators that it is at, and Run returns ctx's error; outputs are then
// partly written. Other errors name the node of the graph that could not run. Runs of one binding
// wait for each other.
func (b *Binding) Run(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.binding == nil {
		return errors.New("run: the binding is closed")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	terminated := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { terminated <- b.options.Terminate() })
	status := C.wb_run(runtime.api, C.int(entry.RunWithBinding), b.session.raw(),
		first(unsafe.Pointer(b.options)), first(unsafe.Pointer(b.binding)))
	err := check(status)
	if !stop() { // ctx ended meanwhile
		if flagErr := errors.Join(<-terminated, b.options.UnsetTerminate()); flagErr != nil {
			return errors.Join(ctx.Err(), flagErr)
		}
		if err != nil {
			return ctx.Err()
		}
	}
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	return nil
}

// Close frees the binding and lets go of its buffers.
func (b *Binding) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session == nil {
		return nil
	}
	var errs []error
	if b.binding != nil {
		errs = append(errs, b.binding.Destroy())
	}
	if b.options != nil {
		errs = append(errs, b.options.Destroy())
	}
	for _, v := range b.values {
		v.close()
	}
	errs = append(errs, b.session.drop())
	b.binding, b.options, b.values, b.session = nil, nil, nil, nil
	return errors.Join(errs...)
}
