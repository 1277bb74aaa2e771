package forward_test

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/forward"
	"workbench/engine/ort"
)

// TestTop holds the most probable tokens against the log-probabilities of every token, asked one by one: more
// positions than fit one piece, and two sequences.
func TestTop(t *testing.T) {
	m := enginetest.Tiny(t, 5)
	s := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
	defer s.Close()
	vocab := m.Arch.Sizes().Vocab
	rng := rand.New(rand.NewPCG(2, 3))
	seqs := []forward.Sequence{random(rng, 100, vocab), random(rng, 1, vocab), random(rng, 7, vocab)}
	const k = 3
	got, err := s.Top(context.Background(), seqs, k)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := s.LogProbs(context.Background(), seqs, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range seqs {
		if len(got[i]) != len(q.Tokens)-1 {
			t.Fatalf("sequence %d of %d tokens: got %d, want all but the first", i, len(q.Tokens), len(got[i]))
		}
		for at, r := range got[i] {
			if math.Abs(float64(r.LogProb-want[i][at+1])) > 1e-5 {
				t.Errorf("sequence %d, token %d: got %g, want %g", i, at+1, r.LogProb, want[i][at+1])
			}
		}
	}
	alone, err := s.Top(context.Background(), seqs[2:], k)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(alone[0], got[2]) {
		t.Errorf("alone the last sequence has %v, among others %v", alone[0], got[2])
	}
	for _, at := range []int{1, 64, 65, 99} {
		all := everyToken(t, s, seqs[0], at, vocab)
		order := make([]int, vocab)
		for id := range order {
			order[id] = id
		}
		slices.SortStableFunc(order, func(a, b int) int {
			if all[a] > all[b] {
				return -1
			}
			return 1
		})
		top := got[0][at-1].Top
		for n, c := range top {
			if math.Abs(float64(c.LogProb-all[order[n]])) > 1e-5 {
				t.Errorf("position %d, place %d: got token %d with %g, want %d with %g", at, n, c.ID, c.LogProb, order[n], all[order[n]])
			}
			if n > 0 && c.LogProb > top[n-1].LogProb {
				t.Errorf("position %d: place %d is likelier than the one before", at, n)
			}
		}
		if len(top) != k {
			t.Errorf("position %d: got %d tokens, want %d", at, len(top), k)
		}
	}
	if _, err := s.Top(context.Background(), []forward.Sequence{{Tokens: []int{1, 2}, Mask: []bool{true, true}}}, 1); err == nil {
		t.Error("a mask was taken")
	}
}

// everyToken is the log-probability of every token of the vocabulary at a position.
func everyToken(t *testing.T, s *forward.Scorer, q forward.Sequence, at, vocab int) []float32 {
	t.Helper()
	var seqs []forward.Sequence
	for id := range vocab {
		seqs = append(seqs, forward.Sequence{Tokens: append(slices.Clone(q.Tokens[:at]), id)})
	}
	rows, _, err := s.LogProbs(context.Background(), seqs, 1)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]float32, vocab)
	for id := range vocab {
		all[id] = rows[id][at]
	}
	return all
}
