package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func mustRead(t testing.TB, path string) *File {
	t.Helper()
	f, err := ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// mixed.safetensors is written by the safetensors package of Python.
func TestPlainFile(t *testing.T) {
	f := mustRead(t, "testdata/mixed.safetensors")
	if got, want := f.Metadata(), map[string]string{"format": "pt", "note": "ünï \"quoted\" <b>"}; !reflect.DeepEqual(got, want) {
		t.Errorf("metadata %v, want %v", got, want)
	}
	inf := float32(math.Inf(1))
	brain := func(bits uint32) float32 { return math.Float32frombits(bits << 16) }
	for name, want := range map[string][]float32{
		"half":   {0, float32(math.Copysign(0, -1)), 1, -2.5, 65504, 0x1p-24, 0x1.ff8p-15, inf, -inf},
		"brain":  {1, -3.140625, brain(0x714a), brain(0x0001)}, // 1e30 and 1e-40, rounded
		"double": {0.1, inf, float32(math.Copysign(0, -1)), 2},
		"plain":  {1.5, -2.25, 3},
		"scalar": {2.5},
		"empty":  {},
	} {
		got := make([]float32, len(want))
		if err := f.Read(name, got); err != nil {
			t.Error(err)
			continue
		}
		sameBits(t, name, got, want)
	}
	step, rng := make([]int64, 1), make([]byte, 13)
	if err := errors.Join(f.ReadInts("step", step), f.ReadBytes("rng", rng)); err != nil {
		t.Fatal(err)
	}
	if step[0] != 12345678901234 || bytes.Count(rng, []byte{0}) > 6 {
		t.Errorf("step %d, rng %v", step, rng)
	}
	for say, err := range map[string]error{
		"stored as I64":    f.Read("step", make([]float32, 1)),
		"holds F32, not":   f.ReadInts("plain", make([]int64, 3)),
		"13 values":        f.ReadBytes("rng", make([]byte, 12)),
		"no such tensor":   f.Read("nothing", nil),
		"holds F64, not U": f.ReadBytes("double", make([]byte, 4)),
	} {
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("want %q: %v", say, err)
		}
	}
}

func TestSafetensorsRoundTrip(t *testing.T) {
	big := make([]float32, 3*chunkElements+7)
	for i := range big {
		big[i] = float32(i) * 0.37
	}
	path := filepath.Join(t.TempDir(), "state.safetensors")
	tensors := []Named{
		{Name: "rng", Shape: []int{5}, Bytes: []byte{1, 2, 3, 255, 0}},
		{Name: "big", Shape: []int{len(big)}, Data: big},
		{Name: "step", Ints: []int64{-1 << 62}},
		{Name: "empty", Shape: []int{0, 4}, Data: []float32{}},
		{Name: `odd "name" <é>`, Shape: []int{2, 1}, Data: []float32{1, -2}},
	}
	metadata := map[string]string{"position": `{"epoch": 3}`, "note": "é<>\n"}
	if err := WriteSafetensors(path, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	f := mustRead(t, path)
	if !reflect.DeepEqual(f.Metadata(), metadata) {
		t.Errorf("metadata %v, want %v", f.Metadata(), metadata)
	}
	var names []string
	for _, info := range f.Tensors() {
		names = append(names, info.Name)
	}
	if want := []string{"step", "big", "empty", `odd "name" <é>`, "rng"}; !slices.Equal(names, want) {
		t.Errorf("order %q, want larger elements first: %q", names, want)
	}
	for _, want := range tensors {
		var got Named
		var err error
		switch n := elementsOf(want.Shape); {
		case want.Ints != nil:
			got.Ints = make([]int64, n)
			err = f.ReadInts(want.Name, got.Ints)
		case want.Bytes != nil:
			got.Bytes = make([]byte, n)
			err = f.ReadBytes(want.Name, got.Bytes)
		default:
			got.Data = make([]float32, n)
			err = f.Read(want.Name, got.Data)
		}
		got.Name, got.Shape = want.Name, want.Shape
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s came back different: %v", want.Name, err)
		}
	}
	onlyThese(t, filepath.Dir(path), "state.safetensors")
}

// safetensorsBytes is a file with a header of one's choosing.
func safetensorsBytes(header string, data int) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), make([]byte, data)...)
}

// wrongSafetensors are also the seeds of the fuzzing.
func wrongSafetensors() map[string]wrongFile {
	tensor := func(dtype, shape, offsets string) string {
		return fmt.Sprintf(`{"w":{"dtype":%q,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets)
	}
	return map[string]wrongFile{
		"empty file":            {nil, "0 bytes that are left"},
		"header past the end":   {binary.LittleEndian.AppendUint64(nil, 1000), "1000 bytes of header"},
		"huge header":           {binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "is it a safetensors file?"},
		"no object":             {safetensorsBytes(`[]`, 0), "not a JSON object"},
		"broken JSON":           {safetensorsBytes(`{"w":`, 0), "EOF"},
		"two objects":           {safetensorsBytes(`{}{}`, 0), "follow the JSON object"},
		"unknown dtype":         {safetensorsBytes(tensor("F4", "[1]", "[0,1]"), 1), `dtype "F4"`},
		"no shape":              {safetensorsBytes(`{"w":{"dtype":"U8","data_offsets":[0,1]}}`, 1), "shape and two data_offsets"},
		"one offset":            {safetensorsBytes(tensor("U8", "[1]", "[0]"), 1), "shape and two data_offsets"},
		"negative size":         {safetensorsBytes(tensor("U8", "[-1]", "[0,1]"), 1), "-1"},
		"fractional size":       {safetensorsBytes(tensor("U8", "[1.5]", "[0,1]"), 1), "1.5"},
		"product overflows":     {safetensorsBytes(tensor("U8", "[4294967296,4294967296,4294967296]", "[0,0]"), 0), "impossible shape"},
		"product wraps to 0":    {safetensorsBytes(tensor("U8", "[9223372036854775808,2]", "[0,0]"), 0), "impossible shape"},
		"bytes overflow":        {safetensorsBytes(tensor("F64", "[2305843009213693952]", "[0,0]"), 0), "takes"},
		"nine axes":             {safetensorsBytes(tensor("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1), "impossible shape"},
		"size is not the shape": {safetensorsBytes(tensor("F32", "[2]", "[0,4]"), 4), "takes 8 bytes"},
		"offsets turned round":  {safetensorsBytes(tensor("U8", "[1]", "[1,0]"), 1), "takes 1 bytes"},
		"behind the end":        {safetensorsBytes(tensor("U8", "[2]", "[0,2]"), 1), "0 to 2 of 1"},
		"far behind the end":    {safetensorsBytes(tensor("U8", "[1]", "[18446744073709551614,18446744073709551615]"), 1), "of 1"},
		"something follows":     {safetensorsBytes(tensor("U8", "[1]", "[0,1]"), 2), "something follows"},
		"a gap":                 {safetensorsBytes(tensor("U8", "[1]", "[1,2]"), 2), "begins at byte"},
		"overlap":               {safetensorsBytes(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), "begins at byte"},
		"same name twice":       {safetensorsBytes(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), "twice"},
		"metadata twice":        {safetensorsBytes(`{"__metadata__":{},"__metadata__":{}}`, 0), "twice"},
		"metadata nested":       {safetensorsBytes(`{"__metadata__":{"a":{}}}`, 0), "metadata are texts"},
	}
}

func TestSafetensorsRefuses(t *testing.T) {
	for name, c := range wrongSafetensors() {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := ReadSafetensors(path)
		if err == nil {
			f.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.say) || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v, want %q", name, err, c.say)
		}
	}
}

func TestPipeIsNoModel(t *testing.T) {
	if _, err := ReadSafetensors(os.DevNull); err == nil || !strings.Contains(err.Error(), "not an ordinary file") {
		t.Errorf("a device: %v", err)
	}
}

// A catalog's conformance: what is listed is consistent and can be used.
func TestCatalogs(t *testing.T) {
	all := slices.Clone(safetensorsEncodings)
	ids := map[uint32]bool{}
	for _, e := range ggmlEncodings {
		if ids[e.id] {
			t.Errorf("ggml type %d is listed twice", e.id)
		}
		ids[e.id] = true
		all = append(all, e.encoding)
	}
	for _, e := range all {
		if chunkElements%e.block != 0 {
			t.Errorf("%s: chunks of %d elements cut blocks of %d", e.name, chunkElements, e.block)
		}
		if e.decode == nil {
			continue
		}
		got := make([]float32, 3*e.block)
		e.decode(got, make([]byte, 3*e.bytes)) // panics if a block is longer than declared
		for i, x := range got {
			if x != 0 {
				t.Errorf("%s: zero bytes give %g at %d", e.name, x, i)
			}
		}
	}
	for _, a := range ggufArchitectures {
		if _, err := a.adapt(&ggufFile{}); err == nil {
			t.Errorf("architecture %s makes a model out of an empty file", a.name)
		}
	}
	for _, p := range preTokenizers {
		for _, name := range p.names {
			step, err := preTokenizerFor(name, byteLevelStep(false))
			if err != nil || step["type"] == nil {
				t.Errorf("pre-tokenizer %q: %v, %v", name, step, err)
			}
		}
	}
}
