package checkpoint

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// python is an interpreter with torch and transformers, for comparing with them directly. The
// fixtures hold what they said once; these tests ask them again.
func python(t *testing.T) string {
	t.Helper()
	path := os.Getenv("WORKBENCH_PYTHON")
	if path == "" {
		t.Skip("name a Python that has torch and transformers in WORKBENCH_PYTHON to compare with them")
	}
	return path
}

func runPython(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(python(t), args...)
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1", "HF_HUB_DISABLE_PROGRESS_BARS=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	t.Logf("%s", out)
}

func TestTransformersLoadsWhatIsWritten(t *testing.T) {
	python(t)
	var pairs []string
	for _, path := range fixtures(t) {
		if !strings.Contains(path, "/hf/") {
			continue
		}
		for _, dtype := range []string{"F32", "BF16"} {
			f := copyOf(t, path)
			f.DType, f.ShardBytes = dtype, 3000
			dir := filepath.Join(t.TempDir(), filepath.Base(path)+"-"+dtype)
			if err := WriteFolder(dir, f); err != nil {
				t.Fatal(err)
			}
			pairs = append(pairs, dir, path)
		}
	}
	runPython(t, append([]string{"testdata/check_export.py"}, pairs...)...)
}

// The export of the real model, beside what transformers makes of the same GGUF file: a folder named
// in WORKBENCH_REFERENCE.
func TestTransformersLoadsTheRealModel(t *testing.T) {
	python(t)
	reference := os.Getenv("WORKBENCH_REFERENCE")
	if reference == "" {
		t.Skip("name the folder that transformers made of the same GGUF file in WORKBENCH_REFERENCE")
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := WriteFolder(dir, copyOf(t, realModel(t))); err != nil {
		t.Fatal(err)
	}
	runPython(t, "testdata/check_export.py", dir, reference)
}

func TestSafetensorsPackageReadsWhatIsWritten(t *testing.T) {
	python(t)
	path := filepath.Join(t.TempDir(), "state.safetensors")
	err := WriteSafetensors(path, []Named{
		{Name: "rng", Shape: []int{5}, Bytes: []byte{0, 1, 2, 3, 4}},
		{Name: "step", Ints: []int64{-3}},
		{Name: "adapter", Shape: []int{2, 3}, Data: []float32{0, 0.5, 1, 1.5, 2, 2.5}},
	}, map[string]string{"note": "é"})
	if err != nil {
		t.Fatal(err)
	}
	runPython(t, "testdata/check_state.py", path)
}
