package script

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"workbench/engine/enginetest"
)

// Every mistake is reported with its place, the line, and what to do.
func TestMistakesAreReportedAtTheirLine(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line, col  int
		says       []string
	}{
		{"syntax", "def run():\n    x = = 1\n", 2, 9, []string{"got '='", "    x = = 1", "        ^"}},
		{"no power operator", "def run():\n    x = 2 ** 3\n", 2, 13, []string{"square(x)"}},
		{"load is a keyword", "def run():\n    m = load(\"embedded\")\n", 2, 9, []string{"model(\"name\")"}},
		{"unknown name", "def run():\n    log(loss = meen([1]))\n", 2, 16, []string{"undefined: meen", "did you mean mean?"}},
		{"runtime", "def f(x):\n    return 1 // x\ndef run():\n    f(0)\n", 2, 14, []string{"division by zero", "called from run, line 4"}},
		{"unknown column", "def run():\n    for b in dataset([{\"labl\": 1}]).batches(1):\n        print(b.label)\n", 3, 16, []string{"no column label", "did you mean labl?"}},
		{"unknown field", "def run():\n    for row in dataset([{\"text\": 1}]):\n        print(row.txt)\n", 3, 18, []string{"no field txt", "did you mean text?"}},
		{"shapes on the host", "def run():\n    array([1, 2]) + array([1, 2, 3])\n", 2, 19, []string{"[batch 2]", "[batch 3]"}},
		{"arrays are not compared", "def run():\n    x = array([1]) == array([1])\n", 2, 20, []string{"equal"}},
		{"frozen globals", "seen = []\ndef run():\n    seen.append(1)\n", 3, 16, []string{"frozen", "state(…)"}},
		{"param inside a function", "def run():\n    x = param(1, \"help\")\n", 2, 14, []string{"top level"}},
		{"param without help", "x = param(1, \"\")\ndef run():\n    pass\n", 1, 10, []string{"param x has no help"}},
		{"param outside its range", "x = param(5, \"help\", high = 3)\ndef run():\n    pass\n", 1, 10, []string{"5 is above 3"}},
		{"state without the name", "def run():\n    s = state(best = 0)\n    s.bst = 1\n", 3, 6, []string{"no value bst", "name it in state(…)"}},
		{"two loops", "def run():\n    for i in loop(range(2)):\n        pass\n    for i in loop(range(2)):\n        pass\n", 4, 18, []string{"one loop"}},
		{"state inside the loop", "def run():\n    for i in loop(range(2)):\n        s = state(x = 1)\n", 3, 18, []string{"before the loop"}},
		{"a model cannot be recorded", "def run():\n    return {\"m\": model(\"embedded\")}\n", 0, 0, []string{"a model cannot be kept"}},
		{"a mistake in a map function", "def fix(row):\n    return row.x + \"a\"\ndef run():\n    for row in dataset([{\"x\": 1}]).map(fix):\n        print(row)\n", 2, 18, []string{"unknown binary op: int + string"}},
		{"a missing dataset", "def run():\n    for row in dataset(\"nowhere.jsonl\"):\n        print(row)\n", 2, 5, []string{"nowhere.jsonl"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Parse("test.star", c.text)
			if err == nil {
				_, err = s.Run(t.Context(), newWorld(t, s).Host, nil)
			}
			if err == nil {
				t.Fatalf("no error for\n%s", c.text)
			}
			var at *ScriptError
			if c.line > 0 && (!errors.As(err, &at) || at.Line != c.line || at.Column != c.col) {
				t.Errorf("place: want %d:%d, got\n%v", c.line, c.col, err)
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("want %q in\n%v", want, err)
				}
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	a, b := &ScriptError{File: "a"}, &ScriptError{File: "b", cause: &ScriptError{File: "below b"}}
	err := fmt.Errorf("three: %w", errors.Join(errors.New("x"), fmt.Errorf("deep: %w", a), errors.Join(b, nil)))
	if got := Places(err); len(got) != 2 || got[0] != a || got[1] != b {
		t.Errorf("places of %v: got %v", err, got)
	}
	if got := Places(errors.New("x")); got != nil {
		t.Errorf("places of an error without any: %v", got)
	}
}

// Mistakes in a loss are found when it is traced, before anything runs.
func TestMistakesInALossAreReportedAtTheirLine(t *testing.T) {
	enginetest.Runtime(t)
	const head = `base = param.model("embedded", "base")
policy = base.adapter(rank = 2).with_head("scalar")
def loss(b):
`
	const tail = `
def run():
    rows = dataset([{"prompt": "a", "response": "b", "x": 1.5}]).tokens(policy, max_tokens = 32)
    step = trainer(loss, of = [policy], optimizer = adamw(1e-3))
    for batch in rows.batches(1):
        step(batch)
`
	for _, c := range []struct {
		name, body string
		line       int // of the body, from 4
		says       []string
	}{
		{"axes that do not meet", "    h = policy.hidden(b.tokens)\n    return mean(h + gather(h, 0) * b.x + logsumexp(h) * sum(h, \"seq\"))", 5, []string{"do not go together", "print(x)"}},
		{"truth of a tensor", "    m = policy.reward(b.tokens)\n    if m:\n        m = m * 2\n    return mean(m)", 5, []string{"neither true nor false", "where("}},
		{"truth by and", "    m = policy.reward(b.tokens)\n    return mean(m and b.x)", 5, []string{"neither true nor false"}},
		{"ordering of tensors", "    m = policy.reward(b.tokens)\n    return mean(m) if m > 0 else 0", 5, []string{"greater"}},
		{"not a scalar", "    return policy.reward(b.tokens)", 0, []string{"not that of one number", "take its mean"}},
		{"unknown axis", "    return mean(policy.reward(b.tokens), \"sequence\")", 4, []string{"sequence"}},
		{"a column of text", "    return mean(b.prompt)", 4, []string{"neither numbers nor tokens"}},
		{"no column used", "    return 1.0", 0, []string{"looks at no column"}},
		{"an array in a loss", "    return mean(policy.reward(b.tokens) * array([1, 2]))", 4, []string{"with_columns"}},
		{"a metric that is no number", "    r = policy.reward(b.tokens)\n    return mean(r), {\"r\": r}", 0, []string{"metric r"}},
		{"softmax over examples", "    return mean(softmax(policy.reward(b.tokens)))", 4, []string{"over examples"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, head+c.body+tail)
			_, ran := s.Run(t.Context(), newWorld(t, s).Host, nil)
			_, checked := s.Check(t.Context(), nil, nil)
			for how, err := range map[string]error{"run": ran, "check": checked} {
				var at *ScriptError
				if !errors.As(err, &at) || (c.line > 0 && at.Line != c.line) {
					t.Errorf("%s: want an error in line %d, got\n%v", how, c.line, err)
					continue
				}
				for _, want := range c.says {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%s: want %q in\n%v", how, want, err)
					}
				}
			}
		})
	}
}

func TestParamsAreTyped(t *testing.T) {
	s := parse(t, `n = param(4, "how many", low = 1, high = 9)
rate = param(0.1, "rate", low = 0)
kind = param("a", "kind", one_of = ["a", "b"])
on = param(False, "switch")
data = param.dataset("d.jsonl", "data", several = True)
def run():
    return [n, rate, kind, on, data.name]
`)
	params, err := s.Describe()
	if err != nil || len(params) != 5 {
		t.Fatalf("describe: %v, %v", params, err)
	}
	values, err := Values(params, map[string]string{"n": "7", "rate": "1", "on": "TRUE", "data": "x.jsonl, y.jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Run(t.Context(), newWorld(t, s).Host, values)
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Value.([]any); got[0] != int64(7) || got[1] != 1.0 || got[2] != "a" || got[3] != true || got[4] != "x.jsonl,y.jsonl" {
		t.Errorf("values: got %v", got)
	}
	if result.Params["rate"] != 1.0 || result.Params["kind"] != "a" {
		t.Errorf("recorded params: got %v", result.Params)
	}
	for texts, want := range map[string]string{
		"n=0": "below 1", "n=10": "above 9", "n=1.5": "not a whole number", "rate=x": "not a number", "rate=NaN": "finite",
		"kind=c": "one of a b", "on=perhaps": "true or false", "nn=3": "did you mean n?",
	} {
		name, text, _ := strings.Cut(texts, "=")
		if _, err := Values(params, map[string]string{name: text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("-p %s: got %v, want %q", texts, err, want)
		}
	}
}

func TestAllValuesThatParamsDoNotTakeAreNamed(t *testing.T) {
	s := parse(t, "n = param(4, \"how many\", high = 9)\nrate = param(0.1, \"rate\")\non = param(True, \"switch\")\ndef run():\n    pass\n")
	params, err := s.Describe()
	if err != nil {
		t.Fatal(err)
	}
	_, err = Values(params, map[string]string{"rate": "x", "n": "10", "on": "no"})
	var wrong ParamErrors
	if !errors.As(err, &wrong) {
		t.Fatalf("got %v, want all values that are wrong", err)
	}
	want := "param n: 10 is above 9\nparam rate: \"x\" is not a number\nparam on: \"no\" is not true or false"
	if wrong.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", wrong, want)
	}
}

func TestADatasetWithoutANameSaysWhichSetting(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"pairs = param.dataset(\"\", \"comparisons\")\ndef run():\n    print(len(pairs))\n", "-p pairs=FILE.jsonl"},
		{"def run():\n    print(len(dataset(\"\")))\n", `dataset("pairs.jsonl")`},
	} {
		s := parse(t, c.text)
		w := newWorld(t, s)
		if _, err := s.Run(t.Context(), w.Host, nil); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want it to say %s", c.text, err, c.says)
		} else if setting, known := "pairs", new(ParamError); errors.As(err, &known) != strings.Contains(c.text, setting) || known.Param != "" && known.Param != setting {
			t.Errorf("%s: the setting that is wrong is %q", c.text, known.Param)
		}
	}
}

// Whoever has a file of thousands of records must learn which one is wrong.
func TestARecordThatIsWrongIsNamed(t *testing.T) {
	enginetest.Runtime(t)
	path := filepath.Join(t.TempDir(), "pairs.jsonl")
	text := `{"prompt": "p", "a": "x", "b": "y", "label": "a"}` + "\n" + `{"prompt": "p", "a": "x", "label": "a"}` + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, reads := range []string{"comparisons(dataset(\"pairs.jsonl\"))", "dataset(\"pairs.jsonl\").column(\"b\")"} {
		s := parse(t, "def run():\n    print(len("+reads+"))\n")
		w := newWorld(t, s)
		w.Datasets = fileNames{"pairs.jsonl": path}
		if _, err := s.Run(t.Context(), w.Host, nil); err == nil || !strings.Contains(err.Error(), "record 2 of pairs") || !strings.Contains(err.Error(), "no field b") {
			t.Errorf("%s: got %v, want it to name the record and the field", reads, err)
		}
	}
}
