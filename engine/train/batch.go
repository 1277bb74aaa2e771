package train

import (
	"errors"
	"fmt"
	"slices"

	"workbench/engine/forward"
)

// ErrBatch is wrapped by complaints about what is in a batch.
var ErrBatch = errors.New("unusable batch")

// Column is one column of a batch: Sequences, Floats or TokenFloats.
type Column interface{ rows() int }

// Sequences are texts, one a row.
type Sequences []forward.Sequence

// Floats are numbers, one a row; in a graph [batch].
type Floats []float32

// TokenFloats are numbers for every token of a row's sequence; in a graph [batch, seq].
type TokenFloats [][]float32

func (c Sequences) rows() int   { return len(c) }
func (c Floats) rows() int      { return len(c) }
func (c TokenFloats) rows() int { return len(c) }

// Batch is what one step learns from: named columns of N rows.
type Batch struct {
	N       int
	Columns map[string]Column
}

// Check holds the columns against each other and, where there are sequences, against a model's
// vocabulary and longest sequence.
func (b Batch) Check(vocab, longest int) error {
	if b.N < 1 {
		return fmt.Errorf("%w: it has no rows", ErrBatch)
	}
	for _, name := range b.names() {
		c := b.Columns[name]
		if c.rows() != b.N {
			return fmt.Errorf("%w: column %q has %d rows, the batch %d", ErrBatch, name, c.rows(), b.N)
		}
		if seqs, ok := c.(Sequences); ok {
			for i, s := range seqs {
				if err := s.Check(vocab, longest); err != nil {
					return fmt.Errorf("%w: column %q, row %d: %w", ErrBatch, name, i, err)
				}
			}
		}
	}
	return nil
}

func (b Batch) names() []string {
	names := make([]string, 0, len(b.Columns))
	for name := range b.Columns {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// longest is the number of tokens of the longest sequence in each row, over all columns.
func (b Batch) longest() []int {
	n := make([]int, b.N)
	for _, c := range b.Columns {
		switch c := c.(type) {
		case Sequences:
			for i, s := range c {
				n[i] = max(n[i], len(s.Tokens))
			}
		case TokenFloats:
			for i, f := range c {
				n[i] = max(n[i], len(f))
			}
		}
	}
	return n
}

// take is a batch of the given rows.
func (b Batch) take(rows []int) Batch {
	part := Batch{N: len(rows), Columns: map[string]Column{}}
	for name, c := range b.Columns {
		switch c := c.(type) {
		case Sequences:
			part.Columns[name] = pick(c, rows)
		case Floats:
			part.Columns[name] = pick(c, rows)
		case TokenFloats:
			part.Columns[name] = pick(c, rows)
		}
	}
	return part
}

func pick[S ~[]T, T any](all S, rows []int) S {
	some := make(S, len(rows))
	for i, r := range rows {
		some[i] = all[r]
	}
	return some
}

// Tokens counts all tokens of all sequences.
func (b Batch) Tokens() int {
	n := 0
	for _, c := range b.Columns {
		if seqs, ok := c.(Sequences); ok {
			for _, s := range seqs {
				n += len(s.Tokens)
			}
		}
	}
	return n
}
