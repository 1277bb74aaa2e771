// Package enginetest gives tests of the engine what they run on: the runtime, the language model
// that the binary carries, a tiny model, a device. What is not there skips the test and says how to get it.
package enginetest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"workbench/engine/ort"
	"workbench/engine/weights"
)

// Root is the folder of the module, found from the folder of the test.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}

// Data is a file of the shared data that lies beside the project.
func Data(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Root(t), "..", "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("shared data %s is not beside the project: this test runs where it is", name)
	}
	return path
}

// find is a file that an environment variable names, or that `make fetch` laid.
func find(t testing.TB, env, pattern string) string {
	t.Helper()
	if path := os.Getenv(env); path != "" {
		return path
	}
	found, _ := filepath.Glob(filepath.Join(Root(t), filepath.FromSlash(pattern)))
	for _, f := range found {
		if !strings.HasSuffix(f, ".zst") {
			return f
		}
	}
	t.Skipf("%s is not here: run make fetch, or set %s", pattern, env)
	return ""
}

// Runtime loads ONNX Runtime.
func Runtime(t testing.TB) {
	t.Helper()
	if err := ort.Load(find(t, "WORKBENCH_ORT", "embed/runtime/libonnxruntime.so*")); err != nil {
		t.Fatal(err)
	}
}

// EmbeddedPath is the file of the language model that the binary carries.
func EmbeddedPath(t testing.TB) string {
	t.Helper()
	return find(t, "WORKBENCH_MODEL", "embed/model/*.gguf")
}

var embedded = sync.OnceValues(func() (*weights.Model, error) { return weights.Open(embeddedPath) })

// embeddedPath is handed to the one load of a test process.
var embeddedPath string

// Embedded is the language model that the binary carries, loaded once for all tests of a package.
// Don't train it; make an adapter or a copy.
func Embedded(t testing.TB) *weights.Model {
	t.Helper()
	Runtime(t)
	embeddedPath = EmbeddedPath(t)
	m, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TinyConfig is a llama small enough to do sums with: 2 layers, width 32, 4 heads on 2 key heads.
func TinyConfig() map[string]any {
	return map[string]any{
		"model_type": "llama", "hidden_size": 32.0, "num_hidden_layers": 2.0, "num_attention_heads": 4.0,
		"num_key_value_heads": 2.0, "intermediate_size": 48.0, "vocab_size": 96.0, "max_position_embeddings": 128.0,
		"rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true, "hidden_act": "silu",
	}
}

// Tiny is an untrained model of TinyConfig.
func Tiny(t testing.TB, seed uint64) *weights.Model {
	t.Helper()
	Runtime(t)
	m, err := weights.NewRandom(TinyConfig(), seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// Device runs work at once, one piece at a time.
type Device struct{ mu sync.Mutex }

// Do runs work.
func (d *Device) Do(ctx context.Context, work func(ctx context.Context) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return work(ctx)
}
