package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"workbench/tasks/script"
)

// TestCheckProcess is the process of a check when the test below starts it.
func TestCheckProcess(t *testing.T) {
	if os.Getenv("WORKBENCH_TEST_CHECK") == "" {
		t.Skip("started by TestScriptsOfStrangersEnd")
	}
	if code := Run(t.Context(), []string{"recipe", "check-one"}, os.Stdin, os.Stdout, os.Stderr); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// Whatever a script does when it is tried, this process gets an answer.
func TestScriptsOfStrangersEnd(t *testing.T) {
	a := &app{apart: func(ctx context.Context) (*exec.Cmd, error) {
		process := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestCheckProcess$")
		process.Env = append(os.Environ(), "WORKBENCH_TEST_CHECK=1")
		return process, nil
	}}
	for _, c := range []struct{ name, text, says string }{
		{"in order", "x = param(3, \"help\", high = 9)\ndef run():\n    return x\n", ""},
		{"a mistake", "def run():\n    return 1 // 0\n", "mistake.star:2:14: floored division by zero"},
		{"no end", "def flow(item):\n    while True:\n        pass\n", "too many steps"},
		{"deep", "def f(n):\n    return f(n + 1)\ndef flow(item):\n    f(0)\n", "more than 1000 deep"},
		{"a list that grows", "def flow(item):\n    x = [0]\n    while True:\n        x = x + x\n", "more than 1 GB of memory"},
		{"a text at the top level", "x = \"a\" * (1 << 29)\ny = [x + str(i) for i in range(30)]\ndef run():\n    pass\n", "more than 1 GB of memory"},
		{"two mistakes", "def run():\n    return a + b\n", "undefined: a"},
	} {
		if strings.Contains(c.says, "memory") && (raced || runtime.GOOS != "linux") {
			continue
		}
		got, err := a.check(t.Context(), "mistake.star", c.text, nil, datasets{})
		var at *script.ScriptError
		switch {
		case c.says == "" && err != nil, c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		case c.says == "" && (len(got.Params) != 1 || got.Params[0].Default != int64(3)):
			t.Errorf("%s: got the params %+v", c.name, got.Params)
		case c.says != "" && errors.As(err, &at) != (c.name != "two mistakes"):
			t.Errorf("%s: whether it has a place: %v", c.name, err)
		}
	}
	if _, err := a.check(t.Context(), "x.star", "x = param(3, \"help\", high = 9)\ndef run():\n    pass\n", map[string]string{"x": "10"}, datasets{}); err == nil || !strings.Contains(err.Error(), "above 9") {
		t.Errorf("a param out of bounds: got %v", err)
	}
	const reads = "d = param.dataset(\"\", \"data\")\ndef flow(item):\n    print(item.x)\n"
	file := filepath.Join(t.TempDir(), "d.jsonl")
	if err := os.WriteFile(file, []byte("{\"x\": \"found\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, note := range map[string]string{file: "found", file + "x": "the flow was not tried"} {
		if got, err := a.check(t.Context(), "x.star", reads, map[string]string{"d": name}, datasets{}); err != nil || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], note) {
			t.Errorf("with the dataset %s: got %v, %v", filepath.Base(name), got.Notes, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := a.check(ctx, "x.star", "def run():\n    pass\n", nil, datasets{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a check that is stopped: got %v", err)
	}
}
