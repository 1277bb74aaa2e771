package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"workbench/engine/runs"
)

// learning trains an adapter on the tiny model, slowly enough to be stopped.
const learning = `"""Learning: a few steps, for tests."""
base = param.model("tiny", "to start from")
data = param.dataset("demo.jsonl", "prompt and response")
lr   = param(0.01, "learning rate", low = 0.0001, high = 1)
seed = param(4, "of the start")
policy = base.adapter(rank = 2)

def loss(b):
    return -masked_mean(policy.logp(b.tokens), b.tokens.mask)

def run():
    rows = data.tokens(base)
    step = trainer(loss, of = [policy], optimizer = adamw(lr))
    for b in loop(rows.batches(4, shuffle = True, epochs = 10), every = 1):
        metrics = step(b)
        log(**metrics)
    checkpoint("taught", policy)
    return {"steps": 20, "score": {"value": 0.5, "low": 0.25, "high": 0.75, "n": 8, "groups": 2}}
`

func learningRoom(t *testing.T) *room {
	r := newRoom(t)
	r.write("learning.star", learning)
	var lines []string
	for i := range 8 {
		lines = append(lines, fmt.Sprintf(`{"prompt": "say %d", "response": "number %d"}`, i, i))
	}
	r.write("demo.jsonl", lines...)
	return r
}

// interrupter cancels a context when a text comes by.
type interrupter struct {
	mu     sync.Mutex
	at     string
	seen   strings.Builder
	cancel context.CancelFunc
}

func (i *interrupter) Write(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seen.Write(p)
	if strings.Contains(i.seen.String(), i.at) {
		i.cancel()
	}
	return len(p), nil
}

// TestRunResumes: a run that was stopped says how to go on, and going on gives what an uninterrupted
// run gives, to the bit.
func TestRunResumes(t *testing.T) {
	r := learningRoom(t)
	var whole, resumed outcome
	r.result("run learning.star --name whole", &whole)

	ctx, cancel := context.WithCancel(t.Context())
	r.write("stopping.star", strings.Replace(learning, "metrics = step(b)", "metrics = step(b)\n        print(\"a step is done\")", 1))
	r.stderr = &interrupter{at: "a step is done", cancel: cancel}
	code, _, stderr := r.try(ctx, "run stopping.star --name broken")
	next := regexp.MustCompile(`workbench (run --resume \S+) goes on`).FindStringSubmatch(stderr)
	if code != cancelled || next == nil {
		t.Fatalf("a stopped run: code %d, stderr %q, want 5 and how to resume", code, stderr)
	}
	r.stderr = nil
	r.result(next[1], &resumed)
	if resumed.Metrics["loss"] != whole.Metrics["loss"] || !maps.Equal(resumed.Metrics, whole.Metrics) {
		t.Errorf("resumed: %v, uninterrupted: %v, want the same", resumed.Metrics, whole.Metrics)
	}
	var first, last runRecord
	r.result("runs show whole", &first)
	r.result("runs show broken", &last)
	if !equalCurves(first.Metrics["loss"], last.Metrics["loss"]) || len(first.Metrics["loss"].Steps) != 20 || last.Run.Resumed != 1 {
		t.Errorf("curves %+v and %+v, resumed %d times, want 20 equal losses and once", first.Metrics["loss"], last.Metrics["loss"], last.Run.Resumed)
	}
	r.refuse(next[1], badInput, "it is done")
}

func equalCurves(a, b runs.Curve) bool {
	if len(a.Values) != len(b.Values) {
		return false
	}
	for i := range a.Values {
		if a.Steps[i] != b.Steps[i] || *a.Values[i] != *b.Values[i] {
			return false
		}
	}
	return true
}

// TestRunLeaves: what a run kept can be named, listed, shown and drawn.
func TestRunLeaves(t *testing.T) {
	r := learningRoom(t)
	var o outcome
	r.result("run learning.star -p lr=0.02 --name mine", &o)
	if o.Params["lr"] != 0.02 || o.Params["seed"] != 4.0 || len(o.Models) != 1 || o.Models[0] != "taught" || !(o.Metrics["loss"] > 0) {
		t.Errorf("%+v, want the params with lr=0.02, a loss, and the model taught", o)
	}
	text := r.must("runs show mine")
	for _, want := range []string{"done", "lr=0.02", "read dataset demo.jsonl", "grad_norm", "checkpoints", "0.25 to 0.75", "8 in 2 groups"} {
		if !strings.Contains(text, want) {
			t.Errorf("runs show says %q, want %q in it", text, want)
		}
	}
	var record runRecord
	r.result("runs show last", &record)
	if record.Run.ID != o.Run || record.Run.Seed != 4 || record.Run.Resources.CPUSeconds == 0 {
		t.Errorf("runs show: %+v, want run %s with seed 4 and the time it used", record.Run, o.Run)
	}
	if text := r.must("runs list"); !strings.Contains(text, o.Run) || !strings.Contains(text, "mine") {
		t.Errorf("runs list says %q, want run %s called mine", text, o.Run)
	}
	for _, name := range []string{"taught", "run:last", "run:mine/taught"} {
		r.must("generate --prompt a --max-tokens 2 --model " + name)
	}
	r.refuse("model info run:mine/other", notFound, "kept no model other", "it kept: taught")
	r.must("runs plot mine loss grad_norm --out curve.svg --smooth 3")
	picture, err := os.ReadFile("curve.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Run mine", "loss (nats)", "step (updates"} {
		if !strings.Contains(string(picture), want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
	r.must("runs plot mine loss --out curve.png")
	r.refuse("runs plot mine los --out c.svg", notFound, `no metric "los"`, "it has: grad_norm, loss")
	r.refuse("runs plot mine loss --out c.gif", badInput, "neither .svg nor .png")
	r.refuse("runs show nobody", notFound, `no run is called "nobody"`)
}

func TestRunRefuses(t *testing.T) {
	r := learningRoom(t)
	r.write("wrong.star", "def run():\n    return nosuch")
	r.write("flow.star", "def flow(item):\n    return item")
	r.write("dies.star", `def run():`, `    return 1 // 0`)
	r.write("bad.jsonl", `{"prompt": 1`)
	r.refuse("run", badInput, "FILE|RECIPE is missing")
	r.refuse("run nowhere.star", notFound, "script nowhere.star")
	r.refuse("run rewrad", notFound, "did you mean the recipe reward?")
	r.refuse("run wrong.star", badInput, "wrong.star:2:12: undefined: nosuch")
	r.refuse("run flow.star", badInput, "has no run()")
	r.refuse("run learning.star -p lr", badInput, "-p lr is not KEY=VALUE")
	r.refuse("run learning.star -p lr=1 -p lr=2", badInput, "-p lr is given twice")
	r.refuse("run learning.star -p lr=9", badInput, "param lr: 9 is above 1")
	r.refuse("run learning.star -p rl=0.1", badInput, "no param rl")
	r.refuse("run --resume last -p lr=1", badInput, "--resume goes on with a run as it was started")
	if exists("data") {
		t.Error("a command line that was refused made a data folder")
	}
	r.refuse("run --resume last", notFound, "no run is called")
	r.refuse("run dies.star", badInput, "dies.star:2:", "division by zero")
	r.refuse("run learning.star -p data=none.jsonl", notFound, "none.jsonl", "file does not exist")
	r.refuse("run learning.star -p data=bad.jsonl", badInput, "bad.jsonl:1:")
	r.refuse("run learning.star -p base=none", notFound, `no model is called "none"`)
}

func TestEval(t *testing.T) {
	r := newRoom(t)
	r.write("texts.jsonl", `{"text": "one two"}`, `{"text": "three"}`)
	text := r.must("eval -p what=perplexity -p texts=texts.jsonl --model tiny")
	if !strings.Contains(text, "perplexity") || !strings.Contains(text, "95 % INTERVAL") || !strings.Contains(text, "recorded as run") {
		t.Errorf("eval says %q, want a table and the run", text)
	}
	text = r.must("eval -p what=perplexity -p texts=texts.jsonl --model tiny --model ./tiny")
	if strings.Count(text, "perplexity") != 2 {
		t.Errorf("eval of two models says %q, want both results", text)
	}
}

func TestRecipe(t *testing.T) {
	r := newRoom(t)
	var all []struct{ Name, Summary string }
	r.result("recipe list", &all)
	for _, recipe := range all {
		if recipe.Summary == "" {
			t.Errorf("recipe %s has no summary", recipe.Name)
		}
		if text := r.must("recipe show " + recipe.Name); !strings.Contains(text, "Params, each with its default") {
			t.Errorf("recipe show %s: %q, want its params", recipe.Name, text)
		}
		r.must("recipe check " + recipe.Name)
	}
	r.must("recipe copy sft mine.star")
	if got, want := r.must("recipe show mine.star --source"), r.must("recipe show sft --source"); got != want {
		t.Errorf("the copy is %q, want %q", got, want)
	}
	r.refuse("recipe copy sft mine.star", badInput, "mine.star exists")
	r.refuse("recipe copy stf other.star", notFound, `no recipe is called "stf"`)
	r.write("wrong.star", "def run():\n    return nosuch")
	r.refuse("recipe check wrong.star", badInput, "wrong.star:2:12")
}

// TestARunGoesOnFromACheckpoint: a new run takes over script, params and weights of another one's checkpoint, does
// the rest of the loop, and cites it.
func TestARunGoesOnFromACheckpoint(t *testing.T) {
	r := learningRoom(t)
	r.must("run learning.star -p base=tiny --name whole")
	r.must("run --from whole@19 -p lr=0.001 --name again")
	var whole, again struct{ Run runs.Run }
	r.result("runs show whole", &whole)
	r.result("runs show again", &again)
	var record runRecord
	r.result("runs show again", &record)
	if loss := record.Metrics["loss"]; len(loss.Steps) != 1 || loss.Steps[0] != 19 {
		t.Errorf("losses at steps %v, want the last of twenty alone", loss.Steps)
	}
	if p := again.Run.Params; p["lr"] != 0.001 || p["base"] != "tiny" || again.Run.Script != whole.Run.Script || again.Run.ID == whole.Run.ID {
		t.Errorf("params %v, want those of the other run but for lr", p)
	}
	origin := whole.Run.ID + "@19"
	if len(again.Run.Inputs) == 0 || again.Run.Inputs[0].Name != origin {
		t.Errorf("it cites %v, want checkpoint %s first", again.Run.Inputs, origin)
	}
	for line, word := range map[string]string{
		"trace again --down --depth 2": "went on from checkpoint step 19 of whole", "trace whole --up --depth 2": "taken up by run again",
	} {
		if got := r.must(line); !strings.Contains(got, word) {
			t.Errorf("%s says\n%s\nwithout %q", line, got, word)
		}
	}
	r.refuse("run --from whole@3", notFound, "it has those at steps 19, 20")
	r.refuse("run --from nobody", notFound, "runs list")
	r.refuse("run first --from whole", badInput, "a checkpoint belongs to its script")
	r.refuse("run --from whole --resume whole", badInput)
	r.refuse("run --from whole -p lrr=1", badInput, "lrr")
	r.serve()
	r.must("run --from whole@19 -p lr=0.002 --name third")
	if got := r.must("trace third --down --depth 1"); !strings.Contains(got, "went on from checkpoint step 19 of whole") {
		t.Errorf("through a server: %s", got)
	}
	r.refuse("run --from whole@3", notFound, "it has those at steps 19, 20")
}
