package ort

import (
	"testing"

	"workbench/models/graph"
)

// gemm multiplies x [2, 64] by w [64, 64] and adds b.
func gemm() *graph.Graph {
	g := graph.New()
	x := g.Input("x", graph.Float32, graph.Of("row", 2, "in", 64))
	w := g.Param("w", graph.Of("in", 64, "out", 64), false)
	b := g.Param("b", graph.Of("row", 2, "out", 64), false)
	y := g.Emit("MatMul", "", []*graph.Tensor{x, w}, []graph.Value{{DType: graph.Float32, Shape: graph.Of("row", 2, "out", 64)}})
	g.Output("y", graph.Add(y[0], b))
	return g
}

func TestWeights(t *testing.T) {
	library(t)
	for _, tc := range []struct {
		name    string
		prepack bool
		want    float32 // y[0] after w[0,0] went from 1 to 10, where x[0] is 3
	}{
		{"live weights follow their memory", false, 30},
		{"prepacked weights are frozen", true, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, b := floats(t, nil, 64, 64), floats(t, nil, 2, 64)
			w.Float32()[0] = 1
			s := session(t, gemm(), Options{Weights: map[string]*Buffer{"w": w, "b": b, "unused": b}, Prepack: tc.prepack})
			if got := s.WeightBytes(); got != 4*(64*64+2*64) {
				t.Errorf("WeightBytes() = %d, want %d", got, 4*(64*64+2*64))
			}
			x, y := floats(t, []float32{3}, 2, 64), floats(t, nil, 2, 64)
			run := bind(t, s, map[string]*Buffer{"x": x, "y": y})
			if err := run.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := y.Float32()[0]; got != 3 {
				t.Errorf("y[0] = %g, want 3", got)
			}
			w.Float32()[0] = 10
			if err := run.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := y.Float32()[0]; got != tc.want {
				t.Errorf("y[0] = %g after a change of w, want %g", got, tc.want)
			}
		})
	}
}
