package eval

import "math"

// Bin is one line of a reliability table.
type Bin struct {
	Low, High float64 // of the predicted probability; High belongs to the last bin only
	N         int
	Predicted float64 // mean prediction in the bin
	Observed  float64 // share of outcomes that were 1
}

// Calibration says whether predicted probabilities mean what they say.
type Calibration struct {
	ECE     float64 // Σ n_b/n · |predicted − observed|, over bins of equal width (Naeini et al. 2015)
	Brier   float64 // mean squared distance of prediction and outcome
	LogLoss float64 // mean −log of the probability given to the outcome, in nats
	Table   []Bin   // bins that hold something
}

// Calibrate compares predictions p in [0, 1] with outcomes in [0, 1] (½ is a tie).
func Calibrate(p, outcome []float64, bins int) Calibration {
	var c Calibration
	table := make([]Bin, bins)
	n := float64(len(p))
	for i, v := range p {
		b := &table[min(int(v*float64(bins)), bins-1)]
		b.N++
		b.Predicted += v
		b.Observed += outcome[i]
		c.Brier += (v - outcome[i]) * (v - outcome[i]) / n
		c.LogLoss -= (weighted(outcome[i], v) + weighted(1-outcome[i], 1-v)) / n
	}
	for i, b := range table {
		if b.N == 0 {
			continue
		}
		k := float64(b.N)
		b.Low, b.High = float64(i)/float64(bins), float64(i+1)/float64(bins)
		b.Predicted, b.Observed = b.Predicted/k, b.Observed/k
		c.ECE += k / n * math.Abs(b.Predicted-b.Observed)
		c.Table = append(c.Table, b)
	}
	return c
}

// weighted is w·log p, which is 0 where w is.
func weighted(w, p float64) float64 {
	if w == 0 {
		return 0
	}
	return w * math.Log(p)
}
