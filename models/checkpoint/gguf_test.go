package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
)

// ggufBytes writes GGUF files, and, being a list of bytes, wrong ones just as well.
type ggufBytes struct{ bytes.Buffer }

func (b *ggufBytes) put(values ...any) *ggufBytes {
	for _, v := range values {
		if s, ok := v.(string); ok {
			b.put(uint64(len(s)))
			b.WriteString(s)
			continue
		}
		if err := binary.Write(b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	return b
}

// header begins a file of so many tensors and entries.
func header(tensors, entries uint64) *ggufBytes {
	return new(ggufBytes).put(uint32(ggufMagic), uint32(3), tensors, entries)
}

// oneTensor is a file with a tensor "t" and so many bytes of data.
func oneTensor(shape []uint64, kind uint32, offset uint64, data int) []byte {
	b := header(1, 0).put("t", uint32(len(shape)), shape, kind, offset)
	for b.Len()%ggufDefaultAlignment != 0 {
		b.WriteByte(0)
	}
	b.Write(make([]byte, data))
	return b.Bytes()
}

// wrongFile is a file that must be refused, with words that say why.
type wrongFile struct {
	file []byte
	say  string
}

// wrongGGUF are also the seeds of the fuzzing.
func wrongGGUF() map[string]wrongFile {
	const far = math.MaxUint64
	return map[string]wrongFile{
		"nothing":              {nil, "0 bytes that are left"},
		"another magic":        {[]byte("GGML1234"), "does not begin with GGUF"},
		"version 1":            {new(ggufBytes).put(uint32(ggufMagic), uint32(1)).Bytes(), "version 1"},
		"big-endian":           {new(ggufBytes).put(uint32(ggufMagic), uint32(3<<24)).Bytes(), "big-endian"},
		"no counts":            {new(ggufBytes).put(uint32(ggufMagic), uint32(3)).Bytes(), "left"},
		"endless entries":      {header(0, far).Bytes(), "metadata entries cannot fit"},
		"many entries":         {header(0, 1<<40).put("k", uint32(ggufU8), uint8(1)).Bytes(), "metadata entries cannot fit"},
		"endless tensors":      {header(far, 0).Bytes(), "tensors cannot fit"},
		"endless key":          {header(0, 1).put(uint64(far), uint64(0), uint64(0)).Bytes(), "bytes of text"},
		"long key":             {header(0, 1).put(uint64(1<<40), uint64(0), uint64(0)).Bytes(), "bytes of text"},
		"endless text":         {header(0, 1).put("k", uint32(ggufString), uint64(far)).Bytes(), "bytes of text"},
		"endless strings":      {header(0, 1).put("k", uint32(ggufArray), uint32(ggufString), uint64(far)).Bytes(), "strings cannot fit"},
		"strings, cut off":     {header(0, 1).put("k", uint32(ggufArray), uint32(ggufString), uint64(2), "a", uint64(9)).Bytes(), "bytes of text"},
		"endless numbers":      {header(0, 1).put("k", uint32(ggufArray), uint32(ggufI32), uint64(1<<62)).Bytes(), "numbers cannot fit"},
		"endless bytes":        {header(0, 1).put("k", uint32(ggufArray), uint32(ggufU8), uint64(far)).Bytes(), "array elements cannot fit"},
		"arrays of arrays":     {header(0, 1).put("k", uint32(ggufArray), uint32(ggufArray), uint64(1), uint64(0)).Bytes(), "array of arrays"},
		"array of what":        {header(0, 1).put("k", uint32(ggufArray), uint32(77), uint64(1)).Bytes(), "unknown type 77"},
		"value of what":        {header(0, 1).put("k", uint32(13), uint64(1)).Bytes(), "unknown type 13"},
		"key twice":            {header(0, 2).put("k", uint32(ggufU8), uint8(1), "k", uint32(ggufU8), uint8(1)).Bytes(), "twice"},
		"odd alignment":        {header(0, 1).put("general.alignment", uint32(ggufU32), uint32(24)).Bytes(), "not a power of two"},
		"no alignment":         {header(0, 1).put("general.alignment", uint32(ggufU32), uint32(0)).Bytes(), "not a power of two"},
		"huge alignment":       {header(0, 1).put("general.alignment", uint32(ggufU64), uint64(1<<62)).Bytes(), "not a power of two"},
		"endless name":         {header(1, 0).put(uint64(far), uint64(0), uint64(0)).Bytes(), "bytes of text"},
		"many axes":            {header(1, 0).put("t", uint32(math.MaxUint32), uint64(0), uint64(0)).Bytes(), "axes"},
		"no axes":              {oneTensor(nil, 0, 0, 4), "impossible shape"},
		"no elements":          {oneTensor([]uint64{0}, 0, 0, 4), "impossible shape"},
		"product overflows":    {oneTensor([]uint64{1 << 32, 1 << 32, 1 << 32}, 0, 0, 64), "impossible shape"},
		"product wraps to 0":   {oneTensor([]uint64{1 << 63, 2}, 0, 0, 64), "impossible shape"},
		"bytes overflow":       {oneTensor([]uint64{1 << 61}, 28, 0, 64), "more than the file can hold"},
		"too large":            {oneTensor([]uint64{1000}, 0, 0, 64), "more than the file can hold"},
		"too large, unknown":   {oneTensor([]uint64{1 << 40}, 99, 0, 64), "more than the file can hold"},
		"half a block":         {oneTensor([]uint64{33, 32}, 8, 0, 4000), "multiples of 32"},
		"cut off":              {oneTensor([]uint64{16}, 0, 0, 63), "cut off"},
		"offset out of step":   {oneTensor([]uint64{4}, 0, 4, 64), "multiple of 32"},
		"offset behind":        {oneTensor([]uint64{4}, 0, 1<<40, 64), "behind the end"},
		"offset wraps":         {oneTensor([]uint64{4}, 0, far&^31, 64), "behind the end"},
		"offset runs over":     {oneTensor([]uint64{16}, 0, 64, 64), "cut off"},
		"tensor of that name":  {header(2, 0).put("t", uint32(1), uint64(1), uint32(0), uint64(0), "t", uint32(1), uint64(1), uint32(0), uint64(32), make([]byte, 99)).Bytes(), "twice"},
		"overlap":              {header(2, 0).put("a", uint32(1), uint64(16), uint32(0), uint64(0), "b", uint32(1), uint64(1), uint32(0), uint64(32), make([]byte, 99)).Bytes(), "overlap"},
		"cut in the middle":    {header(2, 0).put("a", uint32(1), uint64(1), uint32(0), uint64(0), "b", uint32(1), uint64(1)).Bytes(), "left"},
		"another architecture": {header(0, 1).put("general.architecture", uint32(ggufString), "mamba").Bytes(), `architecture "mamba"`},
		"no architecture":      {header(0, 0).Bytes(), `architecture ""`},
	}
}

func TestGGUFRefuses(t *testing.T) {
	for name, c := range wrongGGUF() {
		_, err := fromGGUF(bytes.NewReader(c.file), int64(len(c.file)))
		if err == nil || !strings.Contains(err.Error(), c.say) || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v, want %q", name, err, c.say)
		}
	}
}

// Every way of cutting a file short is noticed when it is opened.
func TestTruncatedGGUF(t *testing.T) {
	whole, err := os.ReadFile("testdata/gguf/q4_0/model.gguf")
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(whole); n += 7 {
		if _, err := fromGGUF(bytes.NewReader(whole[:n]), int64(n)); !errors.Is(err, ErrDamaged) {
			t.Fatalf("the first %d of %d bytes: %v, want %v", n, len(whole), err, ErrDamaged)
		}
	}
}

// A type that cannot be read does not keep the rest of the file from being read.
func TestUnreadableType(t *testing.T) {
	for kind, name := range map[uint32]string{14: "Q6_K", 99: "ggml type 99"} {
		file := oneTensor([]uint64{256}, kind, 0, 4096)
		g, err := parseGGUF(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		err = g.tensors[0].read(make([]float32, 256))
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "stored as "+name) || !strings.Contains(err.Error(), "Q4_1") {
			t.Errorf("type %d: %v, want a word about %s and what can be read", kind, err, name)
		}
	}
}

// withMeta is the parsed file of a fixture with entries changed; nil removes one.
func withMeta(t *testing.T, change map[string]any) *ggufFile {
	t.Helper()
	file, err := os.ReadFile("testdata/gguf/f32/model.gguf")
	if err != nil {
		t.Fatal(err)
	}
	g, err := parseGGUF(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range change {
		g.meta[key] = value
		if value == nil {
			delete(g.meta, key)
		}
	}
	return g
}

func TestLlamaRefuses(t *testing.T) {
	for say, change := range map[string]map[string]any{
		"llama.block_count is missing":            {"llama.block_count": nil},
		"says 2 layers, the tensors make 1":       {"llama.block_count": int64(2)},
		"block_count is 4611686018427387904":      {"llama.block_count": int64(1 << 62)},
		"head_count is a list":                    {"llama.attention.head_count": []int32{2}},
		"head_count is 0":                         {"llama.attention.head_count": int64(0)},
		"2 attention heads cannot share 3":        {"llama.attention.head_count_kv": int64(3)},
		"do not make heads of 15":                 {"llama.attention.key_length": int64(15), "llama.attention.value_length": int64(15), "llama.rope.dimension_count": nil},
		"values have 8 features":                  {"llama.attention.value_length": int64(8)},
		"embedding_length is 64":                  {"llama.embedding_length": int64(64), "llama.rope.dimension_count": nil, "llama.attention.value_length": int64(32)},
		"turns 8 of a head's 16":                  {"llama.rope.dimension_count": int64(8)},
		"rms_epsilon is absent":                   {"llama.attention.layer_norm_rms_epsilon": nil},
		"rms_epsilon is NaN":                      {"llama.attention.layer_norm_rms_epsilon": float32(math.NaN())},
		`RoPE scaling "yarn"`:                     {"llama.rope.scaling.type": "yarn"},
		"mixture of 8 experts":                    {"llama.expert_count": int64(8)},
		"bos_token_id is 56, not one of 56":       {"tokenizer.ggml.bos_token_id": int64(56)},
		"the vocabulary has 57 tokens and 56":     {"tokenizer.ggml.tokens": make([]string, 57)},
		"freq_base is -1, not a positive number":  {"llama.rope.freq_base": float32(-1)},
		"eos_token_id is a list, not one of 56":   {"tokenizer.ggml.eos_token_id": []int32{1}},
		`context_length is "long", not one numbe`: {"llama.context_length": "long"},
	} {
		_, err := adaptLlama(withMeta(t, change))
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v: %v, want %q", change, err, say)
		}
	}
}

func TestLlamaNames(t *testing.T) {
	for name, want := range map[string]string{
		"blk.12.attn_output.weight":  "model.layers.12.self_attn.o_proj.weight",
		"blk.0.ffn_norm.weight":      "model.layers.0.post_attention_layernorm.weight",
		"output.weight":              "lm_head.weight",
		"blk.007.attn_q.weight":      "",
		"blk.-1.attn_q.weight":       "",
		"blk.0.attn_q.scale":         "",
		"blk.0.attn_q_norm.weight":   "",
		"blk.0.attn_q.weight.weight": "",
		"rope_freqs.weight":          "",
		"":                           "",
	} {
		_, got, err := llamaName(name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q became %q (%v), want %q", name, got, err, want)
		}
	}
}

func TestRopeScaling(t *testing.T) {
	model, err := adaptLlama(withMeta(t, map[string]any{"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": float32(2.5)}))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(model.config["rope_scaling"])
	if want := `{"factor":2.5,"rope_type":"linear"}`; string(got) != want {
		t.Errorf("rope_scaling is %s, want %s", got, want)
	}
}

func TestTokenizerRefuses(t *testing.T) {
	for say, change := range map[string]map[string]any{
		`of kind "llama"`:            {"tokenizer.ggml.model": "llama"},
		`called "qwen2"`:             {"tokenizer.ggml.pre": "qwen2"},
		"tokens is absent":           {"tokenizer.ggml.tokens": nil},
		"merges is a list":           {"tokenizer.ggml.merges": []int32{1}},
		`token 1 of the vocabulary`:  {"tokenizer.ggml.tokens": []string{"a", "a"}},
		`token 0 of the vocabulary`:  {"tokenizer.ggml.tokens": []string{"\xff"}},
		`merge 1, "h zz"`:            {"tokenizer.ggml.merges": []string{"h e", "h zz"}},
		`merge 0, "he"`:              {"tokenizer.ggml.merges": []string{"he"}},
		"bos_token_id is 99, not on": {"tokenizer.ggml.bos_token_id": int64(99), "tokenizer.ggml.add_bos_token": true},
	} {
		_, err := withMeta(t, change).tokenizerJSON()
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v: %v, want %q", change, err, say)
		}
	}
}

// A file that wants texts to begin with a token says so in its tokenizer.json.
func TestTokenizerBeginsWithToken(t *testing.T) {
	data, err := withMeta(t, map[string]any{"tokenizer.ggml.add_bos_token": true}).tokenizerJSON()
	if err != nil {
		t.Fatal(err)
	}
	want := `"single":[{"SpecialToken":{"id":"<|im_start|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]`
	if !strings.Contains(string(data), want) {
		t.Errorf("no %s in\n%s", want, data)
	}
}

func TestHalves(t *testing.T) {
	for bits, want := range map[uint16]float32{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 0x1p-14, 0x0001: 0x1p-24, 0x03ff: 1023 * 0x1p-24, 0x7c00: float32(math.Inf(1)), 0x3555: 0x1.554p-2,
	} {
		if got := halfToFloat(bits); got != want {
			t.Errorf("half %#04x is %g, want %g", bits, got, want)
		}
		if got := halfToFloat(bits | 0x8000); got != -want && bits < 0x8000 {
			t.Errorf("half %#04x is %g, want %g", bits|0x8000, got, -want)
		}
	}
	if got := halfToFloat(0x7e00); got == got {
		t.Errorf("half 0x7e00 is %g, want NaN", got)
	}
}
