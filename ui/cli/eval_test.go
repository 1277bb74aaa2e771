package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"workbench/tasks/script"
)

// sums is an evaluation of one's own, with groups and answers.
const sums = `"""Sums: can the model add?"""
policy = param.model("tiny", "who adds")
data   = param.dataset("sums.jsonl", "sums", example = [{"sum": "1+1=", "right": "2", "wrong": "3", "kind": "small"}])
def run():
    rows  = list(data)
    found = policy.loglik([r.sum for r in rows], [[r.right, r.wrong] for r in rows])
    return measure([r | {"acc": f.logp[0] > f.logp[1], "margin": f.logp[0] - f.logp[1]} for r, f in zip(rows, found)],
                   of = ["acc", "margin"], group = "kind", by = "kind")
`

// sumsRoom has the evaluation, so many items, and two models.
func sumsRoom(t *testing.T, n int) *room {
	r := newRoom(t)
	m, err := script.StandIn(8)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Export("other", "F32"); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf(`{"sum": "%d+%d=", "right": "%d", "wrong": "%d", "kind": "k%d"}`, i, i, 2*i, 2*i+1, i%5))
	}
	r.write("sums.jsonl", lines...)
	r.write("sums.star", sums)
	return r
}

// evaluated is what eval --json says of a model.
type evaluated struct {
	Model       string
	Run         string
	Result      map[string]any
	Answers     answers
	Differences map[string]difference
}

func TestEvalComparesModels(t *testing.T) {
	r := sumsRoom(t, 40)
	var both struct{ Models []evaluated }
	r.result("eval sums.star --model tiny --model other --items items.jsonl", &both)
	if len(both.Models) != 2 || both.Models[1].Model != "other" || both.Models[0].Differences != nil {
		t.Fatalf("models: got %+v", both.Models)
	}
	values := map[string]map[string]float64{} // by model, by item
	f, err := os.Open("items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var line struct {
			Model, ID, Group string
			Measures         map[string]float64
			Item             map[string]any
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if values[line.Model] == nil {
			values[line.Model] = map[string]float64{}
		}
		values[line.Model][line.ID] = line.Measures["margin"]
		if line.Group != line.Item["kind"] {
			t.Errorf("item %s: group %s of kind %v", line.ID, line.Group, line.Item["kind"])
		}
	}
	mean := 0.0
	for id, v := range values["other"] {
		mean += (v - values["tiny"][id]) / 40
	}
	d := both.Models[1].Differences["margin"]
	if math.Abs(d.Value-mean) > 1e-9 || d.N != 40 || d.Groups != 5 || !(*d.Low < d.Value && d.Value < *d.High) || *d.SE <= 0 || *d.SEs <= 0 {
		t.Errorf("difference: got %+v, want %g of 40 items in 5 groups", d, mean)
	}
	if a := both.Models[1].Answers; a != (answers{80, 0}) {
		t.Errorf("answers: got %+v", a)
	}

	text := r.must("eval sums.star --model other --model tiny")
	for _, want := range []string{"MORE THAN other", "40 in 5 groups", "ACC BY PART", "k4", "0 answers computed, 80 remembered", "MARGIN"} {
		if !strings.Contains(text, want) {
			t.Errorf("eval says %q, want %q in it", text, want)
		}
	}
	var one evaluated
	r.result("eval sums.star --fresh", &one)
	if one.Answers != (answers{80, 0}) {
		t.Errorf("with --fresh: got %+v", one.Answers)
	}
	// A number that is in the cache is the one that was computed.
	if a, b := one.Result["margin"], both.Models[0].Result["margin"]; fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("computed anew: %v, before %v", a, b)
	}
	r.must("recipe check sums.star")
}

// What is beside the measures is shown, too, and a judge stays the judge.
func TestEvalShowsWhatElseThereIs(t *testing.T) {
	r := sumsRoom(t, 3)
	r.write("more.star", strings.Replace(sums, "return measure(", "return {\"asked\": len(rows)} | measure(", 1))
	if text := r.must("eval more.star --model tiny --model other"); strings.Count(text, "asked") != 2 {
		t.Errorf("eval says %q, want what was asked of both", text)
	}
	for given, want := range map[string]string{"limit=1": "judge", "what=agreement": "judge", "what=policy": "policy", "what=perplexity": "policy"} {
		s, err := loadScript(standardEval)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := measuredParam(s, []string{"seed=1", given}); got != want || err != nil {
			t.Errorf("--model with %q sets %s, %v, want %s", given, got, err, want)
		}
	}
}

// waiting is the same evaluation; after the first half of its items it says so and never ends.
var waiting = strings.Replace(sums, "    rows  = list(data)\n", `    half = list(data)[:500]
    policy.loglik([r.sum for r in half], [[r.right, r.wrong] for r in half])
    print("half of it")
    while True:
        pass
    rows = []
`, 1)

// An evaluation of 1,000 items that is killed, or stopped, after 500 computes 500 more.
func TestEvalGoesOn(t *testing.T) {
	if dir := os.Getenv("WORKBENCH_TEST_EVAL"); dir != "" {
		os.Exit(Run(context.Background(), []string{"eval", "--data", dir, "waiting.star"}, nil, os.Stdout, os.Stderr))
	}
	for _, way := range []string{"killed", "stopped"} {
		r := sumsRoom(t, 1000)
		r.write("waiting.star", waiting)
		if way == "killed" {
			killAtHalf(t)
		} else {
			ctx, cancel := context.WithCancel(t.Context())
			r.stderr = &interrupter{at: "half of it", cancel: cancel}
			if code, _, stderr := r.try(ctx, "eval waiting.star"); code != cancelled || !strings.Contains(stderr, "the same command goes on") {
				t.Fatalf("stopped: code %d, stderr %q", code, stderr)
			}
			r.stderr = nil
		}
		var rest, again evaluated
		r.result("eval sums.star", &rest)
		if rest.Answers != (answers{1000, 1000}) {
			t.Errorf("%s: the rest: got %+v, want half of 2000 computed", way, rest.Answers)
		}
		r.result("eval sums.star", &again)
		if again.Answers != (answers{0, 2000}) || fmt.Sprint(again.Result) != fmt.Sprint(rest.Result) {
			t.Errorf("%s: again: got %+v", way, again.Answers)
		}
	}
}

// killAtHalf starts the evaluation in a process of its own and kills it once it has said that half is done.
func killAtHalf(t *testing.T) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestEvalGoesOn$")
	c.Env = append(os.Environ(), "WORKBENCH_TEST_EVAL=data")
	said, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines, all := bufio.NewScanner(said), ""
	for !strings.Contains(all, "half of it") && lines.Scan() {
		all += lines.Text() + "\n"
	}
	if err := c.Process.Kill(); err != nil || !strings.Contains(all, "half of it") {
		t.Fatalf("the process said %q (%v)", all, err)
	}
	_ = c.Wait() // it was killed
}

func TestEvalRefuses(t *testing.T) {
	r := sumsRoom(t, 2)
	r.write("bare.star", "def run():\n    return 1")
	r.write("bad.jsonl", `{"sum": "1+1=", "right": "2", "wrong": "3"}`, `{"sum": "1+1="}`)
	r.write("odd.jsonl", `{"text": "no question"}`)
	r.refuse("eval bare.star --model tiny", badInput, "no param that names a model")
	r.refuse("eval sums.star --model tiny --model tiny", badInput, "given twice")
	r.refuse("eval sums.star --model none", notFound, `no model is called "none"`)
	r.refuse("eval bare.star --items items.jsonl", badInput, "measures no items")
	r.refuse("eval sums.star -p data=bad.jsonl", badInput, "sums.star:6:", "right")
	r.refuse("eval multiple_choice -p policy=tiny -p data=odd.jsonl", badInput, "odd", "text", "question, choices and answer")
}

// The example of docs/evals.md works.
func TestEvalOfTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../docs/evals.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```python\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/evals.md has no example")
	}
	r := newRoom(t)
	r.write("facts.star", example)
	r.write("facts.jsonl", `{"text": "Ice is cold.", "true": true, "topic": "a"}`, `{"text": "Fire is cold.", "true": false, "topic": "b"}`)
	r.must("recipe check facts.star")
	var got evaluated
	r.result("eval facts.star -p facts=facts.jsonl --model tiny", &got)
	if got.Answers.Computed != 4 || got.Result["yes_margin"] == nil {
		t.Errorf("got %+v", got)
	}
}
