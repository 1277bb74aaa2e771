package forward

import (
	"errors"
	"fmt"

	"workbench/engine/ort"
	"workbench/models/graph"
)

// hiddenScore is added to an attention score that must not count; its exponential is 0 in float32.
const hiddenScore = -1e9

// Feed is the memory of the graph inputs that a session needs, by name.
type Feed struct {
	Buffers map[string]*ort.Buffer
}

// NewFeed makes buffers for the given inputs.
func NewFeed(inputs []*graph.Tensor) (*Feed, error) {
	f := &Feed{Buffers: map[string]*ort.Buffer{}}
	for _, t := range inputs {
		b, err := ort.NewBuffer(t.DType(), t.Shape().Sizes()...)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("input %s: %w", t.Name(), err), f.Close())
		}
		f.Buffers[t.Name()] = b
	}
	return f, nil
}

// Close frees the memory.
func (f *Feed) Close() error {
	var errs []error
	for _, b := range f.Buffers {
		errs = append(errs, b.Close())
	}
	return errors.Join(errs...)
}

// Fill writes sequences into the buffers of a batch; those that the session does not need are left
// out. Rows beyond the sequences are empty.
func (f *Feed) Fill(in *Inputs, seqs []Sequence) error {
	if len(seqs) > in.Batch {
		return fmt.Errorf("%w: %d do not fit a batch of %d", ErrSequence, len(seqs), in.Batch)
	}
	w := f.writer(in)
	row := 0
	for b := range in.Batch {
		var s Sequence
		if b < len(seqs) {
			s = seqs[b]
		}
		if len(s.Tokens) > in.Seq {
			return fmt.Errorf("%w: %d tokens do not fit a length of %d", ErrSequence, len(s.Tokens), in.Seq)
		}
		w.sequence(b, s)
		for i := range s.Tokens {
			if s.Wanted(i) {
				if row == in.Rows {
					return fmt.Errorf("%w: more than the %d log-probabilities that were planned", ErrSequence, in.Rows)
				}
				w.row(row, b*in.Seq+i, b*in.Seq+s.before(i), s.Tokens[i])
				row++
			}
		}
	}
	for ; row < in.Rows; row++ {
		w.row(row, in.Batch*in.Seq, 0, 0)
	}
	return nil
}

// writer holds the destinations; nil for what is not needed.
type writer struct {
	seq                                            int
	tokens, positions, ends, rows, labels, targets []int64
	attention, mask, present                       []float32
	depth                                          []int // of the sequence's tokens: how many each continues
}

func (f *Feed) writer(in *Inputs) *writer {
	i64 := func(t *graph.Tensor) []int64 {
		if b := f.Buffers[t.Name()]; b != nil {
			return b.Int64()
		}
		return nil
	}
	f32 := func(t *graph.Tensor) []float32 {
		if b := f.Buffers[t.Name()]; b != nil {
			return b.Float32()
		}
		return nil
	}
	return &writer{
		seq: in.Seq, depth: make([]int, in.Seq), tokens: i64(in.Tokens), positions: i64(in.Positions), ends: i64(in.Ends),
		rows: i64(in.rows), labels: i64(in.labels), targets: i64(in.targets),
		attention: f32(in.Attention), mask: f32(in.Mask), present: f32(in.Present),
	}
}

// sequence writes everything but the rows.
func (w *writer) sequence(b int, s Sequence) {
	n := len(s.Tokens)
	if w.ends != nil {
		w.ends[b] = int64(b*w.seq + max(n-1, 0))
	}
	for i := range w.seq {
		token, mask, present, before := int64(0), float32(0), float32(0), -1
		if i < n {
			token, present, before = int64(s.Tokens[i]), 1, s.before(i)
			if s.Wanted(i) {
				mask = 1
			}
		}
		w.depth[i] = 0
		if before >= 0 {
			w.depth[i] = w.depth[before] + 1
		}
		at := b*w.seq + i
		set(w.tokens, at, token)
		set(w.positions, at, int64(w.depth[i]))
		set(w.mask, at, mask)
		set(w.present, at, present)
		w.look(b*w.seq, i, before)
	}
}

// look lets position i of the sequence that starts at from see itself and what the one sees that it
// continues; a padded one sees itself alone, which keeps its softmax finite.
func (w *writer) look(from, i, before int) {
	if w.attention == nil {
		return
	}
	line := w.attention[(from+i)*w.seq:][:w.seq]
	if before >= 0 {
		copy(line, w.attention[(from+before)*w.seq:][:w.seq])
	} else {
		for k := range line {
			line[k] = hiddenScore
		}
	}
	line[i] = 0
}

// row asks for the log-probability of the token at index at, which continues the one at before.
func (w *writer) row(r, at, before, label int) {
	set(w.rows, r, int64(before))
	set(w.labels, r, int64(label))
	set(w.targets, r, int64(at))
}

func set[T int64 | float32](s []T, i int, v T) {
	if s != nil {
		s[i] = v
	}
}
