package script

import (
	"context"
	"strings"
	"testing"

	"workbench/engine/enginetest"
)

func TestPromptsAreReadFromEveryForm(t *testing.T) {
	enginetest.Runtime(t)
	s := parse(t, `policy = param.model("embedded")
rows = [
    {"prompt": "One?", "label": "a"}, {"prompt": "One?"}, {"prompt": ""}, {"other": 1}, {"prompt": "long" * 50},
    {"instruction": "Add.", "instances": [{"input": "1 2", "output": "3"}]}, {"instruction": "Sing.", "instances": [{"input": "", "output": "la"}]},
    {"instruction": "Bare."}, {"prompt": [{"role": "user", "content": "Hi"}]},
]
def run():
    print([row for row in dataset(rows).prompts(policy, max_tokens = 100)])
    print(len(dataset(rows).prompts(policy)))
    print([row.prompt for row in dataset([{"q": "Which?"}]).prompts(policy, field = "q", template = "plain")])
`)
	w := newWorld(t, s)
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	want := `[{"prompt": "One?"}, {"prompt": "Add.\n\n1 2"}, {"prompt": "Sing."}, {"prompt": "Bare."}, {"prompt": [{"role": "user", "content": "Hi"}]}]
6
["Which?"]`
	if got := strings.Join(w.says, "\n"); got != want {
		t.Errorf("prompts:\n got %s\nwant %s", got, want)
	}
}

func TestNothingToAskIsSaid(t *testing.T) {
	enginetest.Runtime(t)
	_, err := execute(t, `policy = param.model("embedded")
def run():
    len(dataset([{"text": "a"}, {"prompt": "longer"}]).prompts(policy, max_tokens = 3))
`)
	if err == nil || !strings.Contains(err.Error(), "of 2 rows 1 have no prompt and 1 are longer than 3 tokens") {
		t.Errorf("got %v, want what became of the rows", err)
	}
}

// What is trained further is a copy, and an adapter on an adapter is refused in words.
func TestTrainableGoesOnWithTheAdapterThatIsThere(t *testing.T) {
	enginetest.Runtime(t)
	s := parse(t, `base = param.model("embedded")
first = base.adapter(rank = 3, seed = 1)
def loss(b):
    return -masked_mean(again.logp(b.tokens), b.tokens.mask)
def run():
    print(base.trainable(rank = 5, seed = 1), again)
    step = trainer(loss, of = [again], optimizer = adamw(0.1))
    for b in dataset([{"prompt": "Say", "response": "a"}]).tokens(base).batches(1):
        old = sum(first.logp(b))
        step(b)
        print(sum(first.logp(b)) == old, sum(again.logp(b)) > old)
again = first.trainable(rank = 5)
`)
	w := newWorld(t, s)
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	says := strings.Join(w.says, "\n")
	for _, want := range []string{"has an adapter of rank 3, which is trained further", "True True"} {
		if !strings.Contains(says, want) {
			t.Errorf("want %q in\n%s", want, says)
		}
	}
	_, err := execute(t, `base = param.model("embedded")
def run():
    base.adapter(rank = 2).adapter(rank = 2)
`)
	if err == nil || !strings.Contains(err.Error(), "already has an adapter") || !strings.Contains(err.Error(), "model.trainable") {
		t.Errorf("an adapter on an adapter: got %v", err)
	}
}

func TestAnInvariantThatFailsEndsTheRun(t *testing.T) {
	for _, c := range []struct {
		value, want string
	}{{"0.5", ""}, {"2", "an invariant does not hold: ratio: 2, at most 1 (measured so)"}, {`float("nan")`, "does not hold"}} {
		s := parse(t, "def run():\n    invariant(\"ratio\", "+c.value+", 1, \"measured so\")\n")
		w := newWorld(t, s)
		_, err := s.Run(t.Context(), w.Host, nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("invariant of %s: got %v, want %q", c.value, err, c.want)
		}
		checks, err := w.book.Invariants(w.Record.ID())
		if err != nil || len(checks) != 1 || checks[0].Passed != (c.want == "") {
			t.Errorf("invariant of %s: recorded %+v, %v", c.value, checks, err)
		}
	}
}

func TestWhatIsNamedReplacesWhatIsTakenOver(t *testing.T) {
	got, err := execute(t, `def run():
    for b in dataset([{"x": 1, "y": 2}]).batches(1):
        print(b.with_columns(b.with_columns(y = [3], z = [4]), z = [5]))
        print(b.with_columns(b.with_columns(y = [3], z = [4]), z = [5]).y, b.with_columns(b.with_columns(y = [3], z = [4]), z = [5]).z)
`)
	if want := "batch of 1 with [x y z]\narray[batch 1](3) array[batch 1](5)"; err != nil || got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestKeptRowsAreADataset(t *testing.T) {
	s := parse(t, `def run():
    path = keep("chosen", dataset([{"prompt": "a < b", "score": 0.5}, {"prompt": "ü"}]))
    print(path)
    print([row.prompt for row in dataset("kept")])
`)
	w := newWorld(t, s)
	names := fileNames{}
	w.Datasets = names
	w.Keep = func(_ context.Context, name, path string) error {
		names["kept"] = path
		if name != "chosen" {
			t.Errorf("kept as %s", name)
		}
		return nil
	}
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	if want := "runs/" + w.Record.ID() + "/data/chosen.jsonl\n[\"a < b\", \"ü\"]"; strings.Join(w.says, "\n") != want {
		t.Errorf("got %q, want %q", w.says, want)
	}
	for call, want := range map[string]string{
		`keep("a/b", [{"x": 1}])`: "is not a name", `keep("a", [])`: "no row to keep", `keep("a", [1])`: "row 0 is a int, not a row", `keep("a", [{"x": float("nan")}])`: "row 0",
	} {
		if _, err := execute(t, "def run():\n    "+call+"\n"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", call, err, want)
		}
	}
}
