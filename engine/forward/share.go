package forward

import (
	"context"
	"fmt"
	"slices"
)

// Held says where a text lies after [Share].
type Held struct {
	Row int   // the sequence that holds it
	At  []int // places of its tokens in there
}

// Share lays texts out so that beginnings that several have in common are there once: a tree in each
// sequence, of at most limit tokens if no text is longer. Tokens see and stand where they would
// in a text of their own, so results are the same up to rounding. What a mask asks for in one text is asked
// for in all that share it.
func Share(texts []Sequence, limit int) (rows []Sequence, held []Held) {
	return share(texts, limit, func(a, b Sequence) int { return Common(a.Tokens, b.Tokens) })
}

// ShareQuestions is [Share] of what comes before the first token that a mask asks for, such as the
// question of several answers: each token that is asked for stays that of one text, so that numbers can be
// laid beside it.
func ShareQuestions(texts []Sequence, limit int) (rows []Sequence, held []Held) {
	return share(texts, limit, func(a, b Sequence) int {
		return min(Common(a.Tokens, b.Tokens), a.question(), b.question())
	})
}

// question is how many tokens come before the first that is asked for.
func (s Sequence) question() int {
	for i := range s.Tokens {
		if s.Wanted(i) {
			return i
		}
	}
	return len(s.Tokens)
}

// share lays texts out with as many tokens in common between neighbours as common says.
func share(texts []Sequence, limit int, common func(a, b Sequence) int) (rows []Sequence, held []Held) {
	held = make([]Held, len(texts))
	var last int // of the texts in the open row
	for k, i := range inOrder(texts) {
		tokens, shared := texts[i].Tokens, 0
		if k > 0 {
			shared = common(texts[last], texts[i])
		}
		if k == 0 || len(rows[len(rows)-1].Tokens)+len(tokens)-shared > limit {
			rows, shared = append(rows, Sequence{}), 0
		}
		row := &rows[len(rows)-1]
		h := Held{Row: len(rows) - 1}
		if shared > 0 {
			h.At = slices.Clone(held[last].At[:shared])
		}
		before := -1
		if shared > 0 {
			before = h.At[shared-1]
		}
		for _, t := range tokens[shared:] {
			row.Tokens, row.Mask, row.Before = append(row.Tokens, t), append(row.Mask, false), append(row.Before, before)
			before = len(row.Tokens) - 1
			h.At = append(h.At, before)
		}
		for j, at := range h.At {
			row.Mask[at] = row.Mask[at] || texts[i].Wanted(j)
		}
		held[i], last = h, i
	}
	return rows, held
}

// inOrder lists texts by their tokens: each has the longest beginning in common with a neighbour.
func inOrder(texts []Sequence) []int {
	order := make([]int, len(texts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return slices.Compare(texts[a].Tokens, texts[b].Tokens) })
	return order
}

// Common is how many tokens two texts begin with that are the same.
func Common(a, b []int) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// leastShared is how long a row of shared texts may be at least: attention to so many costs little
// beside the rest.
const leastShared = 256

// SharedLogProbs is what [Scorer.LogProbs] gives, up to rounding, for texts that begin alike: answers
// to one question, questions after the same examples. It computes common beginnings once. tokens is how
// many it computed.
func (s *Scorer) SharedLogProbs(ctx context.Context, texts []Sequence, temperature float64) (logp, entropy [][]float32, tokens int, err error) {
	rows, held, err := s.shared(texts)
	if err != nil {
		return nil, nil, 0, err
	}
	foundLogP, foundEntropy, err := s.LogProbs(ctx, rows, temperature)
	if err != nil {
		return nil, nil, 0, err
	}
	logp, entropy = make([][]float32, len(texts)), make([][]float32, len(texts))
	for i, h := range held {
		logp[i], entropy[i] = make([]float32, len(h.At)), make([]float32, len(h.At))
		for k, at := range h.At {
			if texts[i].Wanted(k) {
				logp[i][k], entropy[i][k] = foundLogP[h.Row][at], foundEntropy[h.Row][at]
			}
		}
	}
	return logp, entropy, count(rows), nil
}

// SharedScores is what [Scorer.Scores] gives, up to rounding, for texts that begin alike, with a head of
// one output.
func (s *Scorer) SharedScores(ctx context.Context, texts []Sequence) ([][]float32, error) {
	rows, held, err := s.shared(texts)
	if err != nil {
		return nil, err
	}
	values, err := s.Values(ctx, rows)
	if err != nil {
		return nil, err
	}
	scores := make([][]float32, len(texts))
	for i, h := range held {
		scores[i] = []float32{values[h.Row][h.At[len(h.At)-1]]}
	}
	return scores, nil
}

// shared lays texts out for this scorer.
func (s *Scorer) shared(texts []Sequence) (rows []Sequence, held []Held, err error) {
	longest, positions := 1, s.model.Arch.Sizes().Positions
	for i, t := range texts {
		if t.Before != nil || len(t.Tokens) == 0 {
			return nil, nil, fmt.Errorf("text %d: %w: it is empty, or several texts already", i, ErrSequence)
		}
		longest = max(longest, len(t.Tokens))
	}
	// Twice the longest leaves room for what differs; attention grows with the square of the row.
	limit := max(longest, min(max(2*longest, leastShared), max(s.tokens, leastShared), positions))
	rows, held = Share(texts, limit)
	return rows, held, nil
}

// MuchShared says whether texts begin alike so much that computing their beginnings once saves a
// quarter of all tokens or more.
func MuchShared(texts []Sequence) bool {
	all := count(texts)
	if slices.ContainsFunc(texts, func(t Sequence) bool { return t.Before != nil || len(t.Tokens) == 0 }) {
		return false
	}
	rows, _ := Share(texts, max(all, 1))
	return 4*count(rows) <= 3*all
}

func count(texts []Sequence) (tokens int) {
	for _, t := range texts {
		tokens += len(t.Tokens)
	}
	return tokens
}
