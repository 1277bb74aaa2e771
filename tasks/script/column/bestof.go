package column

// BestOf is the unbiased estimate, for each k from 1 to n, of the mean of what the best of k samples is
// worth, from n samples: the mean over all sets of k of them. by is what chooses, of what the choice is
// worth; they are the same where the chooser is the judge. The i-th smallest of by is the best of
// C(i−1, k−1) of the C(n, k) sets (Nakano et al. 2021, appendix I; Gao et al. 2022, appendix A). Samples of
// equal by are chosen among at random.
func BestOf(by, of []float64) []float64 {
	n := len(by)
	order := Order(by)
	worth := make([]float64, n) // of the i-th smallest
	for from := 0; from < n; {
		to, total := from, 0.0
		for to < n && by[order[to]] == by[order[from]] {
			total += of[order[to]]
			to++
		}
		for i := from; i < to; i++ {
			worth[i] = total / float64(to-from)
		}
		from = to
	}
	out := make([]float64, n)
	for k := 1; k <= n; k++ {
		// C(n−1, k−1)/C(n, k) = k/n of the largest; the next smaller has (i−k)/(i−1) of the weight of the i-th.
		weight := float64(k) / float64(n)
		for i := n; i >= k; i-- {
			out[k-1] += weight * worth[i-1]
			if i > k {
				weight *= float64(i-k) / float64(i-1)
			}
		}
	}
	return out
}
