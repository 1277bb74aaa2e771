package cli

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot/plotter"

	"workbench/engine/runs"
)

func TestSmoothed(t *testing.T) {
	line := plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 3}, {X: 2, Y: 6}, {X: 3, Y: 3}}
	for _, tt := range []struct {
		window int
		want   []float64
	}{{1, []float64{0, 3, 6, 3}}, {3, []float64{1.5, 3, 4, 4.5}}, {100, []float64{3, 3, 3, 3}}} {
		var got []float64
		for _, p := range smoothed(line, tt.window) {
			got = append(got, p.Y)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("means over %d of 0 3 6 3: %v, want %v", tt.window, got, tt.want)
		}
	}
}

func TestFinitePieces(t *testing.T) {
	s := runs.Series{Name: "loss", Steps: []int{0, 1, 2, 3, 4}, Values: []float64{1, math.NaN(), 2, 3, math.Inf(1)}}
	got := finitePieces(s)
	if len(got) != 2 || len(got[0]) != 1 || len(got[1]) != 2 || got[1][0] != (plotter.XY{X: 2, Y: 2}) {
		t.Errorf("pieces of %v: %v, want 1 and 2 3 with a gap where it is not finite", s.Values, got)
	}
}

func TestPlotLabels(t *testing.T) {
	c := curves{lines: []runs.Series{{Name: "loss"}, {Name: "own"}, {Name: "unseen.accuracy"}, {Name: "gold of rloo …A8VVG"}, {Name: "own of ppo …AGYS8"}}}
	if got, want := c.label(), "loss (nats), own, unseen.accuracy (share), gold (score)"; got != want {
		t.Errorf("label %q, want %q", got, want)
	}
}
