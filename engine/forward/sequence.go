package forward

import (
	"errors"
	"fmt"
)

// Sequence is one text as tokens, or several packed behind one another.
type Sequence struct {
	Tokens []int
	// Mask marks the tokens whose log-probability is asked for, such as those of a response. The
	// first token of a segment has none. nil means all.
	Mask []bool
	// Segments gives each token the number of the text it belongs to; texts do not see each other.
	// nil means one text.
	Segments []int
}

// ErrSequence is wrapped by complaints about sequences.
var ErrSequence = errors.New("unusable sequence")

// Check holds the sequence against a model's vocabulary and longest sequence.
func (s Sequence) Check(vocab, longest int) error {
	n := len(s.Tokens)
	switch {
	case n == 0:
		return fmt.Errorf("%w: it is empty", ErrSequence)
	case n > longest:
		return fmt.Errorf("%w: %d tokens, the model takes at most %d; truncate it", ErrSequence, n, longest)
	case s.Mask != nil && len(s.Mask) != n, s.Segments != nil && len(s.Segments) != n:
		return fmt.Errorf("%w: %d tokens, but a mask of %d and %d segment numbers", ErrSequence, n, len(s.Mask), len(s.Segments))
	}
	for i, t := range s.Tokens {
		if t < 0 || t >= vocab {
			return fmt.Errorf("%w: token %d at position %d is outside the vocabulary of %d", ErrSequence, t, i, vocab)
		}
	}
	return nil
}

func (s Sequence) segment(i int) int {
	if s.Segments == nil {
		return 0
	}
	return s.Segments[i]
}

// Wanted says whether the log-probability of token i is asked for and exists.
func (s Sequence) Wanted(i int) bool {
	return i > 0 && (s.Mask == nil || s.Mask[i]) && s.segment(i) == s.segment(i-1)
}

// wanted counts the log-probabilities asked for.
func (s Sequence) wanted() int {
	n := 0
	for i := range s.Tokens {
		if s.Wanted(i) {
			n++
		}
	}
	return n
}

// Pack puts sequences behind one another into as few as it can, none longer than limit, first fit
// by decreasing length. Texts in a pack do not attend to each other and each starts at position 0.
// What is packed already stays several texts. It returns for each pack the indices of what it holds.
func Pack(seqs []Sequence, limit int) (packs []Sequence, holds [][]int) {
	for _, i := range byLength(seqs) {
		s := seqs[i]
		at := -1
		for j := range packs {
			if len(packs[j].Tokens)+len(s.Tokens) <= limit {
				at = j
				break
			}
		}
		if at < 0 {
			packs, holds = append(packs, Sequence{}), append(holds, nil)
			at = len(packs) - 1
		}
		p := &packs[at]
		first := 0
		if n := len(p.Segments); n > 0 {
			first = p.Segments[n-1] + 1
		}
		for k, t := range s.Tokens {
			p.Tokens = append(p.Tokens, t)
			p.Mask = append(p.Mask, s.Mask == nil || s.Mask[k])
			p.Segments = append(p.Segments, first+s.segment(k)-s.segment(0))
		}
		holds[at] = append(holds[at], i)
	}
	return packs, holds
}
