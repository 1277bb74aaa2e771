package cli

import (
	"strings"
	"testing"
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

// TestTour goes the way of make run with a tiny model, which learns little.
func TestTour(t *testing.T) {
	r := newRoom(t)
	var got struct {
		Text     string
		Training struct{ Metrics map[string]float64 }

		Evaluation struct {
			Result struct {
				Accuracy struct{ Value, Low, High, N, Groups float64 }
			}
		}
	}
	r.result("tour --model tiny", &got)
	accuracy := got.Evaluation.Result.Accuracy
	if got.Text == "" || !(got.Training.Metrics["loss"] > 0) || accuracy.N != 40 || accuracy.Groups != toyUnseen || !(accuracy.Low <= accuracy.Value && accuracy.Value <= accuracy.High) {
		t.Errorf("%+v, want a text, a loss, and an accuracy with its interval over 40 comparisons in %d groups", got, toyUnseen)
	}
	if text := r.must("model list"); !strings.Contains(text, "tour-first") {
		t.Errorf("model list says %q, want tour-first", text)
	}
}
