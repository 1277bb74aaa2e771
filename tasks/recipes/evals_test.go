package recipes_test

import (
	"testing"

	"workbench/engine/enginetest"
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
