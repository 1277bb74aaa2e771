package forward

import (
	"context"
	"fmt"
	"slices"

	"workbench/engine/weights"
	"workbench/models/graph"
)

// Candidate is a token that could stand at a position.
type Candidate struct {
	ID      int
	LogProb float32
}

// Ranked is a token of a sequence among all that could have stood in its place.
type Ranked struct {
	LogProb float32     // log p(token | what stands before it) at temperature 1
	Top     []Candidate // the most probable, in order; equals by id
}

// topRows is how many positions have their distributions in memory at the same time.
const topRows = 64

// Top gives, for every token of each sequence but the first, its log-probability and the k most probable
// tokens in its place. Both are read from one distribution: a token that is the likeliest has the same number
// in both, to the bit. Masks and segments are refused.
func (s *Scorer) Top(ctx context.Context, seqs []Sequence, k int) ([][]Ranked, error) {
	for i, q := range seqs {
		if q.Mask != nil || q.Segments != nil {
			return nil, fmt.Errorf("%w: sequence %d has a mask or segments; the most probable tokens are given for whole texts", ErrSequence, i)
		}
	}
	hidden, err := s.Hidden(ctx, seqs, -1)
	if err != nil {
		return nil, err
	}
	all := make([][]Ranked, len(seqs))
	for i, q := range seqs {
		if all[i], err = s.top(ctx, hidden[i], q.Tokens[1:], k); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// top reads the distributions after the states, of which the last has no token that follows.
func (s *Scorer) top(ctx context.Context, states []float32, tokens []int, k int) ([]Ranked, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run, err := s.program(plan{Layout: Layout{Rows: topRows}, what: heads})
	if err != nil {
		return nil, err
	}
	size := s.model.Arch.Sizes()
	in := run.Feed.Buffers["states"].Float32()
	ranked := make([]Ranked, 0, len(tokens))
	for at := 0; at < len(tokens); at += topRows {
		rows := tokens[at:min(at+topRows, len(tokens))]
		n := copy(in, states[at*size.Hidden:(at+len(rows))*size.Hidden])
		clear(in[n:])
		if err := run.Run(ctx, s.device); err != nil {
			return nil, err
		}
		logp := run.Output("logp")
		for r, token := range rows {
			line := logp[r*size.Vocab : (r+1)*size.Vocab]
			ranked = append(ranked, Ranked{line[token], likeliest(line, k)})
		}
	}
	return ranked, nil
}

// likeliest lists the k largest of a distribution, in order.
func likeliest(logp []float32, k int) []Candidate {
	var list []Candidate
	for id, p := range logp {
		if len(list) == k && (k == 0 || p <= list[k-1].LogProb) {
			continue
		}
		at, _ := slices.BinarySearchFunc(list, p, func(c Candidate, p float32) int {
			if c.LogProb >= p { // equals stay in the order of their ids
				return -1
			}
			return 1
		})
		list = slices.Insert(list[:min(len(list), k-1)], min(at, k-1), Candidate{id, p})
	}
	return list
}

// compileHeads makes a session from rows of final states to the distributions after them.
func (s *Scorer) compileHeads(p plan) (*program, error) {
	g := graph.New()
	b := weights.NewBinder(g)
	err := graph.Catch(func() {
		x := g.Input("states", graph.Float32, graph.Of("row", p.Rows, "hidden", s.model.Arch.Sizes().Hidden))
		logits := graph.Linear(x, s.model.Arch.Unembedding(b.Weights(s.model, false)), 1)
		g.Output("logp", graph.LogSoftmax(logits, "vocab"))
	})
	if err != nil {
		return nil, err
	}
	made, err := Compile(g, b.Buffers(), s.opts)
	return &program{Session: made}, err
}
