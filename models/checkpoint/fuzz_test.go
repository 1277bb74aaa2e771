package checkpoint

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime"
	"testing"
)

// allocations of any file: what a parser may take for each byte of it, and for itself (its buffer,
// the testing package's own).
const (
	mayAllocatePerByte = 100
	mayAllocateAlways  = 8 << 20
)

// bounded fails if use allocates more than a file of that size is worth.
func bounded(t *testing.T, size int, use func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	use()
	runtime.ReadMemStats(&after)
	if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(size)*mayAllocatePerByte+mayAllocateAlways; got > limit {
		t.Errorf("%d bytes of file made %d bytes of memory, limit %d", size, got, limit)
	}
}

// readAll reads each tensor that can be read. What a parser let pass must not fail for any other
// reason than its type.
func readAll(t *testing.T, tensors []*tensor) {
	t.Helper()
	for _, x := range tensors {
		if x.enc.decode == nil {
			continue
		}
		if err := x.read(make([]float32, x.Elements())); err != nil {
			t.Errorf("a file that was accepted: %v", err)
		}
	}
}

func FuzzGGUF(f *testing.F) {
	for _, name := range []string{"q4_0", "q8_0", "bf16-bias-v2"} {
		data, err := os.ReadFile("testdata/gguf/" + name + "/model.gguf")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:4096])
	}
	for _, c := range wrongGGUF() {
		f.Add(c.file)
	}
	f.Add(oneTensor([]uint64{32, 2}, 3, 0, 64))
	f.Fuzz(func(t *testing.T, data []byte) {
		bounded(t, len(data), func() {
			if g, err := parseGGUF(bytes.NewReader(data), int64(len(data))); err == nil {
				readAll(t, g.tensors)
			}
			c, err := fromGGUF(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				return
			}
			readAll(t, c.tensors.list)
			if data, err := c.TokenizerJSON(); err == nil && !json.Valid(data) {
				t.Errorf("not JSON: %s", data)
			}
			c.SpecialTokens()
			c.EndTokens()
		})
	})
}

func FuzzSafetensors(f *testing.F) {
	for _, name := range []string{"mixed.safetensors", "hf/tied-f32/model.safetensors"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, c := range wrongSafetensors() {
		f.Add(c.file)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		bounded(t, len(data), func() {
			if tensors, _, err := parseSafetensors(bytes.NewReader(data), int64(len(data))); err == nil {
				readAll(t, tensors.list)
			}
		})
	})
}

// FuzzShardIndex: whatever an index says, no file outside the folder is opened.
func FuzzShardIndex(f *testing.F) {
	f.Add([]byte(`{"weight_map":{"w":"model-00001-of-00001.safetensors"}}`))
	f.Add([]byte(`{"weight_map":{"w":"../model.safetensors"}}`))
	f.Add([]byte(`{"weight_map":{"w":"..\u002fmodel.safetensors"}}`))
	f.Fuzz(func(t *testing.T, index []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(dir+"/"+weightsIndexFile, index, 0o600); err != nil {
			t.Fatal(err)
		}
		where, err := readShardIndex(dir)
		if err != nil {
			return
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		for _, shard := range where {
			// A name that leads outside is refused by the root before it looks for the file.
			if _, err := root.Stat(shard); err != nil && !os.IsNotExist(err) && len(shard) < 200 {
				t.Errorf("shard %q: %v", shard, err)
			}
		}
	})
}
