package forward

import (
	"cmp"
	"slices"
)

// Layout is the fixed shape of a batch: how many sequences, how long, and for how many positions
// log-probabilities are made.
type Layout struct {
	Batch, Seq, Rows int
}

// lengths that sequences are padded to: steps of a third to a half cost little padding and keep
// the number of sessions small.
var lengths = []int{16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192}

// RoundLength is the length that a sequence of n tokens is padded to, never above longest.
func RoundLength(n, longest int) int {
	for _, l := range lengths {
		if n <= l {
			return min(l, max(longest, n))
		}
	}
	return n
}

// rowShares are the parts of all positions, in sixteenths, that rows are rounded up to.
var rowShares = []int{1, 2, 3, 4, 6, 8, 12, 16}

// Fit is the layout for sequences, padded to batch rows (at least as many as there are sequences).
func Fit(seqs []Sequence, batch, longest int) Layout {
	n, rows := 1, 0
	for _, s := range seqs {
		n = max(n, len(s.Tokens))
		rows += s.wanted()
	}
	l := Layout{Batch: max(batch, len(seqs)), Seq: RoundLength(n, longest)}
	for _, share := range rowShares {
		l.Rows = max(1, l.Batch*l.Seq*share/16)
		if l.Rows >= rows {
			break
		}
	}
	return l
}

// RoundBatch is the number of sequences that run together when n are left and a run may have so
// many tokens: a power of two, at least one.
func RoundBatch(n, seq, tokens int) int {
	b := 1
	for b < n && 2*b*seq <= tokens {
		b *= 2
	}
	return b
}

// byLength lists indices, longest first, equal lengths in order.
func byLength(seqs []Sequence) []int {
	order := make([]int, len(seqs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(seqs[b].Tokens), len(seqs[a].Tokens)) })
	return order
}

// Group splits sequences into batches of similar length: indices, longest batch first.
func Group(seqs []Sequence, tokens, longest int) [][]int {
	order := byLength(seqs)
	var groups [][]int
	for len(order) > 0 {
		seq := RoundLength(len(seqs[order[0]].Tokens), longest)
		n := min(len(order), RoundBatch(len(order), seq, tokens))
		groups = append(groups, order[:n])
		order = order[n:]
	}
	return groups
}
