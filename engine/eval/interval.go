package eval

import "math"

// Interval is an estimate with the range in which the truth lies with the stated confidence.
type Interval struct {
	Value     float64 // the estimate
	Low, High float64 // NaN where nothing can be said: fewer than two groups
	N         int     // examples
	Groups    int     // independent groups of examples
	Level     float64 // the confidence, such as 0.95
}

// Mean is the mean of x with a cluster-robust interval: examples of a group may depend on each
// other, groups do not. Var = G/(G−1) · Σ_g (Σ_{i∈g} xᵢ−mean)² / n², and the interval is the mean ±
// Student's t of G−1 degrees of freedom times its root (Cameron and Miller 2015, CR1). groups gives
// each example's group; nil means that each is its own.
func Mean(x []float64, groups []string, level float64) Interval {
	mean, variance, g := clustered(x, groups)
	half := StudentT((1+level)/2, g-1) * math.Sqrt(variance)
	return Interval{mean, mean - half, mean + half, len(x), g, level}
}

// Proportion is the share of x, whose numbers are 0 or 1 (a tie may count ½), with Wilson's
// interval on the effective number of examples: n divided by the design effect, which is the
// cluster-robust variance over that of independent examples (Korn and Graubard 1998, with Wilson's
// interval in the place of Clopper's and Pearson's). It never leaves [0, 1] and does not shrink to
// a point when every example agrees: then only groups count as examples.
func Proportion(x []float64, groups []string, level float64) Interval {
	p, variance, g := clustered(x, groups)
	n := float64(len(x))
	out := Interval{p, math.NaN(), math.NaN(), len(x), g, level}
	if g < 2 {
		return out
	}
	effective := float64(g)
	if variance > 0 && p > 0 && p < 1 {
		effective = min(p*(1-p)/variance, n)
	}
	out.Low, out.High = wilson(p, effective, StudentT((1+level)/2, g-1))
	return out
}

// wilson is Wilson's (1927) interval around a share p of n, t deviations wide.
func wilson(p, n, t float64) (low, high float64) {
	middle := (p + t*t/(2*n)) / (1 + t*t/n)
	half := t / (1 + t*t/n) * math.Sqrt(p*(1-p)/n+t*t/(4*n*n))
	// At p = 0 and p = 1 the ends are exact in theory and rounded in practice.
	return max(min(middle-half, p), 0), min(max(middle+half, p), 1)
}

// StdErr is the standard error of the mean of x, cluster-robust as in [Mean]; without groups it is the
// usual one, √(Σ(x−mean)²/(n(n−1))). NaN for fewer than two groups.
func StdErr(x []float64, groups []string) float64 {
	_, variance, g := clustered(x, groups)
	if g < 2 {
		return math.NaN()
	}
	return math.Sqrt(variance)
}

// Estimate is [Proportion] where x says right, wrong or tie (1, 0, ½) everywhere, and [Mean] otherwise.
func Estimate(x []float64, groups []string, level float64) Interval {
	for _, v := range x {
		if v != 0 && v != 1 && v != 0.5 {
			return Mean(x, groups, level)
		}
	}
	return Proportion(x, groups, level)
}

// clustered is the mean, its cluster-robust variance, and the number of groups.
func clustered(x []float64, groups []string) (mean, variance float64, g int) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	sums := map[string]float64{}
	squares := 0.0
	for i, v := range x {
		if groups == nil {
			squares += (v - mean) * (v - mean)
			continue
		}
		sums[groups[i]] += v - mean
	}
	g = len(sums)
	if groups == nil {
		g = len(x)
	}
	for _, s := range sums {
		squares += s * s
	}
	if len(x) == 0 {
		return math.NaN(), math.NaN(), 0
	}
	return mean, float64(g) / float64(g-1) * squares / (n * n), g
}

// StudentT is the q-quantile of Student's t distribution with df degrees of freedom, q above ½; NaN
// for df < 1. It inverts the distribution function by bisection.
func StudentT(q float64, df int) float64 {
	if df < 1 {
		return math.NaN()
	}
	low, high := 0.0, 1.0
	for studentCDF(high, float64(df)) < q {
		high *= 2
	}
	for range 200 {
		middle := (low + high) / 2
		if studentCDF(middle, float64(df)) < q {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// studentCDF is P(T ≤ t) for t ≥ 0: 1 − ½·I(df/(df+t²); df/2, ½).
func studentCDF(t, df float64) float64 {
	return 1 - incompleteBeta(df/(df+t*t), df/2, 0.5)/2
}

// incompleteBeta is the regularised incomplete beta function I(x; a, b), by Lentz's continued
// fraction (Abramowitz and Stegun 26.5.8), mirrored where the fraction converges slowly.
func incompleteBeta(x, a, b float64) float64 {
	if x <= 0 || x >= 1 {
		return min(max(x, 0), 1)
	}
	if x > (a+1)/(a+b+2) {
		return 1 - incompleteBeta(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log1p(-x))
	const tiny = 1e-300
	c, d := 1.0, 1/nonzero(1-(a+b)*x/(a+1), tiny)
	f := d
	for m := 1.0; m < 500; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		step := 1.0
		for _, numerator := range [2]float64{even, odd} {
			d = 1 / nonzero(1+numerator*d, tiny)
			c = nonzero(1+numerator/c, tiny)
			step = c * d
			f *= step
		}
		if math.Abs(step-1) < 1e-15 {
			break
		}
	}
	return front * f / a
}

func nonzero(x, tiny float64) float64 {
	if math.Abs(x) < tiny {
		return tiny
	}
	return x
}
