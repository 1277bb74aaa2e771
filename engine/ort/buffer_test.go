package ort

import (
	"slices"
	"testing"
	"unsafe"

	"workbench/models/graph"
)

func TestBuffer(t *testing.T) {
	before := BytesInUse()
	b, err := NewBuffer(graph.Float32, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	if at := uintptr(unsafe.Pointer(&b.Float32()[0])); at%64 != 0 {
		t.Errorf("memory at %#x is not aligned to 64 bytes", at)
	}
	if want := make([]float32, 12); !slices.Equal(b.Float32(), want) {
		t.Errorf("a new buffer holds %v, want zeros", b.Float32())
	}
	for i := range b.Float32() {
		b.Float32()[i] = float32(i)
	}
	rows, err := b.Slice(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	flat, err := rows.View(6)
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	b.Close()
	rows.Close()
	if got, want := flat.Float32(), []float32{3, 4, 5, 6, 7, 8}; !slices.Equal(got, want) {
		t.Errorf("a view of rows 1 and 2 holds %v after its parents are closed, want %v", got, want)
	}
	if got := BytesInUse() - before; got != 48 {
		t.Errorf("%d bytes in use while a view is open, want 48", got)
	}
	if got := b.Float32(); got != nil {
		t.Errorf("a closed buffer holds %v, want nil", got)
	}
	if _, err := b.View(12); err == nil {
		t.Error("a view of a closed buffer is no error")
	}
	flat.Close()
	if got := BytesInUse(); got != before {
		t.Errorf("%d bytes in use after everything is closed, want %d", got, before)
	}
}

func TestBufferTypes(t *testing.T) {
	for _, dtype := range []graph.DType{graph.Float32, graph.Int64, graph.Int32, graph.Uint8, graph.Int8, graph.Bool} {
		b, err := NewBuffer(dtype, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		typed := map[graph.DType]int{graph.Float32: len(b.Float32()), graph.Int64: len(b.Int64()), graph.Int32: len(b.Int32()), graph.Bool: len(b.Bool())}
		for of, n := range typed {
			if want := 2; of == dtype && n != want || of != dtype && n != 0 {
				t.Errorf("a buffer of 2 × %s gives %d elements as %s", dtype, n, of)
			}
		}
		if got := len(b.Bytes()); got != 2*dtype.Size() {
			t.Errorf("a buffer of 2 × %s has %d bytes, want %d", dtype, got, 2*dtype.Size())
		}
	}
}

func TestBufferRefuses(t *testing.T) {
	b := floats(t, nil, 2, 3)
	for name, err := range map[string]error{
		"a negative size":   second(NewBuffer(graph.Float32, 2, -1)),
		"an overflow":       second(NewBuffer(graph.Int64, 1<<31, 1<<31)),
		"a larger view":     second(b.View(7)),
		"rows out of range": second(b.Slice(1, 3)),
		"reversed rows":     second(b.Slice(2, 1)),
	} {
		if err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

func second(_ *Buffer, err error) error { return err }
