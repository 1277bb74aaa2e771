package eval

import (
	"math"
	"testing"
)

// Five comparisons, counted by hand.
func TestAgreementIsCounted(t *testing.T) {
	got := Agree([]Judged{
		{Margin: 2, WonA: true, Longer: 5, Group: "1", Source: "x"},   // right, the longer won
		{Margin: -1, WonA: false, Longer: 3, Group: "1", Source: "x"}, // right, the shorter won
		{Margin: 1, WonA: false, Longer: 4, Group: "2", Source: "x"},  // wrong, the shorter won
		{Margin: 0, WonA: true, Longer: 2, Group: "3", Source: "y"},   // undecided, the longer won
		{Margin: 3, WonA: true, Longer: 0, Group: "4", Source: "y"},   // right, of equal length
	}, 0.95)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"accuracy", got.Accuracy.Value, 3.5 / 5},
		{"longer wins", got.LongerWins.Value, 2.5 / 5},
		{"shorter wins", got.ShorterWins.Value, 2.5 / 5},
		{"gain over longer", got.GainOverLonger.Value, 1.0 / 5},
		{"gain over shorter", got.GainOverShorter.Value, 1.0 / 5},
		{"accuracy of x", got.BySource["x"].Accuracy.Value, 2.0 / 3},
		{"longer wins of y", got.BySource["y"].LongerWins.Value, 1.5 / 2},
		{"prefers longer", got.Length.PrefersLonger, 3.0 / 5},
		{"people prefer longer", got.Length.PeoplePreferLonger, 2.5 / 5},
		{"right where the longer won", got.Length.RightWhereLongerWon, 1.5 / 2},
		{"right where the shorter won", got.Length.RightWhereShorter, 1.0 / 2},
		{"brier", got.Calibration.Brier, brier([]float64{2, -1, 1, 0, 3}, []float64{1, 0, 0, 1, 1})},
	} {
		near(t, c.name, c.got, c.want, 1e-12)
	}
	if got.Accuracy.Groups != 4 || got.Accuracy.N != 5 {
		t.Errorf("accuracy counts %d comparisons in %d groups, want 5 in 4", got.Accuracy.N, got.Accuracy.Groups)
	}
}

func brier(margin, won []float64) float64 {
	s := 0.0
	for i, m := range margin {
		s += math.Pow(1/(1+math.Exp(-m))-won[i], 2) / float64(len(margin))
	}
	return s
}
