package ort

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"workbench/models/graph"
)

// alignment of memory, in bytes: a cache line, and what the widest vector instructions like.
const alignment = 64

// bytesInUse counts the memory that buffers hold.
var bytesInUse atomic.Int64

// BytesInUse is the number of bytes that all open buffers, and those still held by sessions and
// bindings, take together. The runtime's own memory is not in it.
func BytesInUse() int64 { return bytesInUse.Load() }

// memory is a block outside of Go's heap, freed with its last user.
type memory struct {
	block unsafe.Pointer // as allocated
	start unsafe.Pointer // aligned
	size  int64
	users atomic.Int64
}

func allocate(size int64) (*memory, error) {
	// calloc leaves the pages of large blocks untouched, so zeroes cost nothing until they are used.
	block := C.calloc(1, C.size_t(size+alignment))
	if block == nil {
		return nil, fmt.Errorf("no memory for %d bytes", size)
	}
	pad := (alignment - uintptr(block)%alignment) % alignment
	m := &memory{block: block, start: unsafe.Add(block, pad), size: size}
	m.users.Store(1)
	bytesInUse.Add(size)
	return m, nil
}

func (m *memory) retain() { m.users.Add(1) }

func (m *memory) release() {
	if m.users.Add(-1) == 0 {
		C.free(m.block)
		bytesInUse.Add(-m.size)
	}
}

// Buffer is a tensor's memory: row-major, outside of Go's heap, aligned to 64 bytes. Sessions read
// and write it where it lies. The methods may be called from several goroutines; what is in the
// memory is the callers' to synchronise.
type Buffer struct {
	dtype graph.DType
	shape []int
	start unsafe.Pointer

	mu  sync.Mutex
	mem *memory // nil once closed
}

// NewBuffer makes a buffer full of zeros. A buffer without axes holds one element.
func NewBuffer(dtype graph.DType, shape ...int) (*Buffer, error) {
	size, err := byteSize(dtype, shape)
	if err != nil {
		return nil, fmt.Errorf("new buffer: %w", err)
	}
	mem, err := allocate(size)
	if err != nil {
		return nil, fmt.Errorf("new buffer of %s %v: %w", dtype, shape, err)
	}
	return &Buffer{dtype: dtype, shape: slices.Clone(shape), start: mem.start, mem: mem}, nil
}

func byteSize(dtype graph.DType, shape []int) (int64, error) {
	size := int64(dtype.Size())
	for _, n := range shape {
		if n < 0 {
			return 0, fmt.Errorf("shape %v has a negative size", shape)
		}
		if n > 0 && size > math.MaxInt64/2/int64(n) {
			return 0, fmt.Errorf("shape %v is too large", shape)
		}
		size *= int64(n)
	}
	return size, nil
}

// DType is the element type.
func (b *Buffer) DType() graph.DType { return b.dtype }

// Shape is the shape; callers must not change it.
func (b *Buffer) Shape() []int { return b.shape }

// Len is the number of elements.
func (b *Buffer) Len() int {
	n := 1
	for _, d := range b.shape {
		n *= d
	}
	return n
}

// Size is the number of bytes.
func (b *Buffer) Size() int64 { return int64(b.Len()) * int64(b.dtype.Size()) }

// typed is the content as a Go slice, or nil if the buffer is closed or of another type. The slice
// must not be used after the last Close.
func typed[T any](b *Buffer, dtypes ...graph.DType) []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mem == nil || !slices.Contains(dtypes, b.dtype) {
		return nil
	}
	return unsafe.Slice((*T)(b.start), b.Len())
}

// Float32 is the content of a float32 buffer, not a copy; nil for other types and once closed.
func (b *Buffer) Float32() []float32 { return typed[float32](b, graph.Float32) }

// Int64 is the content of an int64 buffer, not a copy; nil for other types and once closed.
func (b *Buffer) Int64() []int64 { return typed[int64](b, graph.Int64) }

// Int32 is the content of an int32 buffer, not a copy; nil for other types and once closed.
func (b *Buffer) Int32() []int32 { return typed[int32](b, graph.Int32) }

// Bool is the content of a bool buffer, not a copy; nil for other types and once closed.
func (b *Buffer) Bool() []bool { return typed[bool](b, graph.Bool) }

// Bytes is the content of a buffer of any type in the machine's byte order, not a copy; nil once closed.
func (b *Buffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mem == nil {
		return nil
	}
	return unsafe.Slice((*byte)(b.start), b.Size())
}

// View is the same memory with another shape of as many elements, or of fewer: then it is the
// beginning. It is closed on its own and keeps the memory alive.
func (b *Buffer) View(shape ...int) (*Buffer, error) {
	size, err := byteSize(b.dtype, shape)
	if err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	if size > b.Size() {
		return nil, fmt.Errorf("view: shape %v does not fit into a buffer of shape %v", shape, b.shape)
	}
	return b.part(0, shape)
}

// Slice is the rows from (inclusive) to (exclusive) of the first axis: the same memory, closed on
// its own.
func (b *Buffer) Slice(from, to int) (*Buffer, error) {
	if len(b.shape) == 0 || from < 0 || to < from || to > b.shape[0] {
		return nil, fmt.Errorf("slice: rows [%d:%d] of a buffer of shape %v", from, to, b.shape)
	}
	shape := slices.Clone(b.shape)
	shape[0] = to - from
	row := int64(b.dtype.Size())
	for _, n := range b.shape[1:] {
		row *= int64(n)
	}
	return b.part(row*int64(from), shape)
}

func (b *Buffer) part(offset int64, shape []int) (*Buffer, error) {
	mem, err := b.hold()
	if err != nil {
		return nil, err
	}
	return &Buffer{dtype: b.dtype, shape: slices.Clone(shape), start: unsafe.Add(b.start, offset), mem: mem}, nil
}

// hold makes the caller a user of the memory, who must release it.
func (b *Buffer) hold() (*memory, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mem == nil {
		return nil, fmt.Errorf("the buffer of %s %v is closed", b.dtype, b.shape)
	}
	b.mem.retain()
	return b.mem, nil
}

// Close gives the memory back, unless views, sessions or bindings still use it. Slices of its
// content must not be used afterwards.
func (b *Buffer) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mem != nil {
		b.mem.release()
		b.mem = nil
	}
	return nil
}
