package ort

import (
	"math"
	"slices"
	"strings"
	"testing"

	"workbench/models/graph"
)

// Sizes of the states that are updated in place: large enough for several threads to share the work.
const rows, columns = 256, 300

// stateful is a graph that computes a new state out of the old one with one operator.
func stateful(op string, operand int) *graph.Graph {
	g := graph.New()
	shape := graph.Of("row", rows, "column", columns)
	state := g.Input("state", graph.Float32, shape)
	var in []*graph.Tensor
	var attrs []graph.Attr
	switch other := g.Input("other", graph.Float32, shape); op {
	case "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min":
		in = []*graph.Tensor{state, other}
	case "Where":
		in = []*graph.Tensor{graph.Greater(other, g.Scalar(0.5)), state, other}
		if operand == 1 {
			in[1], in[2] = in[2], in[1]
		}
	case "Clip":
		in = []*graph.Tensor{state, g.Scalar(0.3), g.Scalar(0.6)}
	case "Reshape":
		in = []*graph.Tensor{state, g.Ints(rows, columns)}
	case "Unsqueeze", "Squeeze":
		return nil // the shape changes, so that the buffers cannot be the same; Reshape is their like
	case "ScatterND":
		in = []*graph.Tensor{state, g.Constant(graph.Int64s([]int64{0, 7, 7, 255}, 4, 1)), g.Input("rows", graph.Float32, graph.Of("n", 4, "column", columns))}
		attrs = []graph.Attr{{Name: "reduction", Value: "add"}}
	case "ScatterElements":
		ids := make([]int64, rows)
		for i := range ids {
			ids[i] = int64(i * 7 % columns)
		}
		in = []*graph.Tensor{state, g.Constant(graph.Int64s(ids, rows, 1)), g.Input("rows", graph.Float32, graph.Of("row", rows, "n", 1))}
		attrs = []graph.Attr{{Name: "axis", Value: 1}, {Name: "reduction", Value: "add"}}
	case "Gemm":
		in = []*graph.Tensor{g.Input("x", graph.Float32, graph.Of("row", rows, "in", 50)), g.Input("w", graph.Float32, graph.Of("column", columns, "in", 50)), state}
		attrs = []graph.Attr{{Name: "transB", Value: 1}}
	default:
		in = []*graph.Tensor{state}
	}
	if operand == 1 && len(in) == 2 {
		in[0], in[1] = in[1], in[0]
	}
	g.Output("new", g.Emit(op, "", in, []graph.Value{{DType: graph.Float32, Shape: shape}}, attrs...)[0])
	return g
}

// Every operator in the list writes the same bits over its operand as it writes elsewhere.
func TestInPlace(t *testing.T) {
	library(t)
	for op, at := range inPlace {
		for operand := range 2 {
			g := stateful(op, operand)
			if g == nil || at >= 0 && operand > 0 {
				continue
			}
			buffers := map[string]*Buffer{"new": floats(t, nil, rows, columns)}
			for i, in := range g.Inputs {
				buffers[in.Name()] = floats(t, positive(uint64(i), in.Shape().Sizes()...).F32, in.Shape().Sizes()...)
			}
			s := session(t, g, Options{Threads: 2})
			if err := bind(t, s, buffers).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := buffers["new"].Float32()
			buffers["new"] = buffers["state"]
			if err := bind(t, s, buffers).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i, got := range buffers["state"].Float32() {
				if got != want[i] {
					t.Errorf("%s over its operand %d: element %d is %g, into other memory %g", op, operand, i, got, want[i])
					break
				}
			}
		}
	}
}

// An Adam step without weight decay, all three states in place, equals the same arithmetic in Go.
func TestInPlaceAdam(t *testing.T) {
	library(t)
	const n = 1000
	g := graph.New()
	in := func(name string) *graph.Tensor { return g.Input(name, graph.Float32, graph.Of("n", n)) }
	p, m, v, d := in("p"), in("m"), in("v"), in("d")
	c := g.Scalar
	m2 := graph.Add(graph.Mul(m, c(0.9)), graph.Mul(d, c(0.1)))
	v2 := graph.Add(graph.Mul(v, c(0.99)), graph.Mul(graph.Square(d), c(0.01)))
	g.Output("p'", graph.Sub(p, graph.Mul(graph.Div(m2, graph.Add(graph.Sqrt(v2), c(1e-8))), c(0.1))))
	g.Output("m'", m2)
	g.Output("v'", v2)
	pb, mb, vb, db := floats(t, normal(1, n).F32, n), floats(t, nil, n), floats(t, nil, n), floats(t, normal(2, n).F32, n)
	want := slices.Clone(pb.Float32())
	run := bind(t, session(t, g, Options{}), map[string]*Buffer{"p": pb, "p'": pb, "m": mb, "m'": mb, "v": vb, "v'": vb, "d": db})
	for range 5 {
		if err := run.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i, g := range db.Float32() {
		var m, v float64
		p, g := float64(want[i]), float64(g)
		for range 5 {
			m, v = 0.9*m+0.1*g, 0.99*v+0.01*g*g
			p -= 0.1 * m / (math.Sqrt(v) + 1e-8)
		}
		if got := float64(pb.Float32()[i]); math.Abs(got-p) > 1e-5 {
			t.Fatalf("p[%d] is %g after 5 steps, want %g", i, got, p)
		}
	}
}

func TestBindRefusesUnsafeSharing(t *testing.T) {
	library(t)
	shape := graph.Of("row", 8, "column", 8)
	matrix := func(g *graph.Graph, name string) *graph.Tensor { return g.Input(name, graph.Float32, shape) }
	product := func(g *graph.Graph, a, b *graph.Tensor) *graph.Tensor {
		return g.Emit("MatMul", "", []*graph.Tensor{a, b}, []graph.Value{{DType: graph.Float32, Shape: shape}})[0]
	}
	for _, tc := range []struct {
		name  string
		build func(g *graph.Graph)
		share func(t *testing.T, buffers map[string]*Buffer)
		want  string
	}{
		{
			"a reader that may come later",
			func(g *graph.Graph) {
				p, x := matrix(g, "p"), matrix(g, "x")
				g.Output("p'", graph.Sub(p, x))
				g.Output("y", product(g, x, p))
			},
			func(_ *testing.T, b map[string]*Buffer) { b["p'"] = b["p"] },
			"node MatMul_1 may read that after node Sub_1",
		},
		{
			"a reader of a reshaped state",
			func(g *graph.Graph) {
				p, x := matrix(g, "p"), matrix(g, "x")
				flat := graph.Reshape(p, graph.Of("flat", 64))
				g.Output("p'", graph.Sub(graph.Reshape(flat, shape), x))
				g.Output("y", graph.Neg(graph.Reshape(flat, shape)))
			},
			func(_ *testing.T, b map[string]*Buffer) { b["p'"] = b["p"] },
			"may read that after node Sub_1",
		},
		{
			"an operator that cannot",
			func(g *graph.Graph) { g.Output("p'", product(g, matrix(g, "p"), matrix(g, "x"))) },
			func(_ *testing.T, b map[string]*Buffer) { b["p'"] = b["p"] },
			"node MatMul_1 cannot write its result over what it reads",
		},
		{
			"memory that overlaps in part",
			func(g *graph.Graph) { g.Output("p'", graph.Add(matrix(g, "p"), matrix(g, "x"))) },
			func(t *testing.T, b map[string]*Buffer) {
				whole := floats(t, nil, 12, 8)
				b["p"], b["p'"] = rowsOf(t, whole, 0, 8), rowsOf(t, whole, 4, 12)
			},
			"node Add_1 cannot write its result over what it reads",
		},
		{
			"two outputs",
			func(g *graph.Graph) {
				p := matrix(g, "p")
				g.Output("a", graph.Neg(p))
				g.Output("b", graph.Exp(p))
			},
			func(_ *testing.T, b map[string]*Buffer) { b["b"] = b["a"] },
			`outputs "a" and "b" are bound to the same memory`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := graph.New()
			tc.build(g)
			buffers := map[string]*Buffer{}
			for _, in := range g.Inputs {
				buffers[in.Name()] = floats(t, nil, 8, 8)
			}
			for _, out := range g.Outputs {
				buffers[out.Name] = floats(t, nil, 8, 8)
			}
			s := session(t, g, Options{})
			bind(t, s, buffers) // with memory of its own each is fine
			tc.share(t, buffers)
			if _, err := s.Bind(buffers); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Bind gives %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func rowsOf(t *testing.T, b *Buffer, from, to int) *Buffer {
	t.Helper()
	part, err := b.Slice(from, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { part.Close() })
	return part
}
