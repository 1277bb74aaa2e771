package checkpoint

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// fixtures are all models under testdata, made by make_fixtures.py.
func fixtures(t testing.TB) []string {
	t.Helper()
	gguf, _ := filepath.Glob("testdata/gguf/*/model.gguf")
	hf, _ := filepath.Glob("testdata/hf/*")
	if len(gguf) != 6 || len(hf) != 4 {
		t.Fatalf("testdata holds %d GGUF files and %d folders, want 6 and 4: run testdata/make_fixtures.py", len(gguf), len(hf))
	}
	return append(gguf, hf...)
}

// folderOf is where a fixture's expected.… lie.
func folderOf(path string) string { return strings.TrimSuffix(path, "/model.gguf") }

type expectation struct {
	name   string
	shape  []int
	values []float32
}

// expected reads what make_fixtures.py says a fixture holds, without this package's own readers.
func expected(t testing.TB, path string) []expectation {
	t.Helper()
	dir := folderOf(path)
	raw, err := os.ReadFile(filepath.Join(dir, "expected.f32"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list [][2]json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	var all []expectation
	for _, entry := range list {
		var e expectation
		if err := errors.Join(json.Unmarshal(entry[0], &e.name), json.Unmarshal(entry[1], &e.shape)); err != nil {
			t.Fatal(err)
		}
		n := 1
		for _, d := range e.shape {
			n *= d
		}
		for range n {
			e.values = append(e.values, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
			raw = raw[4:]
		}
		all = append(all, e)
	}
	if len(raw) > 0 {
		t.Fatalf("%s: %d bytes too many in expected.f32", dir, len(raw))
	}
	return all
}

func mustOpen(t testing.TB, path string) *Checkpoint {
	t.Helper()
	c, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// sameBits reports the first place where two slices differ in a bit.
func sameBits(t testing.TB, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Errorf("%s: value %d is %g, want %g", what, i, got[i], want[i])
			return
		}
	}
}

// sameTensors checks that a checkpoint holds what is expected and nothing else.
func sameTensors(t testing.TB, c *Checkpoint, want []expectation) {
	t.Helper()
	shapes := map[string][]int{}
	for _, info := range c.Tensors() {
		shapes[info.Name] = info.Shape
	}
	if len(shapes) != len(want) {
		t.Errorf("%d tensors, want %d: %v", len(shapes), len(want), shapes)
	}
	for _, e := range want {
		if !slices.Equal(shapes[e.name], e.shape) {
			t.Errorf("%s has shape %v, want %v", e.name, shapes[e.name], e.shape)
			continue
		}
		got := make([]float32, len(e.values))
		if err := c.Read(e.name, got); err != nil {
			t.Error(err)
			continue
		}
		sameBits(t, e.name, got, e.values)
	}
}

func TestTensorsAreWhatPythonSays(t *testing.T) {
	for _, path := range fixtures(t) {
		t.Run(path, func(t *testing.T) { sameTensors(t, mustOpen(t, path), expected(t, path)) })
	}
}

func TestStoredTypes(t *testing.T) {
	for path, want := range map[string]string{
		"testdata/gguf/f32/model.gguf":          "F32",
		"testdata/gguf/f16-untied/model.gguf":   "F16",
		"testdata/gguf/bf16-bias-v2/model.gguf": "BF16",
		"testdata/gguf/q8_0/model.gguf":         "Q8_0",
		"testdata/gguf/q4_0":                    "Q4_0", // a folder with nothing but one GGUF file
		"testdata/gguf/q4_1-untied":             "Q4_1",
		"testdata/hf/untied-bf16":               "BF16",
		"testdata/hf/tied-f32":                  "F32",
	} {
		c := mustOpen(t, path)
		for _, info := range c.Tensors() {
			if info.Name == "model.embed_tokens.weight" && info.DType != want {
				t.Errorf("%s (%s): embeddings are %s, want %s", path, c.Format(), info.DType, want)
			}
		}
	}
}

func TestConfig(t *testing.T) {
	common := map[string]any{
		"model_type": "llama", "hidden_act": "silu", "vocab_size": 56.0, "max_position_embeddings": 64.0, "rope_theta": 1000.0,
		"rms_norm_eps": 1e-5, "bos_token_id": 1.0, "eos_token_id": 2.0, "pad_token_id": 0.0, "num_attention_heads": 2.0, "num_key_value_heads": 1.0,
		"architectures": []any{"LlamaForCausalLM"},
	}
	tiny := map[string]any{"hidden_size": 8.0, "intermediate_size": 12.0, "num_hidden_layers": 2.0, "head_dim": 4.0}
	small := map[string]any{"hidden_size": 32.0, "intermediate_size": 64.0, "num_hidden_layers": 1.0, "head_dim": 16.0}
	for _, path := range fixtures(t) {
		size := tiny
		if strings.HasSuffix(path, ".gguf") {
			size = small
		}
		config := mustOpen(t, path).Config()
		for _, want := range []map[string]any{common, size, {
			"tie_word_embeddings": !strings.Contains(path, "untied"),
			"attention_bias":      strings.Contains(path, "bias"),
			"mlp_bias":            strings.Contains(path, "bias"),
		}} {
			for key, value := range want {
				if !reflect.DeepEqual(config[key], value) {
					t.Errorf("%s: %s is %v (%T), want %v", path, key, config[key], config[key], value)
				}
			}
		}
	}
}

func TestWords(t *testing.T) {
	want := map[string]string{"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
	for _, path := range fixtures(t) {
		c := mustOpen(t, path)
		if got := c.SpecialTokens(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: special tokens %v, want %v", path, got, want)
		}
		end := []int{2}
		if path == "testdata/hf/untied-bf16" || path == "testdata/hf/tied-bf16-sharded" {
			end = []int{2, 0} // a list in generation_config.json
		}
		if got := c.EndTokens(); !slices.Equal(got, end) {
			t.Errorf("%s: end tokens %v, want %v", path, got, end)
		}
		if got := c.ChatTemplate(); !strings.HasPrefix(got, "{% for m in messages %}<|im_start|>") || !strings.HasSuffix(got, "{% endif %}") {
			t.Errorf("%s: chat template %q", path, got)
		}
	}
}

// The tokenizer.json written from GGUF metadata says what the tokenizers library says itself.
func TestTokenizerOfGGUF(t *testing.T) {
	load := func(path string) map[string]any {
		data, err := mustOpen(t, path).TokenizerJSON()
		if err != nil {
			t.Fatal(err)
		}
		var tokenizer map[string]any
		if err := json.Unmarshal(data, &tokenizer); err != nil {
			t.Fatal(err)
		}
		delete(tokenizer, "decoder")        // settings that only matter for encoding differ
		delete(tokenizer, "post_processor") // transformers puts one there that does nothing
		return tokenizer
	}
	want := load("testdata/hf/tied-f32")
	for _, path := range []string{"testdata/gguf/f32/model.gguf", "testdata/gguf/q4_0/model.gguf"} {
		got := load(path)
		if strings.Contains(path, "q4_0") { // its pre-tokenizer is gpt-2's
			steps := want["pre_tokenizer"].(map[string]any)["pretokenizers"].([]any)
			want["pre_tokenizer"] = steps[1]
		}
		for key, value := range want {
			if !reflect.DeepEqual(got[key], value) {
				t.Errorf("%s: %s is\n%v, want\n%v", path, key, got[key], value)
			}
		}
	}
}

func TestOpenExplains(t *testing.T) {
	write := func(name, text string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for _, c := range []struct {
		path, say string
		is        error
	}{
		{"testdata/nowhere", "nowhere", fs.ErrNotExist},
		{t.TempDir(), "neither a config.json nor a .gguf file", nil},
		{"testdata/mixed.safetensors", "folder that has its config.json", ErrUnsupported},
		{"testdata/make_fixtures.py", "does not begin with GGUF", ErrDamaged},
		{write("config.json", "{}"), "neither model.safetensors nor", fs.ErrNotExist},
		{write("config.json", "{"), "config.json", ErrDamaged},
		{write("model.gguf", "GGUF"), "4 of 4", ErrDamaged},
	} {
		_, err := Open(c.path)
		if err == nil || !strings.Contains(err.Error(), c.say) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("open %s: %v, want %q and %v", c.path, err, c.say, c.is)
		}
	}
}

func TestReadExplains(t *testing.T) {
	c := mustOpen(t, "testdata/gguf/q8_0/model.gguf")
	if err := c.Read("model.nothing", nil); !errors.Is(err, ErrNoTensor) {
		t.Errorf("unknown tensor: %v, want %v", err, ErrNoTensor)
	}
	if err := c.Read("model.norm.weight", make([]float32, 31)); err == nil || !strings.Contains(err.Error(), "[32]") {
		t.Errorf("too short a slice: %v, want a word about shape [32]", err)
	}
}

func TestShardIndexStaysInItsFolder(t *testing.T) {
	for _, name := range []string{
		"../model.safetensors", "/etc/model.safetensors", "a/model.safetensors", `..\model.safetensors`, "..",
		"", "config.json", "C:model.safetensors", "../tied-f32/model.safetensors",
	} {
		dir := t.TempDir()
		index, _ := json.Marshal(map[string]any{"weight_map": map[string]string{"w": name}})
		for file, text := range map[string][]byte{configFile: []byte("{}"), weightsIndexFile: index} {
			if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(dir); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "same folder") {
			t.Errorf("shard %q: %v, want it refused", name, err)
		}
	}
}

func TestShardIndexMustBeTrue(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/hf/tied-bf16-sharded")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, weightsIndexFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), `"model.norm.weight"`, `"model.norm.other"`, 1))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "model.norm.other") {
		t.Errorf("an index with a tensor that is in no shard: %v", err)
	}
}
