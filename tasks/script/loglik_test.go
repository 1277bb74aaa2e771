package script

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/runs"
	"workbench/storage"
)

// What loglik says is what the log-probabilities of the whole text add up to.
func TestLoglikIsTheSumOfLogProbabilities(t *testing.T) {
	enginetest.Runtime(t)
	got, err := execute(t, `policy = param.model("embedded", "who answers")
def run():
    choices = ["Blue", "Green, or red", "Blue-green"]
    found = policy.loglik(["The sky is ", "The sky is", ""], [choices, [" " + c for c in choices], ["abc"]])
    for c, l, n in zip(choices, found[0].logp, found[0].tokens):
        for b in dataset([{"text": "The sky is " + c}]).tokens(policy, text = "text").batches(1):
            row = policy.logp(b.text)
            print(abs(sum(list(row[0])[-int(n):]) - l) < 1e-4, n == len(c) + 1)
    print(largest(abs(found[0].logp - found[1].logp)) < 1e-5, list(found[2].tokens))
    chat = policy.loglik(["Hi"], [["Yes", "No"]], template = "chat")[0]
    print(list(chat.tokens), chat.logp[0] == policy.adapter(rank = 1).loglik(["Hi"], [["Yes"]], template = "chat")[0].logp[0])
`)
	if want := strings.Repeat("True True\n", 3) + "True [3.0]\n[3.0, 2.0] True"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	for call, want := range map[string]string{
		`policy.loglik(["a"], [["b"], ["c"]])`:                  "more lists of choices",
		`policy.loglik(["a", "b"], [["b"]])`:                    "2 prompts and 1 lists",
		`policy.loglik(["a"], ["b"])`:                           "not a list of texts",
		`policy.loglik(["a"], [[""]])`:                          "no token of its own",
		`policy.loglik([3], [["a"]])`:                           "a prompt is a text or a list",
		`policy.loglik(["a"], [["b"]], template = "elaborate")`: "neither chat nor plain",
	} {
		_, err := execute(t, "policy = param.model(\"embedded\", \"who\")\ndef run():\n    "+call+"\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", call, err, want)
		}
	}
}

// answering runs a script with a cache and returns what it printed and how many answers it computed and
// remembered.
func answering(t *testing.T, cache Cache, fresh bool, body string) (says string, computed, reused float64) {
	t.Helper()
	s := parse(t, "policy = param.model(\"embedded\", \"who\")\ndef run():\n    "+strings.ReplaceAll(body, "\n", "\n    ")+"\n")
	w := newWorld(t, s)
	w.Cache, w.Fresh = cache, fresh
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	metrics, err := w.book.Metrics(w.Record.ID())
	if err != nil {
		t.Fatal(err)
	}
	last := runs.Last(metrics)
	return strings.Join(w.says, "\n"), last[MetricComputed], last[MetricReused]
}

func TestAnswersAreRemembered(t *testing.T) {
	enginetest.Runtime(t)
	cache, err := storage.OpenCache(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	const likely = `print(list(policy.loglik(["a", "b", "a"], [["x", "y"], ["x"], ["y"]])[1].logp))`
	const sampled = `print(policy.sample(["Hi", "Ho", "Hi"], max_tokens = 3, temperature = 0).response)`
	said := map[string]string{}
	for i, c := range []struct {
		body             string
		fresh            bool
		computed, reused float64
	}{
		{likely, false, 3, 0},
		{likely, false, 0, 3},
		{likely, true, 3, 0},
		{`policy.loglik(["a"], [["x", "z"]])`, false, 1, 1},
		{`policy.adapter(rank = 1).loglik(["a"], [["x"]])`, false, 0, 0}, // another model, each time
		{sampled, false, 2, 0},
		{sampled, false, 0, 2},
		{strings.Replace(sampled, "3", "4", 1), false, 2, 0},
		{strings.Replace(sampled, "temperature = 0", "temperature = 0.5", 1), false, 0, 0},
		{"def loss(b):\n    return mean(policy.logp(b.tokens))\ntrainer(loss, of = [policy.adapter(rank = 1)], optimizer = adamw(1e-3), verify = False)\n" + likely, false, 0, 0},
	} {
		says, computed, reused := answering(t, cache, c.fresh, c.body)
		if computed != c.computed || reused != c.reused {
			t.Errorf("%d, %s: computed %g and remembered %g, want %g and %g", i, c.body, computed, reused, c.computed, c.reused)
		}
		if before, again := said[c.body]; again && before != says {
			t.Errorf("%d, %s: says %q, and before %q", i, c.body, says, before)
		}
		said[c.body] = says
	}
}

func TestMeasureKeepsItems(t *testing.T) {
	s := parse(t, `def run():
    rows = [{"q": "q%d" % i, "acc": i % 3 > 0, "nll": 0.25 * i, "group": "g%d" % (i % 4), "task": "even" if i % 2 == 0 else "odd"} for i in range(12)]
    found = measure(rows, of = ["acc", "nll"], by = "task")
    want = share([r["acc"] for r in rows], by = [r["group"] for r in rows])
    print(found.acc.value == want.value, found.acc.low == want.low, found.acc.high == want.high, found.acc.groups)
    print(found.nll.value, found.nll.se, found.nll.se_clustered, average([0.25 * i for i in range(12)]).low)
    print(sorted(found.by.keys()), found.by.odd.acc.n)
    return found
`)
	w := newWorld(t, s)
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	// the deviation of 0, 0.25, … is 0.25·√13, so se = 0.25·√(13/12); sums of the four groups are −1.125, −0.375, …
	want := []string{"True True True 4", "1.375 0.2602082499332666 0.1613743060919757", `["even", "odd"] 6`}
	for i, text := range want {
		if i >= len(w.says) || !strings.HasPrefix(w.says[i], text) {
			t.Errorf("line %d: got %q, want %q", i, w.says, text)
		}
	}
	f, err := os.Open(filepath.Join(w.Folder, "runs", w.Record.ID(), ItemsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var items []Item
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var item Item
		if err := json.Unmarshal(lines.Bytes(), &item); err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
	if len(items) != 12 || items[5].ID != "5" || items[5].Group != "g1" || items[5].Measures["nll"] != 1.25 || items[5].Item["q"] != "q5" {
		t.Errorf("items: got %d, the sixth %+v", len(items), items[min(5, len(items)-1)])
	}
	tables, err := w.book.Samples(w.Record.ID(), 0)
	if err != nil || len(tables) != 1 || !slices.Equal(tables[0].Columns, []string{"q", "acc", "nll", "group", "task"}) || len(tables[0].Rows) != 12 {
		t.Errorf("tables: got %+v, %v", tables, err)
	}
}

func TestMeasureRefuses(t *testing.T) {
	for call, want := range map[string]string{
		`measure([], of = ["acc"])`:                                                     "there are no rows",
		`measure([{"acc": 1}], of = [])`:                                                "no measure is named",
		`measure([{"acc": 1}, {"acc": None}], of = ["acc"])`:                            "row 1: acc is <nil>",
		`measure([3], of = ["acc"])`:                                                    "row 0: it is a int",
		`measure([{"acc": 1, "id": "x"}, {"acc": 1, "id": "x"}], of = ["acc"])`:         "two rows have the id x",
		`measure([{"acc": 1}], of = ["acc"], level = 95)`:                               "level is 95",
		`findall("(a)(b)", "ab")`:                                                       "has 2 groups",
		`findall("(", "ab")`:                                                            "missing closing",
		`print(findall(r"-?[0-9.]*[0-9]", "-3 and 4.5.")) or measure([], of = ["acc"])`: "there are no rows",
	} {
		if _, err := expression(t, call); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", call, err, want)
		}
	}
}
