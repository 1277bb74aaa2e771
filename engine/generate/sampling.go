package generate

import (
	"fmt"
	"math"
	"slices"
)

// Sampling says how tokens are drawn and when a response ends. The zero value draws from the whole
// distribution greedily until an end token or until the slot is full.
type Sampling struct {
	Temperature float64 // 0: always the most probable token
	TopK        int     // keep the k most probable; 0: all
	TopP        float64 // keep the smallest set of the most probable that holds this probability; 0 or 1: all
	MinP        float64 // keep those at least this times as probable as the most probable; 0: all

	Seed       uint64   // with the index of the request, all of its randomness
	MaxTokens  int      // of the response; 0: as many as the slot holds
	Stop       []string // end the response before any of these texts
	StopTokens []int    // end the response with any of these tokens, besides the model's own end tokens
	IgnoreEOS  bool     // the model's own end tokens do not end a response

	Alternatives int // how many of the most probable tokens are reported beside each that was drawn
}

// coldest is the lowest temperature above 0: colder ones would overflow and are no different from 0.
const coldest = 1e-3

const (
	maxAlternatives = 100
	maxStops        = 64
)

func (s *Sampling) check(vocab int) error {
	number := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	switch {
	case !number(s.Temperature) || s.Temperature < 0 || s.Temperature > 0 && s.Temperature < coldest || s.Temperature > 100:
		return fmt.Errorf("temperature %g: want 0 (greedy) or %g to 100", s.Temperature, coldest)
	case s.TopK < 0:
		return fmt.Errorf("top-k %d: want 1 or more, or 0 to keep all tokens", s.TopK)
	case !number(s.TopP) || s.TopP < 0 || s.TopP > 1:
		return fmt.Errorf("top-p %g: want a probability above 0, or 0 to keep all tokens", s.TopP)
	case !number(s.MinP) || s.MinP < 0 || s.MinP > 1:
		return fmt.Errorf("min-p %g: want 0 to 1", s.MinP)
	case s.MaxTokens < 0:
		return fmt.Errorf("max tokens %d: want 1 or more, or 0 for as many as there is room for", s.MaxTokens)
	case s.Alternatives < 0 || s.Alternatives > maxAlternatives:
		return fmt.Errorf("%d alternatives: want 0 to %d", s.Alternatives, maxAlternatives)
	case len(s.Stop) > maxStops:
		return fmt.Errorf("%d stop texts: at most %d", len(s.Stop), maxStops)
	case slices.Contains(s.Stop, ""):
		return fmt.Errorf("a stop text is empty, which is everywhere; leave it out")
	}
	for _, id := range s.StopTokens {
		if id < 0 || id >= vocab {
			return fmt.Errorf("stop token %d: the model's tokens are 0 to %d", id, vocab-1)
		}
	}
	return nil
}

// scale multiplies the logits.
func (s *Sampling) scale() float32 {
	if s.Temperature == 0 {
		return 1
	}
	return float32(1 / s.Temperature)
}

// truncates says whether some tokens can't be drawn.
func (s *Sampling) truncates() bool {
	return s.TopK > 0 || s.TopP > 0 && s.TopP < 1 || s.MinP > 0
}

// EndReason says why a response ended.
type EndReason string

// Why a response ends.
const (
	EndEOS       EndReason = "eos"       // the model ended it
	EndStop      EndReason = "stop"      // at a stop text or stop token
	EndLength    EndReason = "length"    // at MaxTokens, or the slot was full
	EndCancelled EndReason = "cancelled" // the context ended first
)

// Token is one token of a response.
type Token struct {
	ID   int
	Text string // what became certain with it: nothing yet for part of a character or of a stop text

	LogProb      float32 // log softmax(z/T) of the whole distribution
	TruncatedLog float32 // of the distribution that it was drawn from: 0 if greedy

	Alternatives []Alternative // the most probable tokens, in order, if asked for
	End          EndReason     // "" but for the last
}

// Alternative is a token that could have been drawn.
type Alternative struct {
	ID      int
	LogProb float32
}

// Sample is a response.
type Sample struct {
	// Tokens are all that were drawn: also an end token, also those of a stop text.
	Tokens []int
	// LogProbs are those of the tokens under the whole distribution at the temperature.
	LogProbs []float32
	// TruncatedLogProbs are those under the distributions that they were drawn from.
	TruncatedLogProbs []float32
	Alternatives      [][]Alternative // if asked for
	Text              string          // without the end token and without the stop text
	End               EndReason
}

func (s *Sample) add(t Token) {
	s.Tokens = append(s.Tokens, t.ID)
	s.LogProbs = append(s.LogProbs, t.LogProb)
	s.TruncatedLogProbs = append(s.TruncatedLogProbs, t.TruncatedLog)
	if t.Alternatives != nil {
		s.Alternatives = append(s.Alternatives, t.Alternatives)
	}
	s.End = t.End
}
