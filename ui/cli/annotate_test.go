package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

const askedScript = `"""Two questions, for two people each."""
better = form("Which is better?", show = [text("prompt"), pair("left", "right")], ask = [scale("preference", 9)])
items  = param.dataset("", "questions", example = [{"prompt": "p", "left": "l", "right": "r"}])

def flow(item):
    return [a.preference for a in ask(better, item, people = 2)]
`

const ruleScript = `"""The longer one is better, whatever it says."""

def answer(task):
    if task.item.prompt == "skip this":
        return None
    return {"preference": 1 if len(task.item.left) > len(task.item.right) else 9}
`

// TestAnnotate: simulated annotators come in, answer what a flow asks by their rule, and stop when there is
// nothing left for them.
func TestAnnotate(t *testing.T) {
	do := aServer(t)
	for name, text := range map[string]string{
		"asked.star": askedScript, "longer.star": ruleScript, "wrong.star": `def answer(task): return {"preference": 12}`,
		"questions.jsonl": `{"prompt": "a", "left": "long text", "right": "short"}
{"prompt": "b", "left": "x", "right": "longer"}
{"prompt": "skip this", "left": "x", "right": "longer"}
`,
	} {
		writeHere(t, name, text)
	}
	do(ok, "flow start asked.star -p items=questions.jsonl")
	if _, said := do(badInput, "annotate wrong.star --patience 1s"); !strings.Contains(said, "preference") {
		t.Errorf("an answer outside of the scale is refused with %q", said)
	}
	for _, c := range []struct {
		flags            string
		person           string
		answers, skipped int
	}{
		{"", "simulated: longer", 2, 1},
		{" --answers 1", "simulated: longer 2", 1, 1},
	} {
		out, _ := do(ok, "annotate longer.star --patience 300ms"+c.flags)
		var got struct{ Result annotated }
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if d := got.Result; d.Answers != c.answers || d.Skipped > c.skipped || d.Person != c.person {
			t.Errorf("%q: %+v, want %d answers and at most %d skipped", c.flags, d, c.answers, c.skipped)
		}
	}
	// The place that is left is held by the one whose rule was wrong, until its lease ends.
	do(notFound, "annotate nowhere.star")
	do(badInput, "annotate longer.star --invite http://127.0.0.1:1/")
}

// aServer starts a server of an empty data folder in a folder of the test's own, and returns what asks it:
// a command with the exit code that it must have.
func aServer(t *testing.T) func(want exitCode, line string) (out, said string) {
	t.Helper()
	r := newRoom(t)
	r.serve()
	return func(want exitCode, line string) (string, string) {
		t.Helper()
		code, out, said := r.try(t.Context(), line+" --json")
		if code != want {
			t.Fatalf("workbench %s: exit %d, want %d; it said\n%s%s", line, code, want, out, said)
		}
		return out, said
	}
}

func writeHere(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
