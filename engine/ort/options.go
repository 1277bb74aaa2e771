package ort

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"strconv"
	"unsafe"

	onnx "github.com/yalue/onnxruntime_go"
)

// Options say how a session runs. The zero value is good: the CPU, all of its cores, no spinning.
type Options struct {
	Threads  int          // that one operator is spread over; 0 means one for each CPU
	Spin     bool         // within a run, threads without work wait busily: faster when the machine is otherwise idle
	Device   Device       // where it runs
	Optimize Optimization // how much the runtime may rewrite the graph

	// Weights belong to the session: params of the graph that are named here are not bound. The memory
	// is used where it lies, and each run sees what is in it.
	Weights map[string]*Buffer

	// Prepack freezes Weights: they must not change any more, and in return the runtime may compute
	// ahead what depends on them alone and keeps a second copy of matrices in the order in which its
	// kernels read them, which makes small batches faster.
	Prepack bool

	// Admit is asked before a session is made whether a run of it may take so many bytes between its nodes
	// (graph.Graph.Between; all sessions share that memory). nil admits everything, and graphs with open axes
	// are not asked about: who makes them declares more.
	Admit func(between int64) error

	// Lean gives the memory that a run needed in between back after each run, for sessions that run
	// rarely; others are faster for keeping it.
	Lean bool

	// Profile is the prefix of a file into which the runtime writes what it spent time on;
	// [Session.EndProfile] names it. "" means none.
	Profile string
}

// Device is where a session runs. The zero value is the CPU.
type Device struct {
	CUDA bool
	ID   int // which GPU
}

// CPU is the processor.
var CPU = Device{}

// CUDA is an NVIDIA GPU.
func CUDA(id int) Device { return Device{CUDA: true, ID: id} }

func (d Device) String() string {
	if d.CUDA {
		return "cuda:" + strconv.Itoa(d.ID)
	}
	return "cpu"
}

// Optimization is how much the runtime may rewrite a graph when a session is made.
type Optimization int

// The levels of optimisation.
const (
	OptimizeAll   Optimization = iota // everything, fusions too
	OptimizeBasic                     // what does not depend on the device, such as folding constants
	OptimizeNone                      // nodes run as they were written
)

// apply makes the runtime's session options; the caller destroys them.
func (o Options) apply() (*onnx.SessionOptions, error) {
	so, err := onnx.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	if err := o.set(so); err != nil {
		return nil, errors.Join(err, so.Destroy())
	}
	return so, nil
}

func (o Options) set(so *onnx.SessionOptions) error {
	threads := o.Threads
	if threads <= 0 {
		threads = goruntime.NumCPU()
	}
	level := map[Optimization]onnx.GraphOptimizationLevel{
		OptimizeAll:   onnx.GraphOptimizationLevelEnableAll,
		OptimizeBasic: onnx.GraphOptimizationLevelEnableBasic,
		OptimizeNone:  onnx.GraphOptimizationLevelDisableAll,
	}[o.Optimize]
	steps := []func() error{
		func() error { return so.SetIntraOpNumThreads(threads) },
		func() error { return so.SetInterOpNumThreads(1) },
		func() error { return so.SetGraphOptimizationLevel(level) },
		func() error { return so.AddSessionConfigEntry("session.intra_op.allow_spinning", flag(o.Spin)) },
		func() error { return so.AddSessionConfigEntry("session.inter_op.allow_spinning", flag(o.Spin)) },
		// Busy or not within a run, between runs threads sleep.
		func() error { return so.AddSessionConfigEntry("session.force_spinning_stop", "1") },
		func() error { return so.AddSessionConfigEntry("session.disable_prepacking", flag(!o.Prepack)) },
		// The arena grows by doubling; weights taken from it could cost twice their size.
		func() error { return so.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1") },
		func() error { return so.AddSessionConfigEntry("session.use_env_allocators", "1") },
		func() error { return o.Device.use(so) },
	}
	if o.Profile != "" {
		steps = append(steps, func() error { return so.EnableProfiling(o.Profile) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// use adds the provider of the device. What it cannot run falls to the CPU.
func (d Device) use(so *onnx.SessionOptions) (err error) {
	if !d.CUDA {
		return nil
	}
	cuda, err := onnx.NewCUDAProviderOptions()
	if err != nil {
		return fmt.Errorf("device %s: this runtime has no CUDA provider; use a library built with it, or the CPU: %w", d, err)
	}
	defer func() { err = errors.Join(err, cuda.Destroy()) }()
	if err := cuda.Update(map[string]string{"device_id": strconv.Itoa(d.ID), "use_tf32": "0"}); err != nil {
		return fmt.Errorf("device %s: %w", d, err)
	}
	if err := so.AppendExecutionProviderCUDA(cuda); err != nil {
		return fmt.Errorf("device %s: this runtime has no CUDA provider, or it cannot start (driver, CUDA and cuDNN libraries); use the CPU: %w", d, err)
	}
	return nil
}

// first reads the first field of one of onnxruntime_go's objects, where each keeps the pointer of the
// runtime's own; a test holds that it is so.
func first(object unsafe.Pointer) unsafe.Pointer { return *(*unsafe.Pointer)(object) }

// addWeight makes the memory of v the initializer called name of a session that is about to be made.
//
// AddInitializer alone would do, but the runtime then looks for the file that the model names, and
// its optimiser would read weights from there. AddExternalInitializers gives it the values early, as
// a copy that is dropped when AddInitializer's take their place.
func addWeight(so *onnx.SessionOptions, name string, v *value) error {
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	options := first(unsafe.Pointer(so))
	if err := check(C.wb_add_external(runtime.api, C.int(entry.AddExternalInitializers), options, &cname, &v.ort, 1)); err != nil {
		return err
	}
	return check(C.wb_add_initializer(runtime.api, C.int(entry.AddInitializer), options, cname, v.ort))
}
