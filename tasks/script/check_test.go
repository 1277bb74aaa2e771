package script

import (
	"strings"
	"testing"
)

// What would be lost on resume, or silently wrong in a loss, is refused in the text of the script.
func TestInspect(t *testing.T) {
	const lossHead = "p = param.model(\"embedded\", \"m\")\ndef other(x):\n    return x\ndef loss(b):\n"
	const lossTail = "\ndef run():\n    t = trainer(loss, of = [p], optimizer = adamw(1e-3))\n"
	loss := func(body string) string { return lossHead + body + lossTail }
	loop := func(before, body, after string) string {
		text := "def f(*a):\n    return 1\ndef run():\n"
		for _, line := range strings.Split(before, "\n") {
			text += "    " + line + "\n"
		}
		text += "    for b in loop(range(3)):\n"
		for _, line := range strings.Split(body, "\n") {
			text += "        " + line + "\n"
		}
		for _, line := range strings.Split(after, "\n") {
			text += "    " + line + "\n"
		}
		return text
	}
	for _, c := range []struct {
		name, text string
		says       string // empty: nothing is wrong
	}{
		{"== on a column", loss("    return mean(p.logp(b.t)) if b.x == 1 else 0"), "== inside a loss"},
		{"!= on numbers", loss("    return 1 if 2 != 3 else 0"), "!= inside a loss"},
		{"in on a tensor", loss("    return 1 if b.x in [1, 2] else 0"), "in inside a loss"},
		{"== in a function that the loss calls", strings.Replace(loss("    return other(b)"), "return x\n", "return x == 1\n", 1), "== inside a loss"},
		{"== against a text", loss("    return 1 if p.name == \"embedded\" else 0"), ""},
		{"!= against None", loss("    return 1 if p != None else 0"), ""},
		{"in a list of texts", loss("    return 1 if p.name in (\"a\", \"b\") else 0"), ""},
		{"== in a lambda loss", "p = param.model(\"embedded\", \"m\")\ndef run():\n    trainer(lambda b: b.x == 1, of = [p], optimizer = adamw(1e-3))\n", "== inside a loss"},
		{"== outside of a loss", "def run():\n    return 1 == 1\n", ""},

		{"a counter", loop("n = 0", "n += 1", "pass"), "n carries a value"},
		{"read, then assigned", loop("best = 0", "x = f(best)\nbest = x", "pass"), "best carries a value"},
		{"assigned in one branch only", loop("x = 0", "if f(b):\n    x = 1\nlog(x = x)", "pass"), "x carries a value"},
		{"assigned in both branches", loop("x = 0", "if f(b):\n    x = 1\nelse:\n    x = 2\nlog(x = x)", "pass"), ""},
		{"one branch leaves", loop("pass", "if f(b):\n    continue\nelse:\n    x = 2\nlog(x = x)", "pass"), ""},
		{"assigned, then read", loop("pass", "x = f(b)\nlog(x = x)", "pass"), ""},
		{"read only", loop("x = 3", "log(x = x)", "pass"), ""},
		{"an inner loop may not happen", loop("x = 0", "for k in range(b):\n    x = k\nlog(x = x)", "pass"), "x carries a value"},
		{"an inner variable", loop("pass", "for k in range(b):\n    log(k = k)", "pass"), ""},
		{"in a comprehension", loop("pass", "y = [k for k in range(3)]\nlog(y = len(y))", "pass"), ""},
		{"a list that grows", loop("seen = []", "seen.append(b)", "pass"), "seen is changed in the loop"},
		{"a dictionary that grows", loop("seen = {}", "seen[b] = 1", "pass"), "seen is changed in the loop"},
		{"a list of the iteration", loop("pass", "seen = []\nseen.append(b)", "pass"), ""},
		{"a controller's update", loop("beta = state(x = 1)", "beta.x = 2", "pass"), ""},
		{"read behind the loop", loop("pass", "x = f(b)", "log(x = x)"), "read behind it"},
		{"assigned anew behind the loop", loop("pass", "x = f(b)", "x = 1\nlog(x = x)"), ""},
		{"the loop's variable behind it", loop("pass", "pass", "log(b = b)"), "read behind it"},
		{"carried through a lambda", loop("x = 0", "g = lambda: x\nx = g()", "pass"), "x carries a value"},
		{"loop outside of for", "def run():\n    l = loop(range(3))\n", "outside of a for statement"},
		{"loop outside of run", "def f():\n    for i in loop(range(3)):\n        pass\ndef run():\n    f()\n", "outside of a for statement"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("test.star", c.text)
			switch {
			case c.says == "" && err != nil:
				t.Errorf("nothing is wrong with\n%s\ngot %v", c.text, err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("want %q for\n%s\ngot %v", c.says, c.text, err)
			}
		})
	}
}

func TestCheckSaysWhatItCouldNotTry(t *testing.T) {
	s := parse(t, "data = param.dataset(\"\", \"data\")\ndef run():\n    print(len(data))\n")
	got, err := s.Check(t.Context(), nil, nil)
	if err != nil || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "not named") {
		t.Errorf("check without data: got %v, %v", got.Notes, err)
	}
	for text, want := range map[string]string{
		"x = 1\n": "neither run() nor flow",
		"def run():\n    while True:\n        pass\n": "too many steps",
	} {
		if _, err := parse(t, text).Check(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check of %q: got %v, want %q", text, err, want)
		}
	}
}
