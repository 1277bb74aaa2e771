package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// realModel is SmolLM2-135M-Instruct as GGUF: $WORKBENCH_MODEL, or what make fetch has laid.
func realModel(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("WORKBENCH_MODEL"); path != "" {
		return path
	}
	found, _ := filepath.Glob("../../embed/model/*.gguf")
	if len(found) == 0 {
		t.Skip("the embedded model is not here: run make fetch, or name a copy of it in WORKBENCH_MODEL")
	}
	return found[0]
}

// reference is what transformers makes of the same file: smollm2.json, by make_fixtures.py.
type reference struct {
	Tensors map[string]struct {
		Shape  []int
		SHA256 string
	}
	Vocab, Merges string // hashes of their JSON
	Tokenizer     map[string]any
	Model         map[string]any
}

func readReference(t testing.TB) reference {
	t.Helper()
	data, err := os.ReadFile("testdata/smollm2.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRealTensorsEqualTransformers(t *testing.T) {
	c, want := mustOpen(t, realModel(t)), readReference(t)
	if got := len(c.Tensors()); got != len(want.Tensors) {
		t.Errorf("%d tensors, want %d", got, len(want.Tensors))
	}
	for _, info := range c.Tensors() {
		values := make([]float32, info.Elements())
		if err := c.Read(info.Name, values); err != nil {
			t.Fatal(err)
		}
		w := want.Tensors[info.Name]
		if got := hash(rawBytes(values)); got != w.SHA256 || !slices.Equal(info.Shape, w.Shape) {
			t.Errorf("%s %v hashes to %s, want %v %s", info.Name, info.Shape, got, w.Shape, w.SHA256)
		}
	}
}

func TestRealTokenizerEqualsReference(t *testing.T) {
	want := readReference(t)
	data, err := mustOpen(t, realModel(t)).TokenizerJSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Model struct {
			Vocab  map[string]int
			Merges [][2]string
		}
	}
	var rest map[string]any
	for _, into := range []any{&got, &rest} {
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	words := make([]string, len(got.Model.Vocab))
	for word, id := range got.Model.Vocab {
		words[id] = word
	}
	if h := hashJSON(t, words); h != want.Vocab {
		t.Errorf("%d words hash to %s, want %s", len(words), h, want.Vocab)
	}
	if h := hashJSON(t, got.Model.Merges); h != want.Merges {
		t.Errorf("%d merges hash to %s, want %s", len(got.Model.Merges), h, want.Merges)
	}
	model := rest["model"].(map[string]any)
	delete(model, "vocab")
	delete(model, "merges")
	if !reflect.DeepEqual(model, want.Model) {
		t.Errorf("model settings are %v, want %v", model, want.Model)
	}
	delete(rest, "model")
	if !reflect.DeepEqual(rest, want.Tokenizer) {
		t.Errorf("the rest is\n%v, want\n%v", rest, want.Tokenizer)
	}
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func hashJSON(t testing.TB, value any) string {
	t.Helper()
	data, err := marshalPlain(value, "")
	if err != nil {
		t.Fatal(err)
	}
	return hash([]byte(strings.TrimSuffix(string(data), "\n")))
}

// BenchmarkLoad reads all of the real model into float32 memory that exists already.
func BenchmarkLoad(b *testing.B) {
	c := mustOpen(b, realModel(b))
	memory := make([][]float32, len(c.Tensors()))
	bytes := int64(0)
	for i, info := range c.Tensors() {
		memory[i] = make([]float32, info.Elements())
		bytes += 4 * int64(len(memory[i]))
	}
	b.SetBytes(bytes)
	for b.Loop() {
		for i, info := range c.Tensors() {
			if err := c.Read(info.Name, memory[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkOpen reads the headers, 98,000 strings among them.
func BenchmarkOpen(b *testing.B) {
	path := realModel(b)
	b.ReportAllocs()
	for b.Loop() {
		c, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
