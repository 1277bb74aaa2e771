package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"workbench/embed"
	"workbench/tasks/script"
)

// room is a folder of its own for a test that runs verbs, with a data folder and a tiny model.
type room struct {
	t      *testing.T
	dir    string
	stdin  string
	stderr io.Writer // hears what verbs say; nil for nobody
}

// newRoom makes a room; what it runs needs the runtime library that the binary carries.
func newRoom(t *testing.T) *room {
	t.Helper()
	if _, err := embed.Runtime(); err != nil {
		t.Skipf("the runtime library is not here: run make fetch (%v)", err)
	}
	r := &room{t: t, dir: t.TempDir()}
	t.Chdir(r.dir)
	m, err := script.StandIn(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Export("tiny", "F32"); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

// write makes a file of lines.
func (r *room) write(name string, lines ...string) {
	r.t.Helper()
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// try runs a verb and returns how it went.
func (r *room) try(ctx context.Context, line string) (code exitCode, stdout, stderr string) {
	r.t.Helper()
	words, err := splitWords(line)
	if err != nil {
		r.t.Fatal(err)
	}
	var out, errs bytes.Buffer
	a := r.app()
	a.stdin, a.stdout, a.stderr = strings.NewReader(r.stdin), &out, &errs
	if r.stderr != nil {
		a.stderr = io.MultiWriter(&errs, r.stderr)
	}
	code = a.run(ctx, words)
	return code, out.String(), errs.String()
}

// app is what verbs of the room run in; it says nothing to anybody.
func (r *room) app() *app {
	return &app{
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard,
		verbs: commands, now: time.Now, id: "an-id",
		getenv: func(key string) string { return map[string]string{"WORKBENCH_DATA": "data"}[key] },
	}
}

// must runs a verb that must succeed and returns its stdout.
func (r *room) must(line string) string {
	r.t.Helper()
	code, stdout, stderr := r.try(r.t.Context(), line)
	if code != ok {
		r.t.Fatalf("workbench %s: exit code %d\nstdout: %s\nstderr: %s", line, code, stdout, stderr)
	}
	return stdout
}

// result runs a verb with --json and reads its result.
func (r *room) result(line string, into any) {
	r.t.Helper()
	stdout := strings.TrimSpace(r.must(line + " --json"))
	last := stdout[strings.LastIndex(stdout, "\n")+1:]
	object := struct {
		Status string
		Result any
	}{Result: into}
	if err := json.Unmarshal([]byte(last), &object); err != nil || object.Status != "ok" {
		r.t.Fatalf("workbench %s --json: status %q, %v, last line %s", line, object.Status, err, last)
	}
}

// refuse runs a verb that must fail with a code and with words in its message.
func (r *room) refuse(line string, want exitCode, words ...string) {
	r.t.Helper()
	code, stdout, stderr := r.try(r.t.Context(), line)
	for _, w := range words {
		if !strings.Contains(stderr, w) {
			r.t.Errorf("workbench %s: stderr %q, want %q in it", line, stderr, w)
		}
	}
	if code != want {
		r.t.Errorf("workbench %s: exit code %d, want %d; stdout %q, stderr %q", line, code, want, stdout, stderr)
	}
}

// exists says whether something is there.
func exists(parts ...string) bool {
	_, err := os.Stat(filepath.Join(parts...))
	return err == nil
}
