package ort

import (
	"slices"
	"testing"

	"workbench/models/graph"
)

// Sampling promises the same text for the same seed whatever else is in the batch. That rests on the
// runtime: each row of a batch has to come out the same, to the bit, alone and among others.

const (
	width    = 576
	wide     = 1536
	heads    = 9
	keyHeads = 3
	headDim  = 64
	cached   = 40 // positions that a cache has room for
)

// layer is what a decoding step does to a batch of rows.
func layer(op string, batch int) *graph.Graph {
	g := graph.New()
	of := func(n int) graph.Value { return makes(graph.Float32, batch, n) }
	emit := func(op, domain string, n int, in []*graph.Tensor, attrs ...graph.Attr) {
		g.Output("y", g.Emit(op, domain, in, []graph.Value{of(n)}, attrs...)[0])
	}
	x := g.Input("x", graph.Float32, graph.Of("batch", batch, "in", width))
	w := func() *graph.Tensor { return g.Param("w", graph.Of("out", wide, "in", width), false) }
	switch op {
	case "Gemm":
		emit(op, "", wide, []*graph.Tensor{x, w()}, attr("transB", 1))
	case "FusedMatMul":
		emit(op, graph.Microsoft, wide, []*graph.Tensor{x, w()}, attr("transB", 1))
	case "MatMul":
		emit(op, "", wide, []*graph.Tensor{x, g.Param("wt", graph.Of("in", width, "out", wide), false)})
	case "MatMulNBits":
		packed := g.TypedParam("packed", graph.Uint8, graph.Of("out", wide, "block", width/32, "byte", 32))
		scales := g.Param("scales", graph.Of("n", wide*width/32), false)
		emit(op, graph.Microsoft, wide, []*graph.Tensor{x, packed, scales},
			attr("K", width), attr("N", wide), attr("bits", 8), attr("block_size", 32), attr("accuracy_level", 4))
	case "SimplifiedLayerNormalization":
		emit(op, "", width, []*graph.Tensor{x, g.Param("norm", graph.Of("in", width), false)}, attr("axis", -1))
	case "QuickGelu":
		emit(op, graph.Microsoft, width, []*graph.Tensor{x}, attr("alpha", float32(1)))
	default:
		emit(op, "", width, []*graph.Tensor{x})
	}
	return g
}

// alone runs a layer over rows of which those with even numbers are the same one, and returns that
// row's result after checking that it is the same everywhere.
func alone(t *testing.T, op string, batch int, weights map[string]*Buffer) []float32 {
	t.Helper()
	g := layer(op, batch)
	for _, p := range g.Params {
		if weights[p.Name()] == nil {
			b, err := NewBuffer(p.DType(), p.Shape().Sizes()...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { b.Close() })
			copy(b.Float32(), normal(51, b.Shape()...).F32)
			if p.DType() == graph.Uint8 {
				for i := range b.Bytes() {
					b.Bytes()[i] = byte(i * i >> 3)
				}
			}
			weights[p.Name()] = b
		}
	}
	x := floats(t, normal(52, batch, width).F32, batch, width)
	for r := 2; r < batch; r += 2 {
		copy(x.Float32()[r*width:(r+1)*width], x.Float32())
	}
	n := g.Outputs[0].Tensor.Shape()[1].Size
	y := floats(t, nil, batch, n)
	s := session(t, g, Options{Threads: 2, Weights: weights, Prepack: true})
	if err := bind(t, s, map[string]*Buffer{"x": x, "y": y}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := y.Float32()[:n]
	for r := 2; r < batch; r += 2 {
		if !slices.Equal(y.Float32()[r*n:(r+1)*n], first) {
			t.Errorf("%s, batch %d: row %d differs from row 0, which is the same", op, batch, r)
			break
		}
	}
	return slices.Clone(first)
}

func TestRowsDoNotDependOnTheBatch(t *testing.T) {
	library(t)
	for _, op := range []string{"Gemm", "FusedMatMul", "MatMul", "MatMulNBits", "SimplifiedLayerNormalization", "Softmax", "Sigmoid", "QuickGelu"} {
		weights := map[string]*Buffer{}
		want := alone(t, op, 1, weights)
		for _, batch := range []int{2, 3, 5, 8, 17, 32, 64} {
			if got := alone(t, op, batch, weights); !slices.Equal(got, want) {
				t.Errorf("%s: a row in a batch of %d differs from the row alone", op, batch)
			}
		}
	}
}

// attend runs a step of attention for a batch whose first row has seen `seen` positions; the others
// have seen as many or others.
func attend(t *testing.T, batch, seen, longest int) []float32 {
	t.Helper()
	k := attentionOf(batch, 1, heads, keyHeads, headDim, cached)
	for b := range batch {
		k.in[5].I32[b] = int32(longest - b%2)
	}
	k.in[5].I32[0] = int32(seen)
	k.in[6].I32[0] = slices.Max(k.in[5].I32) + 1
	for _, i := range []int{0, 1, 2, 3, 4} { // row 0 is the same for every batch
		row := len(k.in[i].F32) / batch
		copy(k.in[i].F32[:row], normal(uint64(60+i), row).F32)
	}
	g, feeds := k.build()
	return onRuntime(t, g, feeds, k.onto)["out0"].F32[:heads*headDim]
}

func TestAttentionDoesNotDependOnTheBatch(t *testing.T) {
	library(t)
	want := attend(t, 1, 20, 20)
	for _, batch := range []int{2, 3, 8, 32} {
		for _, longest := range []int{20, 5, 37} {
			if got := attend(t, batch, 20, longest); !slices.Equal(got, want) {
				t.Errorf("attention of a row in a batch of %d, others up to position %d, differs from the row alone", batch, longest)
			}
		}
	}
}

// prompt runs a first step of attention for a batch of which row 0 has n positions, padded to seq,
// and returns what comes out at those.
func prompt(t *testing.T, batch, n, seq int) []float32 {
	t.Helper()
	k := attentionOf(batch, seq, heads, keyHeads, headDim, cached)
	for b := range batch {
		k.in[5].I32[b] = int32(seq - 1)
	}
	k.in[5].I32[0] = int32(n - 1)
	k.in[6].I32[0] = int32(seq)
	for i := range 3 { // row 0 begins alike in every batch
		position := len(k.in[i].F32) / batch / seq
		copy(k.in[i].F32[:n*position], normal(uint64(70+i), n*position).F32)
	}
	g, feeds := k.build()
	return onRuntime(t, g, feeds, k.onto)["out0"].F32[:n*heads*headDim]
}

func TestPromptDoesNotDependOnTheBatch(t *testing.T) {
	library(t)
	for _, n := range []int{1, 2, 7, 20} {
		want := prompt(t, 1, n, n)
		for _, seq := range []int{n + 1, n + 5, 40} {
			for _, batch := range []int{2, 3} {
				if got := prompt(t, batch, n, seq); !slices.Equal(got, want) {
					i := 0
					for got[i] == want[i] {
						i++
					}
					t.Errorf("a prompt of %d positions padded to %d in a batch of %d differs from the prompt alone at position %d: %g, want %g", n, seq, batch, i/(heads*headDim), got[i], want[i])
				}
			}
		}
	}
}
