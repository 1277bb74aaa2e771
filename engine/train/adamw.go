package train

import (
	"math"
	"runtime"
	"sync"
)

// AdamW holds the settings of the optimiser (Loshchilov and Hutter 2019, algorithm 2; ε is outside
// of the square root, added after the bias correction, as in PyTorch). The zero value of a field
// means the usual: β₁ 0.9, β₂ 0.999, ε 1e-8, no decay.
type AdamW struct {
	LR    float64 // learning rate, before the schedule
	Beta1 float64
	Beta2 float64
	Eps   float64
	Decay float64 // weight decay, of matrices only: not of norms and biases
}

func (a AdamW) withDefaults() AdamW {
	set := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	set(&a.Beta1, 0.9)
	set(&a.Beta2, 0.999)
	set(&a.Eps, 1e-8)
	return a
}

// factors are the constants of one step; scale multiplies every gradient (clipping).
type factors struct {
	beta1, beta2, eps, rate, decay, scale, root2 float32
}

// at are the factors of step t, which counts from 1.
func (a AdamW) at(t int, lr, scale float64) factors {
	c1 := 1 - math.Pow(a.Beta1, float64(t))
	c2 := 1 - math.Pow(a.Beta2, float64(t))
	return factors{
		beta1: float32(a.Beta1), beta2: float32(a.Beta2), eps: float32(a.Eps),
		rate: float32(lr / c1), decay: float32(lr * a.Decay), scale: float32(scale), root2: float32(1 / math.Sqrt(c2)),
	}
}

// apply updates parameters p and moments m, v in place by gradient g.
func (f factors) apply(p, g, m, v []float32, decayed bool) {
	decay := float32(0)
	if decayed {
		decay = f.decay
	}
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	for i := range p {
		d := g[i] * f.scale
		m[i] = f.beta1*m[i] + (1-f.beta1)*d
		v[i] = f.beta2*v[i] + (1-f.beta2)*d*d
		root := float32(math.Sqrt(float64(v[i])))*f.root2 + f.eps
		p[i] -= f.rate*m[i]/root + decay*p[i]
	}
}

// spread runs work on ranges of n elements, one goroutine for each processor.
func spread(n int, work func(from, to int)) {
	const least = 1 << 14
	inParts(n, n/least+1, work)
}

// inParts runs work on at most so many ranges of n things, one goroutine for each processor.
func inParts(n, most int, work func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), most)
	var wg sync.WaitGroup
	for i := range parts {
		wg.Go(func() { work(i*n/parts, (i+1)*n/parts) })
	}
	wg.Wait()
}

// sumSquares is Σ g², in float64. Blocks are added up in their order, so that the number of processors
// changes no bit of it: a resumed run may have others.
func sumSquares(g []float32) float64 {
	const block = 1 << 14
	sums := make([]float64, (len(g)+block-1)/block)
	inParts(len(sums), len(sums), func(from, to int) {
		for i := from; i < to; i++ {
			sums[i] = squares(g[i*block : min((i+1)*block, len(g))])
		}
	})
	total := 0.0
	for _, s := range sums {
		total += s
	}
	return total
}

// squares is Σ g² of a block, in four sums, so that the processor need not wait for each addition.
func squares(g []float32) float64 {
	var a, b, c, d float64
	for ; len(g) >= 4; g = g[4:] {
		p, q, r, s := float64(g[0]), float64(g[1]), float64(g[2]), float64(g[3])
		a, b, c, d = a+p*p, b+q*q, c+r*r, d+s*s
	}
	for _, v := range g {
		a += float64(v) * float64(v)
	}
	return a + b + c + d
}
