package ort

// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// value is an OrtValue over the memory of a buffer, which it keeps alive.
type value struct {
	ort unsafe.Pointer
	mem *memory
}

func newValue(b *Buffer) (*value, error) {
	mem, err := b.hold()
	if err != nil {
		return nil, err
	}
	dims := make([]C.int64_t, len(b.shape)+1) // one more, so that there is a first element to point at
	for i, n := range b.shape {
		dims[i] = C.int64_t(n)
	}
	v := &value{mem: mem}
	status := C.wb_tensor(runtime.api, C.int(entry.CreateTensorWithDataAsOrtValue), runtime.cpu, b.start, C.size_t(b.Size()),
		&dims[0], C.size_t(len(b.shape)), C.int(b.dtype), &v.ort)
	if err := check(status); err != nil {
		mem.release()
		return nil, fmt.Errorf("tensor of %s %v: %w", b.dtype, b.shape, err)
	}
	return v, nil
}

func (v *value) close() {
	release(entry.ReleaseValue, v.ort)
	v.mem.release()
}
