package cli

import (
	"strings"
	"testing"

	"workbench/embed"
)

// TestToyComparisons: the questions are in one part each, both sides win, and length says nothing.
func TestToyComparisons(t *testing.T) {
	learn, unseen := toyComparisons()
	seen, a, longer := map[string]bool{}, 0, 0
	for _, c := range learn {
		seen[c.Prompt] = true
	}
	for _, c := range unseen {
		if seen[c.Prompt] {
			t.Errorf("%q is learned from, and yet it is to be unseen", c.Prompt)
		}
	}
	all := append(learn, unseen...)
	for _, c := range all {
		if c.Label == "a" {
			a++
		}
		if (len(c.A) > len(c.B)) == (c.Label == "a") {
			longer++
		}
		if c.A == "" || c.B == "" || c.Group == "" || c.Label != "a" && c.Label != "b" {
			t.Errorf("%+v is no comparison", c)
		}
	}
	for what, n := range map[string]int{"side a wins": a, "the longer answer wins": longer} {
		if share := float64(n) / float64(len(all)); share < 0.35 || share > 0.65 {
			t.Errorf("%s in %.0f %% of %d comparisons, want about half", what, 100*share, len(all))
		}
	}
}

// TestTour is make run: it must end with a reward model that is right about unseen questions.
func TestTour(t *testing.T) {
	if testing.Short() {
		t.Skip("the tour trains for a minute")
	}
	r := newRoom(t)
	if _, err := embed.Model(); err != nil {
		t.Skipf("the model is not here: run make fetch (%v)", err)
	}
	var got struct {
		Text       string
		Evaluation struct {
			Result struct{ Accuracy struct{ Value, Low float64 } }
		}
	}
	r.result("tour", &got)
	if got.Text == "" || got.Evaluation.Result.Accuracy.Value < 0.8 {
		t.Errorf("%+v, want a text and an accuracy of at least 0.8", got)
	}
	if text := r.must("model list"); !strings.Contains(text, "tour-first") {
		t.Errorf("model list says %q, want tour-first", text)
	}
}
