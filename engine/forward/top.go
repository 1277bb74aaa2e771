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

// topRows is how many positions have their distributions in memory at the same time; fewer are rounded up to a
// part of it, so that there are few sessions.
const topRows = 64

// Top gives, for every token of each sequence but the first, its log-probability and the k most probable
// tokens in its place. Both are read from one distribution: a token that is the likeliest has the same number
// in both, to the bit. Masks, and several texts in one, are refused.
func (s *Scorer) Top(ctx context.Context, seqs []Sequence, k int) ([][]Ranked, error) {
	for i, q := range seqs {
		if q.Mask != nil || q.Before != nil {
			return nil, fmt.Errorf("%w: sequence %d has a mask, or is several texts; the most probable tokens are given for whole texts", ErrSequence, i)
		}
	}
	hidden, err := s.Hidden(ctx, seqs, -1)
	if err != nil {
		return nil, err
	}
	width := s.model.Arch.Sizes().Hidden
	var rows []row
	for i, q := range seqs {
		for at, token := range q.Tokens[1:] {
			rows = append(rows, row{hidden[i][at*width : (at+1)*width], token})
		}
	}
	ranked := make([]Ranked, 0, len(rows))
	for part := range slices.Chunk(rows, topRows) {
		if ranked, err = s.rank(ctx, ranked, part, k); err != nil {
			return nil, err
		}
	}
	all := make([][]Ranked, len(seqs))
	for i, q := range seqs {
		n := len(q.Tokens) - 1
		all[i], ranked = ranked[:n:n], ranked[n:]
	}
	return all, nil
}

// row is a final state, and the token that follows it.
type row struct {
	state []float32
	token int
}

// rank appends what follows some rows, whose distributions are computed together.
func (s *Scorer) rank(ctx context.Context, onto []Ranked, rows []row, k int) ([]Ranked, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := topRows
	for size/2 >= max(len(rows), topRows/8) {
		size /= 2
	}
	run, err := s.program(plan{Layout: Layout{Rows: size}, what: heads})
	if err != nil {
		return nil, err
	}
	in, n := run.Feed.Buffers["states"].Float32(), 0
	for _, r := range rows {
		n += copy(in[n:], r.state)
	}
	clear(in[n:])
	if err := run.Run(ctx, s.device); err != nil {
		return nil, err
	}
	vocab := s.model.Arch.Sizes().Vocab
	for i, r := range rows {
		line := run.Output("logp")[i*vocab : (i+1)*vocab]
		onto = append(onto, Ranked{line[r.token], likeliest(line, k)})
	}
	return onto, nil
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
