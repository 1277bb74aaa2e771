package script

import (
	"errors"
	"strings"
	"testing"

	"workbench/tasks/form"
)

// A form of a script is the form that package form knows.
func TestFormsAreMadeInScripts(t *testing.T) {
	s := parse(t, `f = form("Answer", show = [passage("text"), text("question"), pair("left", "right")],
    ask = [choice("best", options = ["left", "right"], label = "Which?"), choice("flaws", ["wrong", "rude"], several = True, optional = True),
           scale("preference", 9, left = "l", right = "r"), longtext("why", max_words = 5, min_words = 2), quote("evidence", of = "text", max_chars = 8, several = True)])
guide(f, """
# Read this
""")
def flow(item):
    ask(f, item)
`)
	p, err := s.openFlow(FlowHost{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := form.Form{
		Title: "Answer", Guide: "# Read this",
		Show: []form.Part{{Kind: "passage", Fields: []string{"text"}}, {Kind: "text", Fields: []string{"question"}}, {Kind: "pair", Fields: []string{"left", "right"}}},
		Ask: []form.Field{
			{Name: "best", Kind: "choice", Label: "Which?", Options: []string{"left", "right"}},
			{Name: "flaws", Kind: "choice", Options: []string{"wrong", "rude"}, Several: true, Optional: true},
			{Name: "preference", Kind: "scale", Points: 9, Left: "l", Right: "r"},
			{Name: "why", Kind: "longtext", MinWords: 2, MaxWords: 5},
			{Name: "evidence", Kind: "quote", Of: "text", MaxChars: 8, Several: true},
		},
	}
	if got := p.globals["f"].(*Form).f; got.Version() != want.Version() {
		t.Errorf("form: got %+v\nwant %+v", got, want)
	}
}

// Every part and every question of package form can be written in a script.
func TestFormsAreWhole(t *testing.T) {
	known := map[string]bool{}
	for _, p := range formsFamily().Primitives {
		known[p.Name] = true
	}
	for _, kind := range append(form.Parts(), form.Fields()...) {
		if !known[kind] {
			t.Errorf("scripts can't write a %s", kind)
		}
	}
}

// A mistake in a form is reported at the line of the part that it is in.
func TestMistakesInFormsAreReportedAtTheirLine(t *testing.T) {
	const head = "f = form(\"Answer\",\n    show = [text(\"q\")],\n    ask = [\n"
	for _, c := range []struct {
		text string
		line int
		says []string
	}{
		{head + "        scale(\"a\", 1),\n])", 4, []string{`scale "a"`, "2 to 101 points, not 1"}},
		{head + "        scale(\"a b\", 3),\n])", 4, []string{"is no name"}},
		{head + "        choice(\"a\", options = [\"x\"]),\n])", 4, []string{"2 to 100 options"}},
		{head + "        choice(\"a\", options = \"xy\"),\n])", 4, []string{"want a list of texts"}},
		{head + "        choice(\"a\", options = [1, 2]),\n])", 4, []string{"want a list of texts"}},
		{head + "        longtext(\"a\", max_words = 1, min_words = 2),\n])", 4, []string{"can't be written"}},
		{head + "        quote(\"a\", of = \"text\"),\n])", 1, []string{"does not show text"}},
		{head + "        scale(\"a\", 3), scale(\"a\", 3),\n])", 1, []string{"the name a is taken"}},
		{head + "        scale(\"person\", 3),\n])", 1, []string{"no question can be called person"}},
		{head + "        text(\"q\"),\n])", 1, []string{"not a part of a form", "write  ask = ["}},
		{head + "])", 1, []string{"asks nothing"}},
		{"f = form(\"A\", show = [scale(\"a\", 3)], ask = [])", 1, []string{"not a question of a form", "write  show = ["}},
		{"f = form(\"\", show = [], ask = [scale(\"a\", 3)])", 1, []string{"no title"}},
		{"f = form(\"A\", show = [text(\"a b\")], ask = [scale(\"a\", 3)])", 1, []string{"no name of a field"}},
		{"f = form(\"A\", show = [], ask = [scale(\"a\", 3)], guide = \"x\")\nguide(f, \"y\")", 2, []string{"has a guide"}},
	} {
		_, err := parse(t, c.text+"\n").Describe()
		var at *ScriptError
		if !errors.As(err, &at) || at.Line != c.line {
			t.Errorf("%s: want an error in line %d, got\n%v", c.text, c.line, err)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: want %q in\n%v", c.text, want, err)
			}
		}
	}
}

// FuzzForms gives primitives of forms whatever can be written: they never panic, and a form that is taken
// can be answered.
func FuzzForms(f *testing.F) {
	for _, seed := range []string{
		`form("t", show = [text("a")], ask = [scale("b", 9)])`,
		`form("t", [passage("a"), pair("a", "b")], [quote("q", of = "a", several = True), longtext("w", 3)], guide = "g")`,
		`form("t", [], [choice("c", ["x"] * 100000)])`,
		`form(1, 2, 3, 4)`, `choice("c", options = range(1 << 40))`, `scale("s", -(1 << 70))`, `longtext("w", max_words = 1 << 62)`,
		`guide(form("t", [], [scale("s", 2)]), "x" * 200000)`, `form("t", show = [[]], ask = {"a": 1})`, `quote("q", of = "")`, `text()`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if len(expression) > 2000 || strings.ContainsAny(expression, "*<") { // numbers that grow are the interpreter's own
			return
		}
		s, err := Parse("fuzz.star", "f = "+expression+"\ndef flow(item):\n    pass\n")
		if err != nil {
			return
		}
		r := s.newRun(t.Context(), describing, Host{}, nil)
		guard(r.thread, 100_000)
		globals, err := r.top()
		if err != nil {
			return
		}
		made, ok := globals["f"].(*Form)
		if !ok {
			return
		}
		if err := made.f.Check(); err != nil {
			t.Errorf("%s made a form that does not pass its check: %v", expression, err)
		}
	})
}
