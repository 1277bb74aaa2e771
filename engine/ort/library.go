package ort

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"unsafe"

	onnx "github.com/yalue/onnxruntime_go"
)

// ErrNotLoaded is returned by everything that needs the runtime before [Load] was called.
var ErrNotLoaded = errors.New("the ONNX Runtime library is not loaded; call Load first")

// runtime is the one ONNX Runtime of this process.
var runtime struct {
	sync.Mutex
	path string
	api  unsafe.Pointer // the function table
	cpu  unsafe.Pointer // OrtMemoryInfo of ordinary memory
}

// Load loads ONNX Runtime from a shared library. A process has one; loading the same file again does
// nothing, loading another one is an error.
func Load(libraryPath string) error {
	path, err := filepath.Abs(libraryPath)
	if err != nil {
		return fmt.Errorf("load ONNX Runtime: %w", err)
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	runtime.Lock()
	defer runtime.Unlock()
	switch {
	case runtime.path == path:
		return nil
	case runtime.path != "":
		return fmt.Errorf("load ONNX Runtime: %s is loaded already and a process can have only one; %s was asked for", runtime.path, path)
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("load ONNX Runtime: %w", err)
	}
	onnx.SetSharedLibraryPath(path)
	// Errors come back as errors; what the runtime logs besides is noise to a user.
	if err := onnx.InitializeEnvironment(onnx.WithLogLevelFatal()); err != nil {
		return fmt.Errorf("load ONNX Runtime from %s (version 1.%d or later is needed): %w", path, apiVersion, err)
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	runtime.api = C.wb_api(name, apiVersion)
	if runtime.api == nil {
		return errors.Join(fmt.Errorf("load ONNX Runtime: %s has no function table of version %d", path, apiVersion), onnx.DestroyEnvironment())
	}
	if runtime.cpu, err = memoryInfo("Cpu", 0); err != nil {
		return errors.Join(fmt.Errorf("load ONNX Runtime: %w", err), onnx.DestroyEnvironment())
	}
	if err := shareArena(); err != nil {
		return errors.Join(fmt.Errorf("load ONNX Runtime: one arena for all sessions: %w", err), onnx.DestroyEnvironment())
	}
	runtime.path = path
	return nil
}

// shareArena gives all sessions one arena for what a run needs in between. With an arena each, a
// model compiled for twenty shapes would hold twenty times the memory of its largest; only one of
// them runs at a time.
func shareArena() error {
	name := C.CString("workbench")
	defer C.free(unsafe.Pointer(name))
	const fatal = 4
	var env unsafe.Pointer // the process's one environment, which onnxruntime_go holds on to
	if err := check(C.wb_env(runtime.api, C.int(entry.CreateEnv), fatal, name, &env)); err != nil {
		return err
	}
	const noLimit, asRequested, byDefault = 0, 1, -1
	var config unsafe.Pointer
	if err := check(C.wb_arena_config(runtime.api, C.int(entry.CreateArenaCfg), noLimit, asRequested, byDefault, byDefault, &config)); err != nil {
		return err
	}
	defer release(entry.ReleaseArenaCfg, config)
	info, err := arenaInfo("Cpu", 0)
	if err != nil {
		return err
	}
	defer release(entry.ReleaseMemoryInfo, info)
	return check(C.wb_register_arena(runtime.api, C.int(entry.CreateAndRegisterAllocator), env, info, config))
}

func loaded() error {
	runtime.Lock()
	defer runtime.Unlock()
	if runtime.path == "" {
		return ErrNotLoaded
	}
	return nil
}

// Version is the version of the loaded runtime, as in "1.30.0", or "" before Load.
func Version() string {
	if loaded() != nil {
		return ""
	}
	return onnx.GetVersion()
}

// Providers lists the execution providers that the loaded runtime was built with. A provider may
// still fail to start for want of a driver or of a library.
func Providers() ([]string, error) {
	if err := loaded(); err != nil {
		return nil, err
	}
	var names **C.char
	var n C.int
	if err := check(C.wb_providers(runtime.api, C.int(entry.GetAvailableProviders), &names, &n)); err != nil {
		return nil, fmt.Errorf("list execution providers: %w", err)
	}
	var list []string
	for _, name := range unsafe.Slice(names, int(n)) {
		list = append(list, C.GoString(name))
	}
	return list, check(C.wb_release_providers(runtime.api, C.int(entry.ReleaseAvailableProviders), names, n))
}

// memoryInfo describes a place for tensors; the caller releases it.
func memoryInfo(device string, id int) (unsafe.Pointer, error) {
	const deviceAllocator = 0
	return describeMemory(device, id, deviceAllocator)
}

// arenaInfo describes a place that an arena manages; the caller releases it.
func arenaInfo(device string, id int) (unsafe.Pointer, error) {
	const arenaAllocator = 1
	return describeMemory(device, id, arenaAllocator)
}

func describeMemory(device string, id, allocator int) (unsafe.Pointer, error) {
	name := C.CString(device)
	defer C.free(unsafe.Pointer(name))
	const defaultMemory = 0
	var info unsafe.Pointer
	status := C.wb_memory_info(runtime.api, C.int(entry.CreateMemoryInfo), name, C.int(allocator), C.int(id), defaultMemory, &info)
	return info, check(status)
}

// check turns an OrtStatus into an error and releases it.
func check(status unsafe.Pointer) error {
	if status == nil {
		return nil
	}
	message := C.GoString(C.wb_message(runtime.api, C.int(entry.GetErrorMessage), status))
	release(entry.ReleaseStatus, status)
	return errors.New(message)
}

func release(with int, object unsafe.Pointer) {
	if object != nil {
		C.wb_release(runtime.api, C.int(with), object)
	}
}
