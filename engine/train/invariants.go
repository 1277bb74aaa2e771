package train

import (
	"context"
	"fmt"
	"math"
	"strings"

	"workbench/engine/forward"
	"workbench/engine/weights"
)

// Finding is the outcome of one of the checks that a run makes of its own machinery before it
// learns anything. They are the bug classes of other stacks; see docs on invariants.
type Finding struct {
	Name   string
	Passed bool
	Value  float64 // what was measured
	Limit  float64 // what it may be at most
	Detail string
}

// sameLogProb is how far two ways to the same log-probability may be apart, in nats, in float32.
const sameLogProb = 1e-4

// How far gradients of the same batch may be apart, relative to the largest: exact ones, and those that
// were rounded to 8 bits on their way. A mean over the wrong count is off by a tenth and more.
const (
	sameGradient = 1e-4
	sameRounded  = 1e-2
)

// checked is how many sequences the checks look at.
const checked = 4

// CheckLayouts computes the log-probabilities of some sequences alone, padded together, and packed
// behind one another: all must agree.
func CheckLayouts(ctx context.Context, s *forward.Scorer, m *weights.Model, seqs []forward.Sequence) ([]Finding, error) {
	seqs = seqs[:min(len(seqs), checked)]
	alone := make([][]float32, len(seqs))
	for i := range seqs {
		one, _, err := s.LogProbs(ctx, seqs[i:i+1], 1)
		if err != nil {
			return nil, err
		}
		alone[i] = one[0]
	}
	together, _, err := s.LogProbs(ctx, seqs, 1)
	if err != nil {
		return nil, err
	}
	longest := 0
	for _, q := range seqs {
		longest += len(q.Tokens)
	}
	packs, holds := forward.Pack(seqs, min(longest, m.Arch.Sizes().Positions))
	packed, _, err := s.LogProbs(ctx, packs, 1)
	if err != nil {
		return nil, err
	}
	unpacked := make([][]float32, len(seqs))
	for p, hold := range holds {
		at := 0
		for _, i := range hold {
			unpacked[i] = packed[p][at : at+len(seqs[i].Tokens)]
			at += len(seqs[i].Tokens)
		}
	}
	return []Finding{
		within("padded = unpadded", farthest(alone, together), sameLogProb, "largest difference of a log-probability, alone and padded in a batch"),
		within("packed = unpacked", farthest(alone, unpacked), sameLogProb, "largest difference of a log-probability, alone and packed with others"),
	}, nil
}

// CheckSampler holds the log-probabilities that a sampler reported against those of the trainer's
// graph, at the temperature of sampling.
func CheckSampler(ctx context.Context, s *forward.Scorer, seqs []forward.Sequence, sampled [][]float32, temperature, limit float64) (Finding, error) {
	n := min(len(seqs), checked)
	got, _, err := s.LogProbs(ctx, seqs[:n], temperature)
	if err != nil {
		return Finding{}, err
	}
	return within("sampler = trainer", farthest(got, sampled[:n]), limit, "largest difference of a log-probability between sampler and trainer"), nil
}

// CheckAccumulation computes the gradient of a batch as planned and again row by row: both must be
// the same, relative to the largest entry. A loss or gradient that is no finite number shows nothing of
// the engine: that is ErrNotFinite.
func (t *Trainer) CheckAccumulation(ctx context.Context, b Batch) (Finding, error) {
	b = b.take(some(b.N, checked))
	if err := b.Check(t.vocab, t.longest); err != nil {
		return Finding{}, err
	}
	whole := t.split(b, math.MaxInt32)
	m, err := t.gradients(ctx, b, whole)
	if err != nil {
		return Finding{}, err
	}
	if _, err := t.finite(m[lossOutput]); err != nil {
		return Finding{}, err
	}
	var kept [][]float32
	largest := 0.0
	for _, p := range t.params {
		kept = append(kept, append([]float32(nil), p.grad.Float32()...))
		for _, g := range p.grad.Float32() {
			largest = math.Max(largest, math.Abs(float64(g)))
		}
	}
	if _, err := t.gradients(ctx, b, t.split(b, 1)); err != nil {
		return Finding{}, err
	}
	var again [][]float32
	for _, p := range t.params {
		again = append(again, p.grad.Float32())
	}
	value := farthest(kept, again) / math.Max(largest, 1e-30)
	limit, detail := sameGradient, "largest difference of a gradient, relative to the largest gradient"
	if len(t.rounded) > 0 {
		limit, detail = sameRounded, detail+"; gradients pass frozen weights in 8 bits, and what differs in its last bits may be rounded to another code"
	}
	return within(fmt.Sprintf("batch of %d = %d batches of 1", b.N, b.N), value, limit, detail), nil
}

// some are the first n rows.
func some(rows, n int) []int {
	at := make([]int, min(rows, n))
	for i := range at {
		at[i] = i
	}
	return at
}

// CheckMask says how much of some sequences is learned from, whether the end of a response is, and
// shows the first one with what is learned from in brackets.
func CheckMask(m *weights.Model, seqs []forward.Sequence) Finding {
	tokens, wanted, ends := 0, 0, 0
	for _, s := range seqs {
		for i, id := range s.Tokens {
			tokens++
			if s.Wanted(i) {
				wanted++
				if m.Ends(id) {
					ends++
				}
			}
		}
	}
	f := Finding{Name: "loss mask", Passed: wanted > 0, Value: float64(wanted) / math.Max(1, float64(tokens)), Limit: 1}
	f.Detail = fmt.Sprintf("%d of %d tokens are learned from, %d of them end a response", wanted, tokens, ends)
	if len(seqs) > 0 && m.Tokenizer != nil {
		f.Detail += ": " + Marked(m, seqs[0])
	}
	return f
}

// Marks around what a mask covers, as Marked writes them; the page and the terminal colour them.
const (
	MarkOpen  = "⟦"
	MarkClose = "⟧"
)

// Marked is the text of a sequence with marks around what its mask covers.
func Marked(m *weights.Model, s forward.Sequence) string {
	var text strings.Builder
	for from := 0; from < len(s.Tokens); {
		to := from
		for to < len(s.Tokens) && s.Wanted(to) == s.Wanted(from) {
			to++
		}
		part := m.Tokenizer.DecodeKeepSpecial(s.Tokens[from:to])
		if s.Wanted(from) {
			part = MarkOpen + part + MarkClose
		}
		text.WriteString(part)
		from = to
	}
	return text.String()
}

func within(name string, value, limit float64, detail string) Finding {
	return Finding{Name: name, Passed: value <= limit, Value: value, Limit: limit, Detail: detail}
}

// farthest is the largest difference between two tables; NaN where one holds a NaN.
func farthest(a, b [][]float32) float64 {
	worst := 0.0
	for i := range a {
		for k := range a[i] {
			d := math.Abs(float64(a[i][k] - b[i][k]))
			if math.IsNaN(d) {
				return d
			}
			worst = math.Max(worst, d)
		}
	}
	return worst
}
