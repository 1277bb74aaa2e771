package forward

import (
	"errors"
	"fmt"
)

// Sequence is one text as tokens, or several that lie behind one another ([Pack]) and may share
// their beginnings ([Share]).
type Sequence struct {
	Tokens []int
	// Mask marks the tokens whose log-probability is asked for, such as those of a response. The
	// first token of a text has none. nil means all.
	Mask []bool
	// Before gives each token the place of the one that it continues, which lies before it, or -1
	// where a text begins. A token sees what it continues, and what that sees, and nothing else.
	// nil means one text: each token continues the one before it.
	Before []int
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
	case s.Mask != nil && len(s.Mask) != n, s.Before != nil && len(s.Before) != n:
		return fmt.Errorf("%w: %d tokens, but a mask of %d and %d places of what they continue", ErrSequence, n, len(s.Mask), len(s.Before))
	}
	for i, b := range s.Before {
		if b < -1 || b >= i {
			return fmt.Errorf("%w: token %d cannot continue token %d", ErrSequence, i, b)
		}
	}
	for i, t := range s.Tokens {
		if t < 0 || t >= vocab {
			return fmt.Errorf("%w: token %d at position %d is outside the vocabulary of %d", ErrSequence, t, i, vocab)
		}
	}
	return nil
}

// before is the place of the token that token i continues, or -1.
func (s Sequence) before(i int) int {
	if s.Before == nil {
		return i - 1
	}
	return s.Before[i]
}

// Wanted says whether the log-probability of token i is asked for and exists.
func (s Sequence) Wanted(i int) bool {
	return (s.Mask == nil || s.Mask[i]) && s.before(i) >= 0
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
		from := len(p.Tokens)
		for k, t := range s.Tokens {
			p.Tokens = append(p.Tokens, t)
			p.Mask = append(p.Mask, s.Mask == nil || s.Mask[k])
			before := s.before(k)
			if before >= 0 {
				before += from
			}
			p.Before = append(p.Before, before)
		}
		holds[at] = append(holds[at], i)
	}
	return packs, holds
}
