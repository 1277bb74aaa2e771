package eval

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

func near(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %.6f, want %.6f", name, got, want)
	}
}

// The quantiles stand in every table of Student's t.
func TestStudentTIsTheTable(t *testing.T) {
	for _, c := range []struct {
		q    float64
		df   int
		want float64
	}{{0.975, 1, 12.7062}, {0.975, 2, 4.3027}, {0.975, 10, 2.2281}, {0.975, 1000, 1.9623}, {0.995, 5, 4.0321}, {0.9, 3, 1.6377}} {
		near(t, "t "+strconv.Itoa(c.df), StudentT(c.q, c.df), c.want, 1e-4)
	}
}

// Over many worlds with correlated groups, 95 % of the intervals must hold the truth; intervals
// that ignore the groups hold it far less often.
func TestIntervalsHoldTheTruthWhereExamplesBelongTogether(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const worlds, truth = 2000, 0.7
	var clustered, proportions, naive int
	for range worlds {
		var x []float64
		var groups []string
		for g := range 25 {
			p := truth
			if random.Float64() < 0.5 { // half of the groups move as one
				p = 0
				if random.Float64() < truth {
					p = 1
				}
			}
			for range 8 {
				v := 0.0
				if random.Float64() < p {
					v = 1
				}
				x, groups = append(x, v), append(groups, strconv.Itoa(g))
			}
		}
		count := func(i Interval, n *int) {
			if i.Low <= truth && truth <= i.High {
				*n++
			}
		}
		count(Mean(x, groups, 0.95), &clustered)
		count(Proportion(x, groups, 0.95), &proportions)
		count(Proportion(x, nil, 0.95), &naive)
	}
	for name, n := range map[string]int{"mean": clustered, "proportion": proportions} {
		if share := float64(n) / worlds; share < 0.925 || share > 0.98 {
			t.Errorf("%s: %.3f of the intervals hold the truth, want about 0.95", name, share)
		}
	}
	if share := float64(naive) / worlds; share > 0.85 {
		t.Errorf("ignoring groups holds the truth in %.3f of worlds: the test can't tell", share)
	}
}

func TestProportionAtTheEdge(t *testing.T) {
	all := Proportion([]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, nil, 0.95)
	if all.High != 1 || all.Low > 0.75 || all.Low < 0.5 {
		t.Errorf("ten of ten: got [%g, %g]", all.Low, all.High)
	}
	if one := Proportion([]float64{1, 0}, []string{"a", "a"}, 0.95); !math.IsNaN(one.Low) || one.Groups != 1 {
		t.Errorf("one group says nothing about others: got %+v", one)
	}
}

func TestCalibration(t *testing.T) {
	c := Calibrate([]float64{0.1, 0.1, 0.9, 0.9}, []float64{0, 0, 1, 0}, 10)
	near(t, "ece", c.ECE, 0.5*0.1+0.5*0.4, 1e-12)
	near(t, "brier", c.Brier, (0.01+0.01+0.01+0.81)/4, 1e-12)
	near(t, "log loss", c.LogLoss, -(3*math.Log(0.9)+math.Log(0.1))/4, 1e-12)
	if len(c.Table) != 2 || c.Table[1].Observed != 0.5 || c.Table[1].N != 2 {
		t.Errorf("table: got %+v", c.Table)
	}
	if edge := Calibrate([]float64{1, 0}, []float64{1, 0}, 5); edge.ECE != 0 || edge.LogLoss != 0 {
		t.Errorf("certain and right: got %+v", edge)
	}
}

func TestCorrelation(t *testing.T) {
	x := []float64{1, 2, 3, 4}
	near(t, "pearson of a line", Pearson(x, []float64{3, 5, 7, 9}), 1, 1e-12)
	near(t, "pearson", Pearson(x, []float64{1, 3, 2, 4}), 0.8, 1e-12)
	near(t, "spearman of a monotone curve", Spearman(x, []float64{1, 10, 100, 1000}), 1, 1e-12)
	if got := Ranks([]float64{5, 1, 5, 0}); !slices.Equal(got, []float64{3.5, 2, 3.5, 1}) {
		t.Errorf("ranks: got %v", got)
	}
}
