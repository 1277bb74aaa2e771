package eval

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

func TestLengthControlEqualsStatsmodels(t *testing.T) {
	raw, err := os.ReadFile("testdata/winrate.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Won, X    []float64
		Groups    []string
		At, Slope float64
		Robust, T float64
		Ridge     []float64
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) != 3 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for i, c := range cases {
		name := "case " + strconv.Itoa(i)
		plain := fitLogistic(c.Won, c.X, 0)
		near(t, name+": at", plain.at, c.At, 1e-6)
		near(t, name+": slope", plain.slope, c.Slope, 1e-6)
		robust, g := plain.robust(c.Won, c.X, c.Groups)
		near(t, name+": robust variance", robust, c.Robust, 1e-6)
		near(t, name+": t", StudentT(0.975, g-1), c.T, 1e-6)
		ridge := fitLogistic(c.Won, c.X, lengthRidge)
		near(t, name+": at, with the prior", ridge.at, c.Ridge[0], 1e-5)
		near(t, name+": slope, with the prior", ridge.slope, c.Ridge[1], 1e-5)
	}
}

// duels are those of a world in which a judge likes length, and ours by itself with the given log-odds.
func duels(random *rand.Rand, groups, each int, odds, length, drawn float64) []Duel {
	var all []Duel
	for g := range groups {
		own := random.NormFloat64() * 0.7
		for range each {
			d := Duel{Longer: int(math.Round(100 * (drawn + random.NormFloat64()))), Group: strconv.Itoa(g)}
			if random.Float64() < logistic(odds+own+length*math.Tanh(float64(d.Longer)/100)) {
				d.Won = 1
			}
			all = append(all, d)
		}
	}
	return all
}

// A judge who likes length alone makes longer answers win; length control says that nothing else does.
func TestLengthControlSeesThroughLength(t *testing.T) {
	got := WinRates(duels(rand.New(rand.NewPCG(3, 4)), 400, 2, 0, 3, 0.8), 0.95)
	if got.Rate.Low < 0.6 || got.LongestWins.Value < 0.7 {
		t.Errorf("rate %+v, longest wins %+v: want both well above 0.5", got.Rate, got.LongestWins)
	}
	if !got.LengthControlled.Includes(0.5) || got.LengthControlled.High-got.LengthControlled.Low > 0.2 {
		t.Errorf("length-controlled: got %+v, want a narrow interval around 0.5", got.LengthControlled)
	}
}

// Over many worlds, 95 % of the length-controlled intervals hold the rate of the worlds.
func TestLengthControlledIntervalsHoldTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	// The truth of the model that is fitted: what very many duels come to.
	truth := WinRates(duels(random, 60_000, 2, 0.5, 1, 0.3), 0.95).LengthControlled.Value
	held := 0
	const worlds = 1000
	for range worlds {
		if i := WinRates(duels(random, 30, 2, 0.5, 1, 0.3), 0.95).LengthControlled; i.Low <= truth && truth <= i.High {
			held++
		}
	}
	if share := float64(held) / worlds; share < 0.93 || share > 0.985 {
		t.Errorf("%.3f of the intervals hold the truth, want about 0.95", share)
	}
}

func TestWinRatesAtTheEdge(t *testing.T) {
	var all []Duel
	for i := range 10 {
		all = append(all, Duel{1, 5, strconv.Itoa(i)})
	}
	got := WinRates(all, 0.95)
	if lc := got.LengthControlled; !(lc.Low > 0.5 && lc.Low < 0.85 && lc.Value > 0.9 && lc.High < 1) {
		t.Errorf("ten of ten, all longer by as much: got %+v", lc)
	}
	if one := WinRates(all[:1], 0.95); !math.IsNaN(one.Rate.Low) || !math.IsNaN(one.LengthControlled.Low) {
		t.Errorf("one duel: got %+v, want bounds of NaN", one)
	}
	if none := WinRates(nil, 0.95); none.Rate.N != 0 || !math.IsNaN(none.LengthControlled.High) {
		t.Errorf("no duel: got %+v", none)
	}
}

// As many examples as are said to be needed tell the effect four times out of five.
func TestNeededIsEnough(t *testing.T) {
	few := Proportion(append(repeat(1, 24), repeat(0, 16)...), nil, 0.95) // 24 of 40
	needed := few.Needed(0.5)
	if !few.Includes(0.5) || needed < 150 || needed > 230 { // (1.96+0.84)²·0.24/0.1² = 188
		t.Fatalf("24 of 40: %+v wants %.0f, want about 188", few, needed)
	}
	random := rand.New(rand.NewPCG(7, 8))
	const worlds = 2000
	told := 0
	for range worlds {
		x := make([]float64, int(needed))
		for i := range x {
			x[i] = float64(int(random.Float64() + 0.6))
		}
		if !Proportion(x, nil, 0.95).Includes(0.5) {
			told++
		}
	}
	if share := float64(told) / worlds; share < 0.72 || share > 0.88 {
		t.Errorf("with %.0f examples the effect is told in %.2f of worlds, want about 0.8", needed, share)
	}
	if got := Proportion([]float64{1, 0}, nil, 0.95).Needed(0.5); !math.IsInf(got, 1) {
		t.Errorf("no effect: got %g", got)
	}
	if got := Proportion([]float64{1}, nil, 0.95); !math.IsNaN(got.Needed(0.5)) || !got.Includes(0.5) {
		t.Errorf("one example: got %g", got.Needed(0.5))
	}
}

func repeat(v float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}
