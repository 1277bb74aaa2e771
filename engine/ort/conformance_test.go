package ort

import (
	"math"
	"math/rand/v2"
	"testing"

	"workbench/models/graph"
)

// kernel is one way of using an operator, in a graph of its own.
type kernel struct {
	op     string
	domain string
	in     []graph.Array
	out    []graph.Value
	attrs  []graph.Attr
	loose  float64     // relative tolerance, where 1e-5 is too strict
	onto   map[int]int // results that are written over operands
}

// build makes inputs of the operands, but for small integers, which the runtime wants as constants.
func (k kernel) build() (*graph.Graph, map[string]graph.Array) {
	g := graph.New()
	feeds := map[string]graph.Array{}
	var operands []*graph.Tensor
	for i, a := range k.in {
		switch {
		case a.DType == 0:
			operands = append(operands, nil)
		case a.DType == graph.Int64 && len(a.Shape) <= 1 && k.constantInts():
			operands = append(operands, g.Constant(a))
		default:
			name := operandName(i)
			shape := make(graph.Shape, len(a.Shape))
			for j, n := range a.Shape {
				shape[j] = graph.Axis{Size: n}
			}
			operands = append(operands, g.Input(name, a.DType, shape))
			feeds[name] = a
		}
	}
	for i, t := range g.Emit(k.op, k.domain, operands, k.out, k.attrs...) {
		if t != nil {
			g.Output("out"+string(rune('0'+i)), t)
		}
	}
	return g, feeds
}

func operandName(i int) string { return string(rune('a' + i)) }

func (k kernel) constantInts() bool {
	switch k.op {
	case "Gather", "Add", "Sub", "Mul", "Div", "Equal", "Greater", "Cast", "Range", "GatherND":
		return false
	}
	return true
}

// onRuntime runs the graph on ONNX Runtime.
func onRuntime(t *testing.T, g *graph.Graph, feeds map[string]graph.Array, onto map[int]int) map[string]graph.Array {
	t.Helper()
	buffers := map[string]*Buffer{}
	for name, a := range feeds {
		b, err := NewBuffer(a.DType, a.Shape...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		copy(b.Float32(), a.F32)
		copy(b.Int64(), a.I64)
		copy(b.Int32(), a.I32)
		if a.U8 != nil {
			copy(b.Bytes(), a.U8)
		}
		buffers[name] = b
	}
	for i, o := range g.Outputs {
		if operand, ok := onto[i]; ok {
			buffers[o.Name] = buffers[operandName(operand)]
			continue
		}
		b, err := NewBuffer(o.Tensor.DType(), o.Tensor.Shape().Sizes()...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		buffers[o.Name] = b
	}
	s := session(t, g, Options{Threads: 1})
	if err := bind(t, s, buffers).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]graph.Array{}
	for _, o := range g.Outputs {
		b := buffers[o.Name]
		a := graph.Array{DType: b.DType(), Shape: b.Shape(), F32: b.Float32(), I64: b.Int64(), I32: b.Int32()}
		if b.DType().Size() == 1 {
			a.U8 = b.Bytes()
		}
		got[o.Name] = a
	}
	return got
}

func TestRuntimeAgreesWithInterpreter(t *testing.T) {
	library(t)
	seen := map[string]bool{}
	for _, k := range kernels() {
		seen[graph.OperatorKey(k.op, k.domain)] = true
		t.Run(k.op, func(t *testing.T) {
			g, feeds := k.build()
			want, err := graph.Interpret(g, feeds)
			if err != nil {
				t.Fatal(err)
			}
			got := onRuntime(t, g, feeds, k.onto)
			for _, o := range g.Outputs {
				agree(t, o.Name, got[o.Name], want[o.Name], max(k.loose, 1e-5))
			}
		})
	}
	for _, op := range graph.Operators() {
		if !seen[op] {
			t.Errorf("no kernel here compares operator %s with the interpreter", op)
		}
	}
}

// agree compares two arrays; floats to a tolerance relative to the largest element.
func agree(t *testing.T, name string, got, want graph.Array, tolerance float64) {
	t.Helper()
	if got.DType != want.DType || len(got.F32) != len(want.F32) || len(got.I64) != len(want.I64) || len(got.U8) != len(want.U8) {
		t.Fatalf("%s: got %s %v, want %s %v", name, got.DType, got.Shape, want.DType, want.Shape)
	}
	scale := 1e-3
	for _, w := range want.F32 {
		scale = max(scale, math.Abs(float64(w)))
	}
	for i, w := range want.F32 {
		if d := math.Abs(float64(got.F32[i]) - float64(w)); d > tolerance*scale || math.IsNaN(d) {
			t.Fatalf("%s[%d] of %v: runtime %g, interpreter %g", name, i, want.Shape, got.F32[i], w)
		}
	}
	for i, w := range want.I64 {
		if got.I64[i] != w {
			t.Fatalf("%s[%d] of %v: runtime %d, interpreter %d", name, i, want.Shape, got.I64[i], w)
		}
	}
	for i, w := range want.I32 {
		if got.I32[i] != w {
			t.Fatalf("%s[%d] of %v: runtime %d, interpreter %d", name, i, want.Shape, got.I32[i], w)
		}
	}
	for i, w := range want.U8 {
		if got.U8[i] != w {
			t.Fatalf("%s[%d] of %v: runtime %d, interpreter %d", name, i, want.Shape, got.U8[i], w)
		}
	}
}

// Shorthands of the table.

func normal(seed uint64, shape ...int) graph.Array {
	r := rand.New(rand.NewPCG(seed, 0))
	a := graph.Array{DType: graph.Float32, Shape: shape}
	a.F32 = make([]float32, a.Elements())
	for i := range a.F32 {
		a.F32[i] = float32(r.NormFloat64())
	}
	return a
}

// positive is in (0.1, 2).
func positive(seed uint64, shape ...int) graph.Array {
	a := normal(seed, shape...)
	for i, x := range a.F32 {
		a.F32[i] = float32(0.1 + 1.9/(1+math.Exp(float64(-x))))
	}
	return a
}

func bools(v ...uint8) graph.Array {
	return graph.Array{DType: graph.Bool, Shape: []int{len(v)}, U8: v}
}

func ints(v ...int64) graph.Array { return graph.Int64s(v, len(v)) }

func scalar(v float32) graph.Array { return graph.Floats([]float32{v}) }

func makes(dtype graph.DType, shape ...int) graph.Value {
	s := make(graph.Shape, len(shape))
	for i, n := range shape {
		s[i] = graph.Axis{Size: n}
	}
	return graph.Value{DType: dtype, Shape: s}
}

func attr(name string, value any) graph.Attr { return graph.Attr{Name: name, Value: value} }
