package column

import (
	"math"
	"strings"
	"testing"
)

// The numbers were computed by hand with γ = 1, λ = ½ from δ = r + V' − V.
func TestGAEIsItsDefinition(t *testing.T) {
	e := Episodes{
		Rewards: Table("seq", [][]float64{{0, 0, 1, 2}, {0, -1, 3}, {0, 0}}),
		Values:  Table("seq", [][]float64{{9, 4, 6, 8}, {2, 1, 5}, {7, 7}}),
		Mask:    Table("seq", [][]float64{{0, 0, 1, 1}, {0, 1, 1}, {0, 0}}),
		Last:    []float64{10, 20, 30},
		After:   []float64{1, 0, 1},
	}
	got, err := GAE(e, 1, 0.5, false)
	if err != nil {
		t.Fatal(err)
	}
	// Row 0: states at 1, 2 and, since it ended, 3, with V 4, 6, 8 and rewards 1, 2, 10: δ = 3, 4, 2; A = 5.5, 5, 2.
	// Row 1: states at 0 and 1 with V 2, 1 and rewards −1, 23: δ = −2, 22; A = 9, 22.
	same(t, "advantages", got.Advantage, []float64{0, 0, 5.5, 5, 0, 9, 22, 0, 0})
	same(t, "returns", got.Returns, []float64{0, 9.5, 11, 10, 11, 23, 0, 0, 0})
	same(t, "value mask", got.ValueMask, []float64{0, 1, 1, 1, 1, 1, 0, 0, 0})
}

func TestGAEWithLambdaOneIsTheReturnLessTheValue(t *testing.T) {
	e := Episodes{
		Rewards: Table("seq", [][]float64{{0, 0.5, -1, 2}}), Values: Table("seq", [][]float64{{3, 1, -2, 4}}),
		Mask: Table("seq", [][]float64{{0, 1, 1, 1}}), Last: []float64{7}, After: []float64{0},
	}
	got, err := GAE(e, 1, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "returns", got.Returns, []float64{8.5, 8, 9, 0})
	same(t, "advantages", got.Advantage, []float64{0, 5.5, 7, 11})
	white, err := GAE(e, 1, 1, true) // rewards 0.5, −1, 9: their deviation, with the mean staying
	if err != nil {
		t.Fatal(err)
	}
	mean, std := 8.5/3, Std([]float64{0.5, -1, 9})
	if want := (9-mean)/std + mean; math.Abs(white.Returns.Values[2]-want) > 1e-6 {
		t.Errorf("last whitened reward: got %g, want %g", white.Returns.Values[2], want)
	}
}

func same(t *testing.T, what string, got *Column, want []float64) {
	t.Helper()
	for i, v := range got.Values {
		if math.Abs(v-want[i]) > 1e-12 {
			t.Errorf("%s: got %v, want %v", what, got.Values, want)
			return
		}
	}
}

func TestGAERefusesWhatIsNoEpisode(t *testing.T) {
	table := func(rows ...[]float64) *Column { return Table("seq", rows) }
	for _, c := range []struct {
		e    Episodes
		want string
	}{
		{Episodes{table([]float64{0, 1}), Flat([]float64{1}), table([]float64{0, 1}), []float64{1}, []float64{1}}, "a number for each token"},
		{Episodes{table([]float64{0, 1}), table([]float64{0}), table([]float64{0, 1}), []float64{1}, []float64{1}}, "do not go together"},
		{Episodes{table([]float64{0, 1}), table([]float64{0, 1}), table([]float64{1, 1}), []float64{1}, []float64{1}}, "no state before"},
		{Episodes{table([]float64{0, 1}), table([]float64{0, 1}), table([]float64{0, 1}), []float64{1, 2}, []float64{1}}, "2 last rewards"},
	} {
		if _, err := GAE(c.e, 1, 1, false); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
