package script

import (
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
