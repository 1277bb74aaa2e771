package ort

import (
	"os"
	"path/filepath"
	"testing"

	"workbench/models/graph"
)

// library finds ONNX Runtime for tests: where WORKBENCH_ORT says, or where `make fetch` lays it.
func library(t testing.TB) {
	t.Helper()
	path := os.Getenv("WORKBENCH_ORT")
	if path == "" {
		found, _ := filepath.Glob(filepath.Join("..", "..", "embed", "runtime", "libonnxruntime.so*"))
		for _, f := range found {
			if ext := filepath.Ext(f); ext != ".zst" && ext != ".txt" {
				path = f
			}
		}
	}
	if path == "" {
		t.Skip("ONNX Runtime's library is not here: run make fetch, or set WORKBENCH_ORT to its path")
	}
	if err := Load(path); err != nil {
		t.Fatal(err)
	}
}

func floats(t testing.TB, values []float32, shape ...int) *Buffer {
	t.Helper()
	b, err := NewBuffer(graph.Float32, shape...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	copy(b.Float32(), values)
	return b
}

func session(t testing.TB, g *graph.Graph, o Options) *Session {
	t.Helper()
	s, err := NewSession(g, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func bind(t testing.TB, s *Session, buffers map[string]*Buffer) *Binding {
	t.Helper()
	b, err := s.Bind(buffers)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}
