package recipes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/weights"
	"workbench/tasks/recipes"
	"workbench/tasks/script"
)

// figure is the estimate of a measure.
func figure(t *testing.T, result map[string]any, path ...string) float64 {
	t.Helper()
	return at(t, result, append(path, "value")...)
}

// counted is how many items, or groups, a measure is of.
func counted(t *testing.T, result map[string]any, measure, of string) int64 {
	t.Helper()
	m, _ := result[measure].(map[string]any)
	n, ok := m[of].(int64)
	if !ok {
		t.Fatalf("%s %s is %v, not a whole number", measure, of, m[of])
	}
	return n
}

// A text is at least as likely as one that it begins: where the right choice is the beginning of the wrong
// one, any model is right.
func TestMultipleChoiceKnowsTheLikelierChoice(t *testing.T) {
	w := newToy(t)
	items := w.write("items", []map[string]any{
		{"question": "Two and two", "choices": []any{"are four and more", "are four"}, "answer": 1, "part": "plain"},
		{"question": "Two and three", "choices": []any{"are five", "are five, no"}, "answer": "are five", "part": "plain"},
		{"question": "Two and three", "choices": []any{"are five", "are five, no"}, "answer": 1, "part": "reversed"},
		{"UID": "shortened", "pairID": "0", "sentence_good": "Cats sleep", "sentence_bad": "Cats sleepy"},
		{"dataset": "persona/brief", "question": "Say it.", "answer_matching_behavior": " N", "answer_not_matching_behavior": " No"},
		{"dataset": "persona/brief", "question": "Say more.", "answer_matching_behavior": " Yes", "answer_not_matching_behavior": " Y"},
		{"task": "made_up", "input": "Which?\nOptions:\n- o\n- ok", "target": "o"},
		{"task": "made_up", "input": "No options here", "target": "whatever"},
		{"question": "Is it?", "answer": "It is.", "label": "yes"},
		{"question": "Is it?", "answer": "It is not.", "label": "no"},
	})
	for _, c := range []struct {
		part       string
		acc, first float64
		all        int64
	}{
		{"plain", 1, 0.5, 2}, {"reversed", 0, 1, 1}, {"shortened", 1, 1, 1}, {"persona/brief", 0.5, 1, 2}, {"made_up", 1, 1, 1},
	} {
		result, _, _ := w.run("multiple_choice", map[string]string{"data": items, "part": c.part})
		if acc, first, n := figure(t, result, "acc"), figure(t, result, "first"), counted(t, result, "acc", "n"); acc != c.acc || first != c.first || n != c.all {
			t.Errorf("%s: acc %g, first %g of %d items, want %g, %g of %d", c.part, acc, first, n, c.acc, c.first, c.all)
		}
	}
	result, _, _ := w.run("multiple_choice", map[string]string{"data": items, "part": "items"}) // the truth labels, by file
	if n, groups := counted(t, result, "acc", "n"), counted(t, result, "acc", "groups"); n != 2 || groups != 1 {
		t.Errorf("truth labels: %d in %d groups, want 2 of one question", n, groups)
	}
	// With an example before it, one of the two is measured.
	result, _, _ = w.run("multiple_choice", map[string]string{"data": items, "part": "plain", "shots": "1"})
	if n := counted(t, result, "acc", "n"); n != 1 || figure(t, result, "acc") != 1 {
		t.Errorf("with a shot: %d items, acc %g", n, figure(t, result, "acc"))
	}
}

// Each benchmark's file is read, and what is no multiple choice is left out.
func TestMultipleChoiceReadsTheBenchmarks(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 90,000 rows")
	}
	w := newToy(t)
	for _, c := range []struct {
		file  string
		parts int
	}{{"evals/bbh", 23}, {"evals/model_written_evals", 21}, {"evals/truthfulqa_truth_labels", 1}, {"loglik/blimp", 67}} {
		result, _, _ := w.run("multiple_choice", map[string]string{"data": enginetest.Data(t, c.file+".jsonl.gz"), "limit": "1"})
		if by, ok := result["by"].(map[string]any); !ok || len(by) != c.parts {
			t.Errorf("%s: %d parts, want %d", c.file, len(by), c.parts)
		}
	}
}

// What a model answers is its own right answer, and other answers are wrong.
func TestExactMatchKnowsTheModelsAnswers(t *testing.T) {
	w := newToy(t)
	ask := []map[string]any{}
	for i := range 6 {
		ask = append(ask, map[string]any{"question": fmt.Sprintf("What is %d + %d?", i, i), "answer": "unknown"})
	}
	params := func(more ...string) map[string]string {
		p := map[string]string{"data": w.write("sums", ask), "max_tokens": "12", "extract": ".+"}
		for i := 0; i < len(more); i += 2 {
			p[more[i]] = more[i+1]
		}
		return p
	}
	result, _, id := w.run("exact_match", params())
	if got := figure(t, result, "acc"); got != 0 {
		t.Errorf("acc %g of answers that nobody gives, want 0", got)
	}
	for _, item := range w.items(id) {
		var place int
		if _, err := fmt.Sscanf(item.ID, "sums/%d", &place); err != nil {
			t.Fatal(err)
		}
		if lines := regexp.MustCompile(".+").FindAllString(item.Item["response"].(string), -1); place < 4 {
			ask[place]["answer"] = strings.ToUpper(lines[len(lines)-1]) + "."
		}
	}
	if result, _, _ = w.run("exact_match", params()); figure(t, result, "acc") != 4.0/6 {
		t.Errorf("acc %g, want 4 of 6", figure(t, result, "acc"))
	}
	result, _, _ = w.run("exact_match", params("shots", "2", "limit", "3"))
	if n := counted(t, result, "acc", "n"); n != 3 {
		t.Errorf("with examples and a limit: %d items, want 3", n)
	}
}

// items reads what a run measured.
func (w *toy) items(run string) []script.Item {
	w.t.Helper()
	f, err := os.Open(filepath.Join(w.folder, "runs", run, script.ItemsFile))
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	var items []script.Item
	for lines := json.NewDecoder(f); lines.More(); {
		var item script.Item
		if err := lines.Decode(&item); err != nil {
			w.t.Fatal(err)
		}
		items = append(items, item)
	}
	return items
}

// What counts in an answer: made-up cases, and real solutions of GSM8K whose correctness is known.
func TestExactMatchReadsAnswers(t *testing.T) {
	recipe, err := recipes.Find("exact_match")
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(recipe.Text, "def run():")
	s, err := script.Parse("answers", before+fmt.Sprintf(`
KINDS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
def known(row):
    it = item(row | {"answer": row.ground_truth.replace("\nA: ", "\n#### ")})
    return [check(dataset([it])[0], row[kind]["solution"]) == row[kind]["is_correct"] for kind in KINDS]
def run():
    agree = [a for row in dataset(%q) for a in known(row)]
    cases = [("4", "It is 5, no, 4.", "-?[0-9]+", True), ("Paris", " paris.\nOr Rome", "", True), ("(B)", "So (A)? No: (B).", r"\([A-Z]\)", True),
             ("1,000", "$1000", "", True), ("4", "", "", False), ("Rome", "Paris\nRome", "", False), ("4", "five", "-?[0-9]+", False)]
    wrong = [c for c in cases if check(dataset([{"right": c[0], "pattern": c[2]}])[0], c[1]) != c[3]]
    return {"agree": mean(agree), "n": len(agree), "wrong": str(wrong)}
`, enginetest.Data(t, "evals/gsm8k_model_solutions.jsonl.gz")))
	if err != nil {
		t.Fatal(err)
	}
	result, _, _ := newToy(t).runScript(s, nil)
	if result["wrong"] != "[]" || at(t, result, "agree") < 0.99 || result["n"] != int64(3016) {
		t.Errorf("got %v, want no wrong case, and the known correctness of 99 %% of 3016 solutions", result)
	}
}

// embeddedModel opens the language model that the binary carries under any name.
type embeddedModel struct{ t *testing.T }

func (m embeddedModel) Open(context.Context, string) (*weights.Model, error) {
	return weights.Open(enginetest.EmbeddedPath(m.t))
}

// lm-evaluation-harness says the same of the embedded model's choices (testdata/make_loglik.py).
func TestLikelihoodsAreThoseOfTheHarness(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the embedded model")
	}
	w := newToy(t)
	w.models = embeddedModel{t}
	s, err := script.Parse("harness", `data = param.dataset("", "what the harness says")
def run():
    rows  = list(data)
    found = model("embedded").loglik([r.prompt for r in rows], [r.choices for r in rows])
    far   = [largest(abs(f.logp - array(r.logp))) for r, f in zip(rows, found)]
    return {"far": largest(far), "n": sum([len(r.choices) for r in rows])}
`)
	if err != nil {
		t.Fatal(err)
	}
	result, _, _ := w.runScript(s, map[string]string{"data": filepath.Join("testdata", "loglik.jsonl")})
	if far := at(t, result, "far"); far > 1e-4 || at(t, result, "n") != 17 {
		t.Errorf("the farthest of %v choices is %g off, want 17 within 1e-4", result["n"], far)
	}
}
