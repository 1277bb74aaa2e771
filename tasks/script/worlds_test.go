package script

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/runs"
)

// Every function of mathematics means the same inside a loss as on the host.
func TestTheTwoWorldsAgree(t *testing.T) {
	enginetest.Runtime(t)
	expressions := []string{
		"sum(exp(b.x))", "sum(log(b.p))", "sum(sqrt(b.p))", "sum(square(b.x))", "sum(abs(b.x))", "sum(tanh(b.x))",
		"sum(sigmoid(b.x))", "sum(log_sigmoid(b.x))", "sum(softplus(b.x))", "sum(maximum(b.x, b.y))", "sum(minimum(b.x, 0.5))",
		"sum(clip(b.x, -0.5, b.p))", "sum(where(greater(b.x, b.y), b.x, b.y * 2))", "sum(greater(b.x, b.y))",
		"sum(greater_equal(b.x, b.x))", "sum(less(b.x, 0))", "sum(less_equal(b.y, b.x))", "sum(equal(b.x, b.x))",
		"mean(b.x)", "mean(b.x * b.y + 1) / 2", "masked_mean(b.x, greater(b.y, 0))", "mean(-b.x - b.y)", "sum(2 / b.p)",
		"sum(zeros_like(b.x)) + 1", "sum(stop_gradient(b.x))",
		"mean(b.table)", "sum(sum(b.table, \"seq\") * b.x)", "masked_mean(b.table, greater(b.table, 0))",
		"sum(b.table * b.x)", "mean(mean(b.table, \"seq\"))", "sum(softmax(b.table) * b.table)", "sum(log_softmax(b.table, \"seq\"))",
		"sum(logsumexp(b.table, \"seq\"))", "sum(largest(b.table, \"seq\"))", "sum(smallest(b.table, \"seq\"))",
		"sum(gather(b.table, 1))", "sum(gather(b.table, b.at))",
	}
	var metrics, host []string
	for i, e := range expressions {
		metrics = append(metrics, fmt.Sprintf("        %q: %s,", "m"+strconv.Itoa(i), e))
		host = append(host, "        print("+e+")")
	}
	s := parse(t, `base = param.model("embedded", "base")
policy = base.adapter(rank = 2)
def loss(b):
    return mean(policy.logp(b.tokens)), {
`+strings.Join(metrics, "\n")+`
    }
def run():
    rows = dataset([{"text": "abc%d" % i, "x": 0.7 * i - 1, "y": 1 - 0.4 * i, "p": 0.3 + i, "at": i % 3, "table": [0.1 * i, -1.0 + i, 0.5, 2.0 - i] + [0.25] * 12} for i in range(4)])
    step = trainer(loss, of = [policy], optimizer = adamw(1e-3), verify = False)
    for b in rows.tokens(policy, tokens = "text", max_tokens = 16).batches(4):
        print(step(b))
`+strings.Join(host, "\n")+"\n")
	w := newWorld(t, s)
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	symbolic := map[string]string{}
	for _, kv := range strings.Split(strings.Trim(w.says[0], "{}"), ", ") {
		k, v, _ := strings.Cut(kv, ": ")
		symbolic[strings.Trim(k, `"`)] = v
	}
	for i, e := range expressions {
		got, err1 := strconv.ParseFloat(symbolic["m"+strconv.Itoa(i)], 64)
		want, err2 := strconv.ParseFloat(w.says[1+i], 64)
		if err1 != nil || err2 != nil || math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
			t.Errorf("%s: %v in a loss, %v on the host (%v, %v)", e, got, want, err1, err2)
		}
	}
}

// Functions of the host, by what their documentation says.
func TestHostFunctions(t *testing.T) {
	for e, want := range map[string]string{
		"mean([1, 2, 3])": "2.0", "sum([1, 2, 3])": "6.0", "std([1, 3])": "1.0", "variance([1, 3])": "1.0",
		"quantile([1, 2, 3, 4], 0.5)": "2.5", "sort([3, 1, 2])": "array[batch 3](1, 2, 3)", "order([3, 1, 2])": "[1, 2, 0]",
		"array([1, 2]) * 2 + 1": "array[batch 2](3, 5)", "-array([1, 2])": "array[batch 2](-1, -2)", "2 - array([1, 2])": "array[batch 2](1, 0)",
		"mean([[1, 2], [3]], \"seq\")": "array[batch 2](1.5, 3)", "std(array([[1, 3], [5, 5]]), \"batch\")": "array[batch 2](2, 1)",
		"abs(-3)": "3", "abs(-3.5)": "3.5", "log(1.0)": "0.0", "square(3)": "9.0", "clip(5, 0, 2)": "2.0",
		"where(greater([1, 5], 3), 10, 0)": "array[batch 2](0, 10)", "gather([10, 20, 30], [2, 0])": "array[batch 2](30, 10)",
		"whiten([1, 3])": "array[batch 2](-1, 1)", "array([1, 2, 3])[1:]": "array[batch 2](2, 3)", "len(array([1, 2, 3]))": "3",
		"share([1, 0, 1, 1]).value": "0.75", "share([1, 1], by = [\"a\", \"a\"]).low": "nan", "average([1, 2, 3]).value": "2.0",
		"calibration([1.0, 0.0], [1, 0]).ece": "0.0", "pearson([1, 2, 3], [3, 2, 1])": "-1.0", "spearman([1, 2, 3], [1, 4, 9])": "1.0",
		"[m.role for m in turns(\"Hi\")]": `["user"]`, "[m.content for m in turns(\"\\n\\nHuman: a\\n\\nAssistant: b\\n\\nHuman: c\\n\\nAssistant:\")]": `["a", "b", "c"]`,
		"len(dataset([{\"a\": 1}, {\"a\": 2}]).filter(lambda r: r.a > 1))": "1", "({\"a\": 1} | {\"b\": 2})[\"b\"]": "2",
		"[len(b) for b in dataset([{\"i\": i} for i in range(5)]).batches(2)]":                "[2, 2, 1]",
		"[len(b) for b in dataset([{\"i\": i} for i in range(5)]).batches(2, last = False)]":  "[2, 2]",
		"sorted([r.i for r in dataset([{\"i\": i} for i in range(5)]).shuffled(seed = 3)])":   "[0, 1, 2, 3, 4]",
		"[list(b.i) for b in dataset([{\"i\": i} for i in range(3)]).batches(3, epochs = 2)]": "[[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]]",
	} {
		if got, err := expression(t, e); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", e, got, err, want)
		}
	}
}

// A split keeps groups whole, inside every stratum.
func TestSplitKeepsGroupsWhole(t *testing.T) {
	got, err := execute(t, `def run():
    rows = dataset([{"i": i, "g": "g%d" % (i % 20), "s": "s%d" % (i % 20 % 2)} for i in range(400)])
    train, test = rows.split(by = "g", test = 0.2, within = "s", seed = 5)
    a, b = set(train.column("g")), set(test.column("g"))
    print(len(a & b), len(a), len(b), len(train), len(test), len([r for r in test if r.s == "s0"]))
    other, _ = rows.split(by = "g", test = 0.2, within = "s", seed = 6)
    again, _ = rows.split(by = "g", test = 0.2, within = "s", seed = 5)
    print([r.i for r in again] == [r.i for r in train], [r.i for r in other] == [r.i for r in train])
`)
	if want := "0 16 4 320 80 40\nTrue False"; err != nil || got != want {
		t.Errorf("split: got %q, %v, want %q", got, err, want)
	}
}

func TestSamplesOfTheEngineAgreeWithItsGraph(t *testing.T) {
	enginetest.Runtime(t)
	s := parse(t, `policy = param.model("embedded", "policy")
def run():
    out = policy.sample(["one", "two"], n = 2, max_tokens = 5, temperature = 0.8, seed = 4)
    again = policy.sample(["one", "two"], n = 2, max_tokens = 5, temperature = 0.8, seed = 4)
    longer = policy.sample(["one " * 30], max_tokens = 40, temperature = 1.0)
    print(out.response == again.response, len(out), len(longer))
    print(largest(abs(out.logp - policy.logp(out, temperature = 0.8))) < 1e-4)
`)
	w := newWorld(t, s)
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(w.says[1:], "\n"); got != "True 4 1\nTrue" {
		t.Errorf("samples: got %v", w.says)
	}
	found, err := w.book.Invariants(w.Record.ID())
	if err != nil || len(found) != 1 || !found[0].Passed || found[0].Name != "sampler = trainer" {
		t.Errorf("invariants: got %+v, %v", found, err)
	}
}

func TestMemoryIsDeclaredBeforeItIsTaken(t *testing.T) {
	enginetest.Runtime(t)
	s := parse(t, `base = param.model("embedded", "base")
def loss(b):
    return -mean(policy.logp(b.tokens))
policy = base.adapter(rank = 2)
def run():
    policy.frozen()
    trainer(loss, of = [policy], optimizer = adamw(1e-3))
    policy.sample(["a"], max_tokens = 2)
`)
	w := newWorld(t, s)
	var asked []string
	held := 0
	w.Reserve = func(_ context.Context, what string, bytes int64) (func(), error) {
		asked = append(asked, what)
		held++
		return func() { held-- }, nil
	}
	if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 3 || held != 0 {
		t.Errorf("asked for %q, %d are still held; want a copy, a trainer and a sampler, all given back", asked, held)
	}
	w = newWorld(t, s)
	w.Reserve = func(context.Context, string, int64) (func(), error) { return nil, runs.ErrTooBig }
	if _, err := s.Run(t.Context(), w.Host, nil); !errors.Is(err, runs.ErrTooBig) {
		t.Errorf("a refusal: got %v", err)
	}
}
