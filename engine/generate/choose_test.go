package generate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// distribution is a random one over n tokens; the sharper, the more uneven.
func distribution(rng *rand.Rand, n int, sharp float64) []float32 {
	z := make([]float64, n)
	sum := 0.0
	for i := range z {
		z[i] = math.Exp(sharp * rng.NormFloat64())
		sum += z[i]
	}
	p := make([]float32, n)
	for i := range p {
		p[i] = float32(z[i] / sum)
	}
	return p
}

// keepByDefinition sorts everything and applies one rule after the other.
func keepByDefinition(s Sampling, p []float32) []int {
	ids := make([]int, len(p))
	for i := range ids {
		ids[i] = i
	}
	slices.SortStableFunc(ids, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	if s.TopK > 0 {
		ids = ids[:min(s.TopK, len(ids))]
	}
	if s.TopP > 0 && s.TopP < 1 {
		total, sum := 0.0, 0.0
		for _, id := range ids {
			total += float64(p[id])
		}
		if s.TopK == 0 {
			total = 1
		}
		for n, id := range ids {
			if sum += float64(p[id]); sum >= s.TopP*total {
				ids = ids[:n+1]
				break
			}
		}
	}
	var kept []int
	for _, id := range ids {
		if float64(p[id]) >= s.MinP*float64(p[ids[0]]) {
			kept = append(kept, id)
		}
	}
	return kept
}

func TestKeepIsWhatTheRulesSay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		p := distribution(rng, 1+rng.IntN(3000), []float64{0, 0.3, 1, 3, 8, 40}[i%6])
		s := Sampling{Temperature: 1}
		for s.truncates() == false {
			if rng.IntN(2) == 0 {
				s.TopK = 1 + rng.IntN(60)
			}
			if rng.IntN(2) == 0 {
				s.TopP = rng.Float64()
			}
			if rng.IntN(2) == 0 {
				s.MinP = rng.Float64() * rng.Float64()
			}
		}
		sorted := keepByDefinition(s, p)
		slices.Sort(sorted)
		want := fmt.Sprint(sorted)
		var ids []int
		mass := 0.0
		for _, c := range s.keep(p, argmax(p)) {
			ids = append(ids, c.id)
			mass += float64(c.p)
		}
		slices.Sort(ids)
		if got := fmt.Sprint(ids); got != want {
			t.Fatalf("%d tokens, %+v: kept %s, want %s", len(p), s, got, want)
		}
		if c := s.draw(p, argmax(p), rng.Float64()); !slices.Contains(ids, c.id) || c.mass != mass || c.p != float64(p[c.id]) {
			t.Fatalf("%+v: drew %+v out of %v with mass %g", s, c, ids, mass)
		}
	}
}

func TestDrawFollowsTheDistribution(t *testing.T) {
	p := distribution(rand.New(rand.NewPCG(3, 4)), 20, 1)
	for _, s := range []Sampling{{Temperature: 1}, {Temperature: 1, TopK: 5}, {Temperature: 1, TopP: 0.6}} {
		const n = 40000
		next := random(11, 0).Float64
		counts := make([]int, len(p))
		for range n {
			counts[s.draw(p, argmax(p), next()).id]++
		}
		kept := keepByDefinition(s, p)
		mass := 0.0
		for _, id := range kept {
			mass += float64(p[id])
		}
		for id, count := range counts {
			want := 0.0
			if slices.Contains(kept, id) {
				want = float64(p[id]) / mass
			}
			// Five standard deviations of a binomial count.
			if got := float64(count) / n; math.Abs(got-want) > 5*math.Sqrt(want*(1-want)/n) {
				t.Errorf("%+v: token %d was drawn %.4f of the time, want %.4f", s, id, got, want)
			}
		}
	}
}

func TestGreedyTakesTheFirstOfEquals(t *testing.T) {
	nan := float32(math.NaN())
	for _, tc := range []struct {
		p    []float32
		want int
	}{
		{[]float32{1}, 0},
		{[]float32{0.1, 0.4, 0.1, 0.4}, 1},
		{[]float32{0, 0, 0, 0, 0, 0, 1}, 6},
		{[]float32{0.2, nan, 0.8}, -1},
		{[]float32{0.2, 0.1, 0.3, 0.1, nan}, -1},
	} {
		if got := argmax(tc.p); got != tc.want {
			t.Errorf("argmax(%v) = %d, want %d", tc.p, got, tc.want)
		}
	}
}

func TestRandomIsOfSeedAndIndex(t *testing.T) {
	seen := map[float64]string{}
	for seed := range uint64(50) {
		for i := range 50 {
			u := random(seed, i).Float64()
			at := fmt.Sprintf("seed %d, request %d", seed, i)
			if before, ok := seen[u]; ok {
				t.Errorf("%s and %s begin with the same number", before, at)
			}
			seen[u] = at
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	p := distribution(rand.New(rand.NewPCG(5, 6)), 49152, 2.5)
	for _, s := range []Sampling{{}, {Temperature: 1}, {Temperature: 1, TopP: 0.95}, {Temperature: 1, TopK: 50}} {
		b.Run(fmt.Sprintf("T=%g,k=%d,p=%g", s.Temperature, s.TopK, s.TopP), func(b *testing.B) {
			next := random(1, 0).Float64
			for b.Loop() {
				s.draw(p, argmax(p), next())
			}
		})
	}
}
