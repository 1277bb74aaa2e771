package eval

import "math"

// Duel is an answer beside another one to the same prompt, as a judge saw them.
type Duel struct {
	Won    float64 // 1 where the judge preferred ours, 0 where the other, ½ where neither
	Longer int     // characters of ours less those of the other
	Group  string  // duels of a group, such as a prompt, may depend on each other
}

// WinRate is how often ours was preferred.
type WinRate struct {
	Rate             Interval // by [Proportion]
	LengthControlled Interval // what Rate would be if both answers were always equally long
	LongestWins      Interval // what it would be for a judge who always prefers the longer one
}

// lengthRidge is the precision of the prior on log-odds, a deviation of 3: without one, the fit to duels
// that all came out alike is infinite. It moves a rate of 0.8 among 20 by less than 0.01.
const lengthRidge = 1.0 / 9

// WinRates measures duels; bounds are NaN where there are fewer than two groups.
//
// The length-controlled rate follows Dubois et al. (2024): log-odds of a win are θ + φ·tanh(d/σ), d being
// the difference in length and σ its deviation, and the rate is that at d = 0, 1/(1 + e^−θ). It departs
// from them in leaving out the difficulty of prompts, which they estimate over many models, and in a prior
// on θ and φ of mean 0 and deviation 3 in the place of a penalty chosen by cross-validation.
func WinRates(duels []Duel, level float64) WinRate {
	n := len(duels)
	won, longest, groups, far := make([]float64, n), make([]float64, n), make([]string, n), make([]float64, n)
	for i, d := range duels {
		won[i], groups[i], far[i] = d.Won, d.Group, float64(d.Longer)
		longest[i] = sides(far[i], 1)
	}
	return WinRate{
		Rate:             Proportion(won, groups, level),
		LengthControlled: lengthControlled(won, squashed(far), groups, level),
		LongestWins:      Proportion(longest, groups, level),
	}
}

// squashed is tanh(x/σ), σ being the population's deviation; 0 where nothing varies.
func squashed(x []float64) []float64 {
	mean, square := average(x), 0.0
	for _, v := range x {
		square += (v - mean) * (v - mean)
	}
	out := make([]float64, len(x))
	if square > 0 {
		for i, v := range x {
			out[i] = math.Tanh(v / math.Sqrt(square/float64(len(x))))
		}
	}
	return out
}

// lengthControlled is the rate p at x = 0. Its interval is Wilson's on the effective number of duels,
// p(1−p) over the cluster-robust variance of p (CR1, as in [Mean], by the delta method), which is at most
// their number; where all came out alike only groups count, as in [Proportion].
func lengthControlled(won, x []float64, groups []string, level float64) Interval {
	fit := fitLogistic(won, x, lengthRidge)
	variance, g := fit.robust(won, x, groups)
	p, most := logistic(fit.at), float64(len(won))
	out := Interval{p, math.NaN(), math.NaN(), len(won), g, level}
	if g < 2 {
		return out
	}
	if _, spread, _ := clustered(won, groups); spread == 0 {
		most = float64(g)
	}
	out.Low, out.High = wilson(p, min(1/(p*(1-p)*variance), most), StudentT((1+level)/2, g-1))
	return out
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// logisticFit is the model log-odds = at + slope·x, with the Hessian of its penalised −log likelihood.
type logisticFit struct{ at, slope, aa, as, ss float64 }

// fitLogistic minimises Σ −[y log p + (1−y) log(1−p)] + ridge/2·(at² + slope²) by Newton's method; with a
// ridge above 0 there is one minimum. A y of ½ is half a win and half a loss.
func fitLogistic(y, x []float64, ridge float64) logisticFit {
	var f logisticFit
	for range 100 {
		ga, gs := ridge*f.at, ridge*f.slope
		f.aa, f.as, f.ss = ridge, 0, ridge
		for i := range y {
			p := logistic(f.at + f.slope*x[i])
			w := p * (1 - p)
			ga, gs = ga+p-y[i], gs+(p-y[i])*x[i]
			f.aa, f.as, f.ss = f.aa+w, f.as+w*x[i], f.ss+w*x[i]*x[i]
		}
		v := f.inverse()
		da, ds := v[0]*ga+v[1]*gs, v[1]*ga+v[2]*gs
		shrink := min(1, 2/math.Hypot(da, ds)) // a full step may overshoot where the curve is flat
		f.at, f.slope = f.at-shrink*da, f.slope-shrink*ds
		if math.Hypot(da, ds) < 1e-12 {
			break
		}
	}
	return f
}

// inverse is that of the Hessian: its entries (at, at), (at, slope), (slope, slope).
func (f logisticFit) inverse() [3]float64 {
	d := f.aa*f.ss - f.as*f.as
	if d == 0 { // x does not vary and there is no ridge
		return [3]float64{1 / f.aa, 0, 0}
	}
	return [3]float64{f.ss / d, -f.as / d, f.aa / d}
}

// robust is the cluster-robust variance of at, and the number of groups.
func (f logisticFit) robust(y, x []float64, groups []string) (variance float64, g int) {
	sums := map[string][2]float64{}
	for i := range y {
		u := y[i] - logistic(f.at+f.slope*x[i])
		s := sums[groups[i]]
		sums[groups[i]] = [2]float64{s[0] + u, s[1] + u*x[i]}
	}
	v := f.inverse()
	for _, s := range sums {
		d := v[0]*s[0] + v[1]*s[1]
		variance += d * d
	}
	g = len(sums)
	return variance * float64(g) / float64(g-1), g
}
