package eval

import "math"

// eighty is the 0.8-quantile of the normal distribution: an effect is called found if it is seen four times
// out of five.
const eighty = 0.8416212335729143

// Includes says whether the truth may be none; true where nothing can be said.
func (i Interval) Includes(none float64) bool { return !(i.Low > none || i.High < none) }

// Needed is how many examples tell an estimate from none four times out of five, were it the truth:
//
//	N · ((t + z)·s / |value − none|)²
//
// s is the standard error, (High − Low)/2t, which shrinks as 1/√N; t is Student's quantile of the interval
// and z = 0.84 that of the normal distribution for a power of 0.8 (Cohen 1988, §2.4). It is +Inf where no
// effect was seen, and NaN where the interval says nothing.
func (i Interval) Needed(none float64) float64 {
	effect := math.Abs(i.Value - none)
	t := StudentT((1+i.Level)/2, i.Groups-1)
	s := (i.High - i.Low) / 2 / t
	switch {
	case math.IsNaN(s):
		return math.NaN()
	case effect < 1e-12:
		return math.Inf(1)
	}
	return float64(i.N) * square((t+eighty)*s/effect)
}

func square(x float64) float64 { return x * x }
