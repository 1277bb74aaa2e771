package graph

import "testing"

// Each row's peak was added up by hand; a tensor of the graph has 400 bytes.
func TestBetweenIsThePeak(t *testing.T) {
	wide := Of("n", 100)
	for _, c := range []struct {
		name  string
		build func(g *Graph, x *Tensor) *Tensor
		want  int64
	}{
		{"a single node writes the output", func(_ *Graph, x *Tensor) *Tensor { return Exp(x) }, 0},
		{"a chain holds what is read and what is written", func(_ *Graph, x *Tensor) *Tensor { return Exp(Neg(Exp(Neg(x)))) }, 800},
		{"what is read again is kept", func(_ *Graph, x *Tensor) *Tensor {
			a := Exp(x)
			return Add(Neg(Exp(Neg(a))), a)
		}, 1200},
		{"another shape of it is no copy", func(_ *Graph, x *Tensor) *Tensor {
			return Reshape(Exp(Reshape(Exp(x), Of("a", 10, "b", 10))), Of("n", 100))
		}, 800},
	} {
		g := New()
		g.Output("y", c.build(g, g.Input("x", Float32, wide)))
		if got, ok := g.Between(); got != c.want || !ok {
			t.Errorf("%s: got %d bytes (%t), want %d", c.name, got, ok, c.want)
		}
	}
	g := New()
	g.Output("y", Exp(Neg(g.Input("x", Float32, Shape{{Name: "n", Size: Dynamic}}))))
	if _, ok := g.Between(); ok {
		t.Error("a graph with an open axis has a known peak")
	}
}
