package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// events is what `go test -json` writes for a package with the given verdicts.
const events = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.5}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"run","Package":"p","Test":"TestB/one"}
{"Action":"run","Package":"p","Test":"TestB/two"}
{"Action":"pass","Package":"p","Test":"TestB/one","Elapsed":0.1}
{"Action":"pass","Package":"p","Test":"TestB/two","Elapsed":0.1}
{"Action":"pass","Package":"p","Test":"TestB","Elapsed":2.25}
{"Action":"run","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    a_test.go:9: run make fetch\n"}
{"Action":"skip","Package":"p","Test":"TestC","Elapsed":0}
{"Action":"fail","Package":"p","Elapsed":3}
`

func TestReport(t *testing.T) {
	for _, tt := range []struct {
		name   string
		output string
		exit   string
		says   []string
	}{
		{"tests", events, "1", []string{
			"fail  s: p  3s", "--- FAIL  s: p TestA", "got 1, want 2", "2.25s  s: p TestB", "1×  run make fetch", "2 passed, 1 failed",
		}},
		{"a plain step that passes", "all well\n", "0", []string{"pass  s", "1 passed, 0 failed"}},
		{"a plain step that fails", "x.go:1: bad\n", "3", []string{"fail  s", "exit status 3", "x.go:1: bad", "0 passed, 1 failed"}},
		{"a package that does not build", `{"ImportPath":"p","Action":"build-output","Output":"p.go:1: undefined: x\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"start","Package":"p"}
{"Action":"fail","Package":"p","Elapsed":0,"FailedBuild":"p"}
`, "1", []string{"p.go:1: undefined: x", "0 passed, 1 failed"}},
		{"a test that never ends", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"p","Elapsed":9}
`, "1", []string{"p TestA", "did not finish", "panic: test timed out", "0 passed, 1 failed"}},
		{"a failing parent of passing subtests", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/x"}
{"Action":"pass","Package":"p","Test":"TestA/x","Elapsed":0}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"fail","Package":"p","Elapsed":0}
`, "1", []string{"--- FAIL  s: p TestA", "1 passed, 1 failed"}},
		{"a failing subtest is counted once", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/x"}
{"Action":"fail","Package":"p","Test":"TestA/x","Elapsed":0}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"fail","Package":"p","Elapsed":0}
`, "1", []string{"--- FAIL  s: p TestA/x", "0 passed, 1 failed"}},
		{"tests that pass under a command that fails", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"pass","Package":"p","Elapsed":0}
no such package: q
`, "1", []string{"no such package: q", "1 passed, 1 failed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			t.Setenv("OUTPUT", tt.output)
			failed := check(t.Context(), []string{`s: printf %s "$OUTPUT"; exit ` + tt.exit}, &out)
			for _, phrase := range tt.says {
				if !strings.Contains(out.String(), phrase) {
					t.Errorf("the report lacks %q:\n%s", phrase, &out)
				}
			}
			if (failed > 0) != (tt.exit != "0") {
				t.Errorf("%d failed, and the step ended with %s", failed, tt.exit)
			}
			if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); lines[len(lines)-1] != tt.says[len(tt.says)-1] {
				t.Errorf("last line %q, want %q", lines[len(lines)-1], tt.says[len(tt.says)-1])
			}
		})
	}
}

func TestEveryStepRuns(t *testing.T) {
	var out bytes.Buffer
	if failed := check(t.Context(), []string{"a: exit 1", "b: true", "c: exit 2"}, &out); failed != 2 {
		t.Errorf("%d failed, want 2:\n%s", failed, &out)
	}
	if !strings.HasSuffix(out.String(), "\n1 passed, 2 failed\n") {
		t.Errorf("the report ends otherwise:\n%s", &out)
	}
}

// TestInterrupt: Ctrl-C ends the running step with all that it started, and fails those after it.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var out bytes.Buffer
	started := time.Now()
	if failed := check(ctx, []string{"a: sleep 60 & sleep 60", "b: true"}, &out); failed != 2 {
		t.Errorf("%d failed, want 2:\n%s", failed, &out)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("took %s, want the step ended at once", took)
	}
}

func TestMalformedStep(t *testing.T) {
	var out bytes.Buffer
	if failed := check(t.Context(), []string{"go vet"}, &out); failed != 1 || !strings.Contains(out.String(), "name: command") {
		t.Errorf("%d failed, %q, want one and the form that was expected", failed, &out)
	}
}
