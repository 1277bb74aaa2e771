package train

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// Comparison says which of two texts people preferred, and how clearly.
type Comparison struct {
	A, B   int     // places of the texts
	Target float64 // share of the preference for A: 1 A won, 0 B won, ½ a tie
	Weight float64 // beside the other comparisons
}

// HeadFit is what a fitted head comes to on the comparisons that it was fitted to.
type HeadFit struct {
	NLL      float64 // mean −log likelihood, in nats
	Accuracy float64 // weighted share of the decided comparisons on their right side
}

// FitHead is the linear head on states, [text][hidden], under which comparisons are likeliest: the minimum
// of the mean −log σ(margin) of Bradley and Terry plus decay/2 · |v − v₀|², v being the head on states scaled
// to a standard deviation of 1 and v₀ that of prior; nil stands for 0. With decay = 1/(n·τ²) that is the
// likeliest head under a normal prior of mean v₀ and deviation τ for n comparisons. A state that does not vary
// keeps its weight. The problem is convex, so there is one answer, whatever the order. Fitting a head on frozen
// states before weights are trained keeps its random start from distorting them (Kumar et al. 2022, §3).
func FitHead(states [][]float32, compared []Comparison, decay float64, prior []float32) (head []float64, fit HeadFit, err error) {
	p, err := newHeadProblem(states, compared, decay, prior)
	if err != nil {
		return nil, fit, err
	}
	result, err := optimize.Minimize(optimize.Problem{Func: p.loss, Grad: p.gradient}, p.prior,
		&optimize.Settings{GradientThreshold: 1e-6, Converger: &optimize.FunctionConverge{Absolute: 1e-9, Iterations: 20}}, &optimize.LBFGS{})
	if result == nil || err != nil && !(norm(result.Gradient) < 1e-3) { // a line search may find no more to gain
		return nil, fit, fmt.Errorf("fit head: %w", err)
	}
	head = make([]float64, len(p.scale))
	for k, v := range result.X {
		head[k] = v * p.scale[k]
		if p.scale[k] == 0 && prior != nil {
			head[k] = float64(prior[k])
		}
	}
	fit.NLL, fit.Accuracy = p.measure(result.X)
	return head, fit, nil
}

// headProblem is a fit under way.
type headProblem struct {
	states   [][]float32
	compared []Comparison
	decay    float64
	weight   float64   // of all comparisons
	scale    []float64 // 1 over the standard deviation of each state
	prior    []float64 // towards which the scaled head is pulled
}

func newHeadProblem(states [][]float32, compared []Comparison, decay float64, prior []float32) (*headProblem, error) {
	p := &headProblem{states: states, compared: compared, decay: decay}
	if !(decay > 0) || math.IsInf(decay, 0) {
		return nil, fmt.Errorf("fit head: decay %g; want a positive number, or the likelihood may have no maximum", decay)
	}
	for i, c := range compared {
		if min(c.A, c.B) < 0 || max(c.A, c.B) >= len(states) {
			return nil, fmt.Errorf("fit head: comparison %d is of texts %d and %d; there are %d", i, c.A, c.B, len(states))
		}
		if !(c.Target >= 0 && c.Target <= 1) || !(c.Weight >= 0) || math.IsInf(c.Weight, 0) {
			return nil, fmt.Errorf("fit head: comparison %d has target %g and weight %g; want 0 to 1, and 0 or more", i, c.Target, c.Weight)
		}
		p.weight += c.Weight
	}
	if p.weight == 0 {
		return nil, errors.New("fit head: there are no comparisons")
	}
	p.scale = inverseDeviations(states)
	p.prior = make([]float64, len(p.scale))
	if prior != nil && len(prior) != len(p.scale) {
		return nil, fmt.Errorf("fit head: the prior has %d weights, states have %d", len(prior), len(p.scale))
	}
	for k, v := range prior {
		if p.scale[k] > 0 {
			p.prior[k] = float64(v) / p.scale[k]
		}
	}
	return p, nil
}

// inverseDeviations is 1/σ of each state over the texts; 0 for one that does not vary.
func inverseDeviations(states [][]float32) []float64 {
	sum, square := make([]float64, len(states[0])), make([]float64, len(states[0]))
	for _, x := range states {
		for k, v := range x {
			sum[k] += float64(v)
			square[k] += float64(v) * float64(v)
		}
	}
	n := float64(len(states))
	for k := range sum {
		variance := square[k]/n - sum[k]*sum[k]/n/n
		sum[k] = 0
		if variance > 1e-12 {
			sum[k] = 1 / math.Sqrt(variance)
		}
	}
	return sum
}

// scores are those of all texts under scaled weights.
func (p *headProblem) scores(v []float64) []float64 {
	out := make([]float64, len(p.states))
	spread(len(out)*len(v), func(from, to int) {
		for i := from / len(v); i < to/len(v); i++ {
			for k, x := range p.states[i] {
				out[i] += v[k] * p.scale[k] * float64(x)
			}
		}
	})
	return out
}

func (p *headProblem) loss(v []float64) float64 {
	nll, _ := p.measure(v)
	off := 0.0
	for k, x := range v {
		off += (x - p.prior[k]) * (x - p.prior[k])
	}
	return nll + p.decay/2*off
}

func (p *headProblem) measure(v []float64) (nll, accuracy float64) {
	s := p.scores(v)
	decided := 0.0
	for _, c := range p.compared {
		m := s[c.A] - s[c.B]
		nll += c.Weight * (c.Target*softplus(-m) + (1-c.Target)*softplus(m))
		if c.Target != 0.5 {
			decided += c.Weight
			if (c.Target-0.5)*m > 0 {
				accuracy += c.Weight
			}
		}
	}
	return nll / p.weight, accuracy / max(decided, math.SmallestNonzeroFloat64)
}

func (p *headProblem) gradient(grad, v []float64) {
	s := p.scores(v)
	slope := make([]float64, len(s))
	for _, c := range p.compared {
		d := c.Weight / p.weight * (1/(1+math.Exp(s[c.B]-s[c.A])) - c.Target)
		slope[c.A] += d
		slope[c.B] -= d
	}
	for k := range grad {
		grad[k] = p.decay * (v[k] - p.prior[k])
	}
	for i, x := range p.states {
		if slope[i] == 0 {
			continue
		}
		for k, y := range x {
			grad[k] += slope[i] * p.scale[k] * float64(y)
		}
	}
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

func norm(a []float64) float64 { return math.Sqrt(dot(a, a)) }
