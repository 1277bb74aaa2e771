package generate

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/forward"
	"workbench/engine/ort"
	"workbench/engine/weights"
)

// fixtures are what transformers said; see testdata/make_fixtures.py.
type fixtures struct {
	Look  []int `json:"look"`
	Cases []struct {
		Text   string    `json:"text"`
		Prompt []int     `json:"prompt"`
		Tokens []int     `json:"tokens"`
		LogP   []float64 `json:"logp"`
		Warm   []float64 `json:"logp_0.7"`
		Look   []float64 `json:"look"`
		Margin float64   `json:"margin"`
	} `json:"cases"`
}

func readFixtures(t testing.TB) fixtures {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "greedy.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f fixtures
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestGreedyTextIsThatOfTransformers(t *testing.T) {
	m := enginetest.Embedded(t)
	f := readFixtures(t)
	for _, shared := range []bool{false, true} {
		s := sampler(t, m, Options{Slots: 4, Positions: 128, Shared: shared})
		var prompts [][]int
		for _, c := range f.Cases {
			if got := m.Tokenizer.Encode(c.Text); fmt.Sprint(got) != fmt.Sprint(c.Prompt) {
				t.Fatalf("%q: tokens %v, want %v", c.Text, got, c.Prompt)
			}
			prompts = append(prompts, c.Prompt)
		}
		for i, got := range generate(t, s, prompts, Sampling{MaxTokens: 40}) {
			c := f.Cases[i]
			if fmt.Sprint(got.Tokens) != fmt.Sprint(c.Tokens) {
				t.Errorf("shared %t, %q: continued %q, transformers %q", shared, c.Text, m.Tokenizer.DecodeKeepSpecial(got.Tokens), m.Tokenizer.DecodeKeepSpecial(c.Tokens))
				continue
			}
			for k, want := range c.LogP {
				if d := math.Abs(float64(got.LogProbs[k]) - want); d > 1e-3 {
					t.Errorf("shared %t, %q, token %d: log-probability %.6f, transformers %.6f", shared, c.Text, k, got.LogProbs[k], want)
				}
			}
		}
	}
}

func TestLogitsAreThoseOfTransformers(t *testing.T) {
	m := enginetest.Embedded(t)
	f := readFixtures(t)
	o, err := Options{Slots: 4, Positions: 64}.complete(m)
	if err != nil {
		t.Fatal(err)
	}
	n, err := newNetwork(m, o)
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	worst := 0.0
	for _, c := range f.Cases {
		p, err := n.read(t.Context(), 0, [][]int{c.Prompt}, []head{{0, 1}})
		if err != nil {
			t.Fatal(err)
		}
		for k, id := range f.Look {
			got := math.Log(float64(p[id]))
			worst = max(worst, math.Abs(got-c.Look[k]))
		}
	}
	t.Logf("log-probabilities of %d tokens after %d prompts differ by %.2g at most", len(f.Look), len(f.Cases), worst)
	if worst > 1e-3 {
		t.Errorf("log-probabilities differ by %g, want less than 1e-3", worst)
	}
}

// TestLogProbsAreTheScorers compares cached decoding with whole sequences at once.
func TestLogProbsAreTheScorers(t *testing.T) {
	for _, tc := range []struct {
		name  string
		model func(t testing.TB) *weights.Model
		Options
	}{
		{"tiny", tiny, Options{}},
		{"tiny shared with adapter", adapted, Options{Shared: true}},
		{"tiny with merged adapter", adapted, Options{}},
		{"embedded", enginetest.Embedded, Options{}},
		{"embedded shared", enginetest.Embedded, Options{Shared: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := tc.model(t)
			tc.Slots, tc.Positions = 4, 64
			s := sampler(t, m, tc.Options)
			prompts := [][]int{prompt(3, 1), prompt(17, 2), prompt(9, 3), prompt(1, 4), prompt(30, 5)}
			const temperature = 0.7
			samples := generate(t, s, prompts, Sampling{Temperature: temperature, Seed: 2, MaxTokens: 24})
			seqs := make([]forward.Sequence, len(samples))
			for i, sample := range samples {
				seqs[i] = forward.Sequence{Tokens: append(append([]int{}, prompts[i]...), sample.Tokens...)}
				seqs[i].Mask = make([]bool, len(seqs[i].Tokens))
				for k := range sample.Tokens {
					seqs[i].Mask[len(prompts[i])+k] = true
				}
			}
			scorer := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
			defer scorer.Close()
			logp, _, err := scorer.LogProbs(t.Context(), seqs, temperature)
			if err != nil {
				t.Fatal(err)
			}
			worst := 0.0
			for i, sample := range samples {
				for k, got := range sample.LogProbs {
					want := logp[i][len(prompts[i])+k]
					worst = max(worst, math.Abs(float64(got-want)))
					if sample.TruncatedLogProbs[k] != got {
						t.Errorf("request %d, token %d: nothing was cut off, but the log-probabilities are %g and %g", i, k, got, sample.TruncatedLogProbs[k])
					}
				}
			}
			t.Logf("log-probabilities differ by %.2g at most", worst)
			if worst > 1e-4 {
				t.Errorf("log-probabilities differ by %g, want less than 1e-4", worst)
			}
		})
	}
}

func TestEmbeddedIsTheSameInCompany(t *testing.T) {
	m := enginetest.Embedded(t)
	f := readFixtures(t)
	for _, o := range []Options{{}, {Shared: true}, {Precision: Int8}, {Precision: Int4}} {
		o.Slots, o.Positions = 6, 64
		s := sampler(t, m, o)
		t.Logf("%s, shared %t: the same from %d rows on", o.Precision, o.Shared, s.net.least)
		sampling := Sampling{Temperature: 1, TopP: 0.9, Seed: 7, MaxTokens: 12}
		var prompts [][]int
		for _, c := range f.Cases {
			prompts = append(prompts, c.Prompt)
		}
		together := generate(t, s, prompts, sampling)
		for i := range prompts {
			// The index is part of the randomness: others come before, one at a time.
			alone := make([]Sample, 0, 1)
			if i == 0 {
				alone = generate(t, s, prompts[:1], sampling)
			} else {
				all := generate(t, s, append(make3([]int{1, 2}, i), prompts[i]), sampling)
				alone = append(alone, all[i])
			}
			if diff := same(together[i], alone[0]); diff != "" {
				t.Errorf("%s, shared %t, request %d: %s", o.Precision, o.Shared, i, diff)
			}
		}
	}
}
