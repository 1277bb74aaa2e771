package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/embed"
)

// invoke runs one action as the verb "try", and returns what it wrote.
func invoke(ctx context.Context, action func(*app) error, flags ...string) (code exitCode, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := &app{
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs,
		getenv: func(string) string { return "" }, now: time.Now, id: "an-id",
		verbs: func(a *app) []*cli.Command {
			return []*cli.Command{{Name: "try", Usage: "try", Action: func(*cli.Context) error { return action(a) }}}
		},
	}
	code = a.run(ctx, append([]string{"try"}, flags...))
	return code, out.String(), errs.String()
}

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want exitCode
		says string
	}{
		{"nothing", nil, ok, ""},
		{"a plain error", errors.New("odd"), unexpected, "workbench: odd\n"},
		{"a failure", fail(checkFailed, "gap is 3").next("look"), checkFailed, "workbench: gap is 3\n  next: look\n"},
		{"a wrapped failure", fmt.Errorf("pair 4: %w", fail(badInput, "empty").next("fill it")), badInput, "workbench: pair 4: empty\n  next: fill it\n"},
		{"a missing file", fmt.Errorf("open: %w", fs.ErrNotExist), notFound, "file does not exist"},
		{"a missing part", fmt.Errorf("no model: %w", embed.ErrNotCarried), missingPart, "run make build"},
		{"a failure with two causes", fmt.Errorf("x: %w", fail(badInput, "%w: %w", fs.ErrExist, fs.ErrClosed)), badInput, "x: file already exists"},
		{"a failure over a missing file", fail(badInput, "read: %w", fs.ErrNotExist), badInput, "read: file does not exist"},
		{"cancelled", fmt.Errorf("step 3: %w", context.Canceled), cancelled, "workbench: stopped: step 3"},
		{"hint of another package", hinted{}, unexpected, "workbench: theirs\n  next: do it\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, _, stderr := invoke(t.Context(), func(*app) error { return tt.err })
			if code != tt.want || !strings.Contains(stderr, tt.says) {
				t.Errorf("%v: exit code %d, stderr %q, want %d and %q", tt.err, code, stderr, tt.want, tt.says)
			}
		})
	}
}

type hinted struct{}

func (hinted) Error() string { return "theirs" }
func (hinted) Hint() string  { return "do it" }

// TestEveryExitCodeIsExplained keeps the table complete and in order.
func TestEveryExitCodeIsExplained(t *testing.T) {
	if len(exitCodes) != int(checkFailed)+1 {
		t.Fatalf("%d exit codes are explained, want %d", len(exitCodes), checkFailed+1)
	}
	for i, e := range exitCodes {
		if int(e.code) != i || e.short == "" || e.long == "" || !strings.Contains(verbHelp, fmt.Sprintf("%d %s", i, e.short)) {
			t.Errorf("entry %d is %+v, want code %d with words that the help of verbs uses too", i, e, i)
		}
	}
}

func TestAnswer(t *testing.T) {
	action := func(a *app) error {
		return a.answer(map[string]any{"text": "<b>"}, func(w io.Writer) { fmt.Fprintln(w, "bold") })
	}
	if code, stdout, _ := invoke(t.Context(), action); code != ok || stdout != "bold\n" {
		t.Errorf("for people: code %d, stdout %q, want 0 and \"bold\\n\"", code, stdout)
	}
	code, stdout, _ := invoke(t.Context(), action, "--json")
	if want := `{"id":"an-id","status":"ok","result":{"text":"<b>"}}` + "\n"; code != ok || stdout != want {
		t.Errorf("as JSON: code %d, stdout %q, want 0 and %q", code, stdout, want)
	}
	named := func(a *app) error { a.named("run-7"); return fail(notFound, "gone").next("look elsewhere") }
	code, stdout, _ = invoke(t.Context(), named, "--json")
	var got struct {
		ID, Status string
		Result     complaint
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("stdout %q: %v", stdout, err)
	}
	if want := (complaint{"gone", "look elsewhere", 3}); code != notFound || got.ID != "run-7" || got.Status != "error" || got.Result != want {
		t.Errorf("an error as JSON: code %d, %+v, want 3, run-7, error, %+v", code, got, want)
	}
}

func TestUnencodableResultIsAnError(t *testing.T) {
	code, stdout, _ := invoke(t.Context(), func(a *app) error { return a.answer(func() {}, nil) }, "--json")
	if code != unexpected || !strings.Contains(stdout, "encode the result") {
		t.Errorf("code %d, stdout %q, want 1 and an error object", code, stdout)
	}
}

func TestPanicIsReportedAsBug(t *testing.T) {
	code, _, stderr := invoke(t.Context(), func(*app) error { panic("lost") })
	if code != unexpected || !strings.Contains(stderr, "this is a bug: lost") || !strings.Contains(stderr, "next: please report it") {
		t.Errorf("code %d, stderr %q, want 1 and a request to report it", code, stderr)
	}
}

// TestStoppedVerb: whatever a verb returns after Ctrl-C, the code says that it was stopped.
func TestStoppedVerb(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stop := func(*app) error { cancel(); return errors.New("session ended") }
	if code, _, stderr := invoke(ctx, stop); code != cancelled || !strings.Contains(stderr, "session ended") {
		t.Errorf("code %d, stderr %q, want 5 and what the verb said", code, stderr)
	}
}

func TestRunEndToEnd(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := Run(t.Context(), []string{"version", "--json"}, strings.NewReader(""), &stdout, &stderr)
	var got struct {
		ID, Status string
		Result     struct {
			Version string
			Carries []carriedPart
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || code != 0 {
		t.Fatalf("version --json: code %d, stdout %q, stderr %q, %v", code, &stdout, &stderr, err)
	}
	if len(got.ID) != 26 || got.Status != "ok" || got.Result.Version == "" || len(got.Result.Carries) != len(embed.Parts()) {
		t.Errorf("version --json: %+v, want an id of 26 letters, status ok, a version and %d parts", got, len(embed.Parts()))
	}
}

func TestBadFlagValue(t *testing.T) {
	var stderr bytes.Buffer
	code := Run(t.Context(), []string{"licenses", "--short=perhaps"}, strings.NewReader(""), io.Discard, &stderr)
	if code != int(badInput) || !strings.Contains(stderr.String(), "perhaps") || !strings.Contains(stderr.String(), "next: workbench licenses --help") {
		t.Errorf("--short=perhaps: code %d, stderr %q, want 2 with the value and a hint", code, &stderr)
	}
}

func TestInput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pairs.jsonl")
	if err := os.WriteFile(path, []byte("from a file"), 0o644); err != nil {
		t.Fatal(err)
	}
	a := &app{stdin: strings.NewReader("from stdin")}
	for given, want := range map[string]string{path: "from a file", "-": "from stdin"} {
		opened, err := a.input("input", given)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(opened)
		if err := errors.Join(err, opened.Close()); err != nil || string(got) != want {
			t.Errorf("--input %s holds %q, %v, want %q", given, got, err, want)
		}
	}
	for given, want := range map[string]exitCode{filepath.Join(t.TempDir(), "none"): notFound, t.TempDir(): badInput} {
		if _, err := a.input("input", given); codeOf(err) != want || !strings.Contains(err.Error(), "--input") || hintOf(err) == "" {
			t.Errorf("--input %s: %v, code %d, hint %q, want code %d, the flag's name and a hint", given, err, codeOf(err), hintOf(err), want)
		}
	}
}

func TestDataFolder(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, flag string
		env        map[string]string
		want       string
	}{
		{"flag", "given", map[string]string{"WORKBENCH_DATA": "env", "HOME": "/h"}, filepath.Join(dir, "given")},
		{"environment", "", map[string]string{"WORKBENCH_DATA": "/env", "HOME": "/h"}, "/env"},
		{"home", "", map[string]string{"HOME": "/h"}, "/h/.workbench"},
		{"nowhere", "", nil, ""},
	} {
		a := &app{data: tt.flag, getenv: func(key string) string { return tt.env[key] }}
		got, err := a.dataDir()
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: data folder %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}
