package column

import (
	"math"
	"slices"
	"testing"
)

func TestZip(t *testing.T) {
	add := func(a, b float64) float64 { return a + b }
	table := Table("seq", [][]float64{{1, 2, 3}, {4}})
	for _, c := range []struct {
		name string
		a, b *Column
		want []float64
		rows []int
	}{
		{"scalar with scalar", Scalar(1), Scalar(2), []float64{3}, nil},
		{"scalar with flat", Scalar(1), Flat([]float64{1, 2}), []float64{2, 3}, nil},
		{"flat with flat", Flat([]float64{1, 2}), Flat([]float64{3, 4}), []float64{4, 6}, nil},
		{"flat with table", Flat([]float64{10, 20}), table, []float64{11, 12, 13, 24}, []int{3, 1}},
		{"table with scalar", table, Scalar(1), []float64{2, 3, 4, 5}, []int{3, 1}},
		{"one flat with scalar stays flat", Flat([]float64{1}), Scalar(1), []float64{2}, nil},
	} {
		got, err := Zip(c.a, c.b, add)
		if err != nil || !slices.Equal(got.Values, c.want) || !slices.Equal(got.Rows, c.rows) {
			t.Errorf("%s: got %v %v, want %v %v", c.name, got, err, c.want, c.rows)
		}
	}
	for _, c := range [][2]*Column{
		{Flat([]float64{1, 2}), Flat([]float64{1})},
		{Flat([]float64{1, 2, 3}), table},
		{table, Table("seq", [][]float64{{1}, {2, 3, 4}})},
	} {
		if got, err := Zip(c[0], c[1], add); err == nil {
			t.Errorf("%s and %s went together: %v", c[0].Shape(), c[1].Shape(), got)
		}
	}
}

func TestReductionsAreTheirDefinitions(t *testing.T) {
	x := []float64{3, 1, 2, 4}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"mean", Mean(x), 2.5},
		{"variance", Variance(x), 1.25},
		{"median", Quantile(x, 0.5), 2.5},
		{"lower quartile", Quantile(x, 0.25), 1.75},
		{"maximum", Quantile(x, 1), 4},
		{"logsumexp", LogSumExp([]float64{1000, 1000}), 1000 + math.Log(2)},
		{"sigmoid", Sigmoid(0), 0.5},
		{"log sigmoid far left", LogSigmoid(-800), -800},
		{"log sigmoid", LogSigmoid(1.5), math.Log(Sigmoid(1.5))},
	} {
		if math.Abs(c.got-c.want) > 1e-12 {
			t.Errorf("%s: got %g, want %g", c.name, c.got, c.want)
		}
	}
	if got := Order([]float64{2, 1, 2, 0}); !slices.Equal(got, []int{3, 1, 0, 2}) {
		t.Errorf("order: got %v", got)
	}
}

func TestWhitenHasMeanZeroAndDeviationOneWhereTheMaskIs(t *testing.T) {
	x := Table("seq", [][]float64{{1, 2, 99}, {5, 8}})
	mask := Table("seq", [][]float64{{1, 1, 0}, {1, 1}})
	white, err := Whiten(x, mask, true)
	if err != nil {
		t.Fatal(err)
	}
	kept := []float64{white.Values[0], white.Values[1], white.Values[3], white.Values[4]}
	if m, s := Mean(kept), Std(kept); math.Abs(m) > 1e-9 || math.Abs(s-1) > 1e-7 {
		t.Errorf("whitened: mean %g, deviation %g", m, s)
	}
	kept2, err := Whiten(x, mask, false)
	if got, want := kept2.Values[0]-white.Values[0], 4.0; err != nil || math.Abs(got-want) > 1e-9 {
		t.Errorf("unshifted: the mean is %g, want %g", got, want)
	}
	if got, err := MaskedMean(x, mask); err != nil || got != 4 {
		t.Errorf("masked mean %g %v, want 4", got, err)
	}
}

func TestPickKeepsRowsWhole(t *testing.T) {
	got := Table("seq", [][]float64{{1, 2}, {3}, {4, 5, 6}}).Pick([]int{2, 0})
	if !slices.Equal(got.Values, []float64{4, 5, 6, 1, 2}) || !slices.Equal(got.Rows, []int{3, 2}) {
		t.Errorf("picked %v", got)
	}
}
