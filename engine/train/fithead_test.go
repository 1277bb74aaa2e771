package train_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"workbench/engine/train"
)

// world of texts whose true scores are linear in their states, and comparisons drawn from Bradley and Terry.
func comparedTexts(texts, hidden, pairs int) (states [][]float32, truth []float64, compared []train.Comparison) {
	rng := rand.New(rand.NewPCG(3, 4))
	for k := range hidden {
		truth = append(truth, rng.NormFloat64()/float64(1+k))
	}
	score := make([]float64, texts)
	for i := range texts {
		x := make([]float32, hidden)
		for k := range x {
			x[k] = float32(rng.NormFloat64() + 5)
			score[i] += truth[k] * float64(x[k])
		}
		states = append(states, x)
	}
	for range pairs {
		a, b := rng.IntN(texts), rng.IntN(texts)
		target := 0.0
		if rng.Float64() < 1/(1+math.Exp(score[b]-score[a])) {
			target = 1
		}
		compared = append(compared, train.Comparison{A: a, B: b, Target: target, Weight: 1})
	}
	return states, truth, compared
}

func TestFitHeadFindsTheTruth(t *testing.T) {
	states, truth, compared := comparedTexts(400, 6, 30000)
	head, fit, err := train.FitHead(states, compared, 1e-6, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range truth {
		if math.Abs(head[k]-want) > 0.06 {
			t.Errorf("weight %d: got %.3f, want %.3f", k, head[k], want)
		}
	}
	if fit.Accuracy < 0.6 || fit.NLL > math.Ln2 {
		t.Errorf("fit: got %+v, want it better than a guess", fit)
	}
}

// TestFitHeadIsAMinimum looks at the objective around the answer, computed here from its definition.
func TestFitHeadIsAMinimum(t *testing.T) {
	const decay = 0.1
	states, _, compared := comparedTexts(30, 5, 200)
	for i := range compared {
		compared[i].Weight = float64(1 + i%3)
		if i%4 == 0 {
			compared[i].Target = 0.5
		}
	}
	for _, prior := range [][]float32{nil, {0.5, -1, 0, 2, 0.1}} {
		head, _, err := train.FitHead(states, compared, decay, prior)
		if err != nil {
			t.Fatal(err)
		}
		isMinimum(t, states, compared, decay, head, prior)
	}
}

func isMinimum(t *testing.T, states [][]float32, compared []train.Comparison, decay float64, head []float64, prior []float32) {
	t.Helper()
	objective := func(head []float64) float64 {
		total, weight, penalty := 0.0, 0.0, 0.0
		for _, c := range compared {
			m := 0.0
			for k, h := range head {
				m += h * float64(states[c.A][k]-states[c.B][k])
			}
			total += c.Weight * (c.Target*math.Log1p(math.Exp(-m)) + (1-c.Target)*math.Log1p(math.Exp(m)))
			weight += c.Weight
		}
		for k, h := range head {
			mean, square := 0.0, 0.0
			for _, x := range states {
				mean += float64(x[k]) / float64(len(states))
				square += float64(x[k]) * float64(x[k]) / float64(len(states))
			}
			if prior != nil {
				h -= float64(prior[k])
			}
			penalty += h * h * (square - mean*mean)
		}
		return total/weight + decay/2*penalty
	}
	least := objective(head)
	for k := range head {
		for _, step := range []float64{-1e-3, 1e-3} {
			near := append([]float64{}, head...)
			near[k] += step
			if got := objective(near); got < least {
				t.Errorf("moving weight %d by %g gives %.9f, below the minimum %.9f", k, step, got, least)
			}
		}
	}
}

// With comparisons that say nothing the head stays where it was, in states that do not vary too.
func TestFitHeadKeepsItsPrior(t *testing.T) {
	states := [][]float32{{1, 7}, {2, 7}, {4, 7}}
	prior := []float32{0.25, -3}
	head, fit, err := train.FitHead(states, []train.Comparison{{A: 0, B: 0, Target: 0.5, Weight: 1}}, 1, prior)
	if err != nil || math.Abs(head[0]-0.25) > 1e-9 || head[1] != -3 || fit.Accuracy != 0 {
		t.Errorf("head %v, %+v, %v: want it to stay at %v", head, fit, err, prior)
	}
	if head, _, err = train.FitHead(states, []train.Comparison{{A: 0, B: 2, Target: 1, Weight: 1}}, 1e-3, prior); err != nil || head[0] > 0 || head[1] != -3 {
		t.Errorf("text 0 was preferred: got %v, %v, want a negative first weight and the second as it was", head, err)
	}
	if _, _, err = train.FitHead(states, []train.Comparison{{A: 0, B: 2, Target: 1, Weight: 1}}, 1, prior[:1]); err == nil {
		t.Error("a prior of one weight for states of two was taken")
	}
}

func TestFitHeadRefuses(t *testing.T) {
	states := [][]float32{{1, 2}, {2, 1}}
	for _, c := range []struct {
		compared []train.Comparison
		decay    float64
		says     string
	}{
		{nil, 1, "no comparisons"},
		{[]train.Comparison{{A: 0, B: 2, Target: 1, Weight: 1}}, 1, "texts 0 and 2; there are 2"},
		{[]train.Comparison{{A: 0, B: 1, Target: 1.5, Weight: 1}}, 1, "target 1.5"},
		{[]train.Comparison{{A: 0, B: 1, Target: 1, Weight: 1}}, 0, "decay 0"},
	} {
		if _, _, err := train.FitHead(states, c.compared, c.decay, nil); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, decay %g: got %v, want an error that says %q", c.compared, c.decay, err, c.says)
		}
	}
}
