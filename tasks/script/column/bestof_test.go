package column

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// bruteForce goes through all sets of k samples.
func bruteForce(by, of []float64, k int) float64 {
	total, sets := 0.0, 0
	for set := range 1 << len(by) {
		if bits.OnesCount(uint(set)) != k {
			continue
		}
		best, worth, n := math.Inf(-1), 0.0, 0.0
		for i := range by {
			switch {
			case set>>i&1 == 0 || by[i] < best:
			case by[i] > best:
				best, worth, n = by[i], of[i], 1
			default: // chosen among at random
				worth, n = worth+of[i], n+1
			}
		}
		total += worth / n
		sets++
	}
	return total / float64(sets)
}

func TestBestOfIsTheMeanOverAllSets(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		n := 1 + random.IntN(9)
		by, of := make([]float64, n), make([]float64, n)
		for i := range by {
			by[i], of[i] = float64(random.IntN(6)), random.NormFloat64() // ties among them
		}
		for k, got := range BestOf(by, of) {
			if want := bruteForce(by, of, k+1); math.Abs(got-want) > 1e-12 {
				t.Fatalf("best of %d by %v of %v: got %g, all sets give %g", k+1, by, of, got, want)
			}
		}
	}
}

func TestBestOfManyIsFinite(t *testing.T) {
	by := make([]float64, 2000)
	for i := range by {
		by[i] = float64(i)
	}
	got := BestOf(by, by)
	if math.Abs(got[0]-999.5) > 1e-6 || got[1999] != 1999 || math.Abs(got[1]-(2000*2/3.0-2/3.0)) > 1 {
		t.Errorf("best of 1, 2 and 2000 of 0…1999: got %g, %g, %g", got[0], got[1], got[1999])
	}
}
