package forward_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/forward"
	"workbench/engine/ort"
	"workbench/engine/weights"
)

// family makes texts after one beginning: questions after examples, each with answers, of which one
// is the beginning of another and one is there twice.
func family(rng *rand.Rand, examples, question, answer, vocab int) []forward.Sequence {
	start := random(rng, examples, vocab).Tokens
	var all []forward.Sequence
	for range 5 {
		q := append(slices.Clone(start), random(rng, question, vocab).Tokens...)
		one := random(rng, answer, vocab).Tokens
		for _, a := range [][]int{one, one[:answer/2], one, random(rng, answer, vocab).Tokens, random(rng, 1, vocab).Tokens} {
			s := forward.Sequence{Tokens: append(slices.Clone(q), a...)}
			s.Mask = make([]bool, len(s.Tokens))
			for i := len(q); i < len(s.Tokens); i++ {
				s.Mask[i] = true
			}
			all = append(all, s)
		}
	}
	return all
}

// sharedIsUnshared compares the two ways of scoring and returns the tokens that each computed.
func sharedIsUnshared(t *testing.T, m *weights.Model, texts []forward.Sequence) (shared, each int) {
	t.Helper()
	s := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
	defer s.Close()
	want, wantEntropy, err := s.LogProbs(context.Background(), texts, 0.7)
	if err != nil {
		t.Fatal(err)
	}
	got, entropy, shared, err := s.SharedLogProbs(context.Background(), texts, 0.7)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i := range texts {
		each += len(texts[i].Tokens)
		for k := range texts[i].Tokens {
			worst = max(worst, math.Abs(float64(got[i][k]-want[i][k])), math.Abs(float64(entropy[i][k]-wantEntropy[i][k])))
		}
	}
	if !(worst < 1e-4) {
		t.Errorf("shared and unshared log-probabilities differ by up to %g", worst)
	}
	t.Logf("%d tokens in place of %d, largest difference %.2g", shared, each, worst)
	return shared, each
}

func TestSharedIsUnshared(t *testing.T) {
	m := enginetest.Tiny(t, 3)
	rng := rand.New(rand.NewPCG(4, 4))
	texts := family(rng, 40, 12, 6, 96)
	texts = append(texts, family(rng, 0, 20, 3, 96)...) // nothing in common between questions
	texts = append(texts, random(rng, 30, 96))          // every token asked for
	// 40 + 5·(12 + 6 + 6 + 1), 5·(20 + 3 + 3 + 1) and 30 tokens, and the examples again in each further row
	shared, each := sharedIsUnshared(t, m, texts)
	if shared < 330 || shared > 330+3*40 || each < 4*shared {
		t.Errorf("computed %d tokens in place of %d", shared, each)
	}
}

func TestSharedIsUnsharedOnTheEmbeddedModel(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the embedded model")
	}
	sharedIsUnshared(t, enginetest.Embedded(t), family(rand.New(rand.NewPCG(5, 5)), 60, 30, 8, 40000))
}

func TestSharedScoresAreScores(t *testing.T) {
	m, err := enginetest.Tiny(t, 3).WithHead(1, false, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
	defer s.Close()
	texts := family(rand.New(rand.NewPCG(7, 7)), 30, 10, 6, 96)
	want, err := s.Scores(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.SharedScores(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range texts {
		if d := math.Abs(float64(got[i][0] - want[i][0])); !(d < 1e-4) {
			t.Errorf("text %d: %g shared, %g alone", i, got[i][0], want[i][0])
		}
	}
	if !forward.MuchShared(texts) || forward.MuchShared([]forward.Sequence{random(rand.New(rand.NewPCG(8, 8)), 30, 96), random(rand.New(rand.NewPCG(9, 9)), 30, 96)}) {
		t.Error("what begins alike is not told from what does not")
	}
}

func TestShareKeepsToItsLimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for _, limit := range []int{1, 40, 70, 100, 1000} {
		texts := family(rng, 20, 10, 5, 3) // few tokens, so that much is shared by chance
		rows, held := forward.Share(texts, limit)
		for i, h := range held {
			row := rows[h.Row]
			var spelled []int
			for k, at := range h.At {
				spelled = append(spelled, row.Tokens[at])
				if want := append([]int{-1}, h.At...)[k]; row.Before[at] != want {
					t.Fatalf("limit %d, text %d: token %d continues %d, want %d", limit, i, k, row.Before[at], want)
				}
				if texts[i].Wanted(k) && !row.Mask[at] {
					t.Fatalf("limit %d, text %d: token %d is not asked for", limit, i, k)
				}
			}
			if !slices.Equal(spelled, texts[i].Tokens) {
				t.Fatalf("limit %d, text %d: %v, want %v", limit, i, spelled, texts[i].Tokens)
			}
		}
		for _, r := range rows {
			if len(r.Tokens) > max(limit, 35) {
				t.Errorf("limit %d: a row of %d tokens", limit, len(r.Tokens))
			}
			if err := r.Check(3, 1000); err != nil {
				t.Error(err)
			}
		}
	}
}

// Only what no mask asks for is there once: each token of an answer has a place of its own.
func TestShareQuestionsKeepsAnswersApart(t *testing.T) {
	question := []int{5, 6, 7}
	var texts []forward.Sequence
	for _, answer := range [][]int{{8, 9}, {8, 9, 1}, {8}} {
		s := forward.Sequence{Tokens: append(slices.Clone(question), answer...)}
		s.Mask = make([]bool, len(s.Tokens))
		for i := range answer {
			s.Mask[len(question)+i] = true
		}
		texts = append(texts, s)
	}
	rows, held := forward.ShareQuestions(texts, 100)
	if len(rows) != 1 || len(rows[0].Tokens) != 3+2+3+1 {
		t.Fatalf("laid out as %v, want the question once and three answers", rows)
	}
	seen := map[int]bool{}
	for i, h := range held {
		for k, at := range h.At {
			if rows[0].Tokens[at] != texts[i].Tokens[k] || rows[0].Mask[at] != texts[i].Wanted(k) {
				t.Errorf("text %d, token %d: laid at %d of %v", i, k, at, rows[0])
			}
			if k >= len(question) && seen[at] {
				t.Errorf("text %d: token %d of the answer is another's, too", i, k)
			}
			seen[at] = true
		}
	}
}

func TestSequencesThatContinueNothing(t *testing.T) {
	for _, before := range [][]int{{0, 0}, {-1, 1}, {-2, 0}, {-1}} {
		if err := (forward.Sequence{Tokens: []int{1, 2}, Before: before}).Check(3, 10); err == nil {
			t.Errorf("a sequence with Before %v was taken", before)
		}
	}
}
