package checkpoint

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// copyOf opens a fixture and gathers it for writing.
func copyOf(t testing.TB, path string) Folder {
	t.Helper()
	f, err := mustOpen(t, path).Folder()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWrittenFolderIsTheSameModel(t *testing.T) {
	for _, path := range fixtures(t) {
		for _, shard := range []int64{0, 3000} {
			from, f := mustOpen(t, path), copyOf(t, path)
			f.ShardBytes = shard
			dir := filepath.Join(t.TempDir(), "new", "model")
			if err := WriteFolder(dir, f); err != nil {
				t.Fatal(err)
			}
			shards, _ := filepath.Glob(filepath.Join(dir, "*.safetensors"))
			if sharded := shard > 0; sharded != (len(shards) > 1) {
				t.Errorf("%s: %d files of weights with shards of %d bytes", path, len(shards), shard)
			}
			c := mustOpen(t, dir)
			sameTensors(t, c, expected(t, path))
			for key, value := range from.Config() {
				if got := c.Config()[key]; key != "torch_dtype" && key != "dtype" && !reflect.DeepEqual(got, value) {
					t.Errorf("%s: config %s is %v, want %v", path, key, got, value)
				}
			}
			sameWords(t, c, from)
		}
	}
}

func sameWords(t *testing.T, c, from *Checkpoint) {
	t.Helper()
	got, err := c.TokenizerJSON()
	want, err2 := from.TokenizerJSON()
	if err != nil || err2 != nil || string(got) != string(want) {
		t.Errorf("%s: another tokenizer: %v %v", from.Path(), err, err2)
	}
	for _, pair := range [][2]any{
		{c.ChatTemplate(), from.ChatTemplate()},
		{c.SpecialTokens(), from.SpecialTokens()},
		{c.EndTokens(), from.EndTokens()},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %v, want %v", from.Path(), pair[0], pair[1])
		}
	}
}

func TestWrittenAsBF16(t *testing.T) {
	f := copyOf(t, "testdata/hf/tied-f32")
	f.DType = "BF16"
	dir := filepath.Join(t.TempDir(), "model")
	if err := WriteFolder(dir, f); err != nil {
		t.Fatal(err)
	}
	c := mustOpen(t, dir)
	if got := c.Config()["torch_dtype"]; got != "bfloat16" {
		t.Errorf("torch_dtype is %v, want bfloat16", got)
	}
	for _, e := range expected(t, "testdata/hf/tied-f32") {
		got := make([]float32, len(e.values))
		if err := c.Read(e.name, got); err != nil {
			t.Fatal(err)
		}
		for i, x := range e.values {
			if relative := math.Abs(float64(got[i]-x)) / math.Abs(float64(x)); relative > 1.0/256 {
				t.Errorf("%s: %g became %g", e.name, x, got[i])
			}
		}
	}
}

func TestBFloat16Rounds(t *testing.T) {
	for _, c := range []struct {
		x    float32
		want uint16
	}{
		{1, 0x3f80},
		{math.Float32frombits(0x3f808000), 0x3f80}, // half way: to even, down
		{math.Float32frombits(0x3f818000), 0x3f82}, // half way: to even, up
		{math.Float32frombits(0x3f808001), 0x3f81},
		{math.Float32frombits(0xbf807fff), 0xbf80},
		{math.MaxFloat32, 0x7f80},
		{float32(math.Inf(-1)), 0xff80},
		{math.Float32frombits(0x00000001), 0},
		{math.Float32frombits(0x80000000), 0x8000},
	} {
		if got := bfloat16(c.x); got != c.want {
			t.Errorf("%g (%#x) became %#x, want %#x", c.x, math.Float32bits(c.x), got, c.want)
		}
	}
	if got := bfloat16(math.Float32frombits(0x7f800001)); got&0x7f80 != 0x7f80 || got&0x7f == 0 {
		t.Errorf("a NaN became %#x", got)
	}
}

func TestFolderRefusesToOverwrite(t *testing.T) {
	dir := t.TempDir()
	occupied, file := filepath.Join(dir, "occupied"), filepath.Join(dir, "file")
	if err := errors.Join(os.Mkdir(occupied, 0o700), os.WriteFile(filepath.Join(occupied, "thesis.txt"), []byte("x"), 0o600), os.WriteFile(file, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	f := copyOf(t, "testdata/hf/tied-f32")
	for path, say := range map[string]string{occupied: "not empty (it holds thesis.txt)", file: "not a folder"} {
		if err := WriteFolder(path, f); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("write over %s: %v, want %q", path, err, say)
		}
	}
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteFolder(empty, f); err != nil {
		t.Errorf("write into an empty folder: %v", err)
	}
	onlyThese(t, dir, "occupied", "file", "empty")
}

func TestFolderRefusesNonsense(t *testing.T) {
	for say, spoil := range map[string]func(*Folder){
		"no model_type":      func(f *Folder) { f.Config = map[string]any{} },
		"F32 or BF16":        func(f *Folder) { f.DType = "F8" },
		"not JSON":           func(f *Folder) { f.TokenizerJSON = []byte("{") },
		"no tensors":         func(f *Folder) { f.Tensors = nil },
		"given twice":        func(f *Folder) { f.Tensors = append(f.Tensors, f.Tensors[0]) },
		"3 values for shape": func(f *Folder) { f.Tensors = []Named{{Name: "w", Shape: []int{2}, Data: make([]float32, 3)}} },
		"0 values for shape": func(f *Folder) { f.Tensors = []Named{{Name: "w", Shape: []int{2}}} },
		"impossible shape":   func(f *Folder) { f.Tensors = []Named{{Name: "w", Shape: []int{-1, -2}, Data: make([]float32, 2)}} },
		"cannot be written":  func(f *Folder) { f.Tensors = []Named{{Name: "__metadata__", Data: []float32{1}}} },
		"of several kinds":   func(f *Folder) { f.Tensors = []Named{{Name: "w", Data: []float32{1}, Ints: []int64{1}}} },
		"the disk caught fire": func(f *Folder) {
			f.Tensors[3].Load = func([]float32) error { return errors.New("the disk caught fire") }
		},
	} {
		dir := t.TempDir()
		f := copyOf(t, "testdata/hf/tied-f32")
		spoil(&f)
		if err := WriteFolder(filepath.Join(dir, "model"), f); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("want %q: %v", say, err)
		}
		onlyThese(t, dir)
	}
}

// onlyThese checks what a folder holds: nothing half-written may stay.
func onlyThese(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	for _, name := range want {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
		delete(names, name)
	}
	if len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

func TestSweepRemovesOnlyLeftovers(t *testing.T) {
	dir := t.TempDir()
	leftFile, leftFolder := partialPath(filepath.Join(dir, "a.safetensors")), partialPath(filepath.Join(dir, "model"))
	err := errors.Join(
		os.WriteFile(leftFile, nil, 0o600), os.Mkdir(leftFolder, 0o700), os.WriteFile(filepath.Join(leftFolder, "config.json"), nil, 0o600),
		os.WriteFile(filepath.Join(dir, ".notes.partial-draft"), nil, 0o600), os.WriteFile(filepath.Join(dir, "a.safetensors"), nil, 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := Sweep(dir); err != nil {
		t.Fatal(err)
	}
	onlyThese(t, dir, ".notes.partial-draft", "a.safetensors")
}
