package graph

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a decoded protobuf message: the values of each field in order, numbers as uint64 and
// everything else as bytes.
type message map[protowire.Number][]any

func decode(t *testing.T, b []byte) message {
	t.Helper()
	m := message{}
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		var v any
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var bits uint32
			bits, n = protowire.ConsumeFixed32(b)
			v = uint64(bits)
		case protowire.BytesType:
			v, n = protowire.ConsumeBytes(b)
		default:
			t.Fatalf("field %d has wire type %d, which ONNX does not use", field, kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m[field] = append(m[field], v)
		b = b[n:]
	}
	return m
}

func (m message) int(field protowire.Number) int64 {
	if len(m[field]) == 0 {
		return 0
	}
	return int64(m[field][0].(uint64))
}

func (m message) text(field protowire.Number) string {
	var all []string
	for _, v := range m[field] {
		all = append(all, string(v.([]byte)))
	}
	return strings.Join(all, ",")
}

func (m message) children(t *testing.T, field protowire.Number) []message {
	var all []message
	for _, v := range m[field] {
		all = append(all, decode(t, v.([]byte)))
	}
	return all
}

// describe writes a model as text, one line for each thing in it.
func describe(t *testing.T, model []byte) string {
	t.Helper()
	var b strings.Builder
	m := decode(t, model)
	fmt.Fprintf(&b, "ir %d by %s\n", m.int(1), m.text(2))
	for _, o := range m.children(t, 8) {
		fmt.Fprintf(&b, "opset %q %d\n", o.text(1), o.int(2))
	}
	g := m.children(t, 7)[0]
	for _, v := range g.children(t, 11) {
		fmt.Fprintf(&b, "input %s\n", describeValue(t, v))
	}
	for _, w := range g.children(t, 5) {
		fmt.Fprintf(&b, "initializer %s\n", describeTensor(t, w))
	}
	for _, n := range g.children(t, 1) {
		fmt.Fprintf(&b, "node %s: %s = %s.%s(%s)", n.text(3), n.text(2), n.text(7), n.text(4), n.text(1))
		for _, a := range n.children(t, 5) {
			fmt.Fprintf(&b, " %s", describeAttr(t, a))
		}
		b.WriteByte('\n')
	}
	for _, v := range g.children(t, 12) {
		fmt.Fprintf(&b, "output %s\n", describeValue(t, v))
	}
	return b.String()
}

func describeValue(t *testing.T, v message) string {
	tensor := v.children(t, 2)[0].children(t, 1)[0]
	s := fmt.Sprintf("%s %s", v.text(1), DType(tensor.int(1)))
	for _, d := range tensor.children(t, 2)[0].children(t, 1) {
		switch {
		case d.text(2) != "":
			s += " " + d.text(2)
		case len(d[1]) > 0:
			s += fmt.Sprintf(" %d", d.int(1))
		default:
			s += " ?"
		}
	}
	return s
}

func describeTensor(t *testing.T, w message) string {
	s := fmt.Sprintf("%s %s %v", w.text(8), DType(w.int(2)), w[1])
	if w.int(14) == 0 {
		return s + fmt.Sprintf(" %x", w[9][0])
	}
	for _, e := range w.children(t, 13) {
		s += fmt.Sprintf(" %s=%s", e.text(1), e.text(2))
	}
	return s
}

func describeAttr(t *testing.T, a message) string {
	number := func(v any) float32 { return math.Float32frombits(uint32(v.(uint64))) }
	switch a.int(20) {
	case attrFloat:
		return fmt.Sprintf("%s=%g", a.text(1), number(a[2][0]))
	case attrInt:
		return fmt.Sprintf("%s=%d", a.text(1), a.int(3))
	case attrString:
		return fmt.Sprintf("%s=%q", a.text(1), a.text(4))
	case attrTensor:
		return fmt.Sprintf("%s=%s", a.text(1), describeTensor(t, a.children(t, 5)[0]))
	case attrFloats:
		s := a.text(1) + "="
		for _, v := range a[7] {
			s += fmt.Sprintf("%g;", number(v))
		}
		return s
	case attrInts:
		return fmt.Sprintf("%s=%v", a.text(1), a[8])
	}
	return fmt.Sprintf("%s has type %d", a.text(1), a.int(20))
}

// everything is a graph with each thing that the encoder knows.
func everything() *Graph {
	g := New()
	x := g.Input("x", Float32, Of("batch", Dynamic, "in", 2))
	g.Input("unused", Bool, Shape{{"", Dynamic}})
	w := g.Param("w", Of("in", 2), true)
	v := g.TypedParam("v", Int8, Of("n", 3))
	g.Param("dead", Of("in", 2), true)
	y := Add(x, w)
	Exp(y) // nobody asks for it
	g.Output("y", y)
	g.Output("again", y)
	g.Output("same x", x)
	g.Output("v copy", v)
	g.Scope("layer1", func() {
		split := g.Emit("Odd", Microsoft, []*Tensor{y, nil, g.Ints(-1)}, []Value{{}, {Float32, Of("n", 1)}},
			Attr{"f", float32(0.5)}, Attr{"i", -2}, Attr{"s", "add"}, Attr{"fs", []float32{1, 2.5}}, Attr{"is", []int{-1, 300}},
			Attr{"t", Floats([]float32{1}, 1)})
		g.Output("odd", split[1])
	})
	return g
}

func TestEncode(t *testing.T) {
	model, err := everything().Encode(EncodeOptions{Initializers: map[string]Extent{"v": {64, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	const minus1 = "18446744073709551615" // −1 as protobuf writes it
	want := `ir 10 by workbench
opset "" 21
opset "com.microsoft" 1
input x float32 batch 2
input unused bool ?
input w float32 2
initializer const_1 int64 [1] ffffffffffffffff
initializer v int8 [3] location=weights offset=64 length=3
node Add_1: y = .Add(x,w)
node layer1/Odd_1: ,odd = com.microsoft.Odd(y,,const_1) f=0.5 i=-2 s="add" fs=1;2.5; is=[` + minus1 + ` 300] t= float32 [1] 0000803f
node output/again: again = .Identity(y)
node output/same x: same x = .Identity(x)
node output/v copy: v copy = .Identity(v)
output y float32 batch 2
output again float32 batch 2
output same x float32 batch 2
output v copy int8 3
output odd float32 1
`
	got := strings.ReplaceAll(describe(t, model), "layer1/const_1", "const_1")
	if got != want {
		t.Errorf("the encoded model is\n%s\nwant\n%s", got, want)
	}
}

func TestEncodeRefuses(t *testing.T) {
	x := func(g *Graph) *Tensor { return g.Input("x", Float32, Of("n", 2)) }
	for _, tc := range []struct {
		name  string
		build func(g *Graph)
		want  string
	}{
		{"no outputs", func(g *Graph) { x(g) }, "no outputs"},
		{"an output called like an input", func(g *Graph) { g.Output("x", Neg(x(g))) }, `two values of the graph are called "x"`},
		{"an input called like a param", func(g *Graph) { g.Output("y", Add(x(g), g.Param("x", Of("n", 2), false))) }, `two values of the graph are called "x"`},
		{"an attribute of another type", func(g *Graph) {
			g.Output("y", g.Emit("Neg", "", []*Tensor{x(g)}, []Value{{Float32, Of("n", 2)}}, Attr{"a", 1.5})[0])
		}, "node Neg_1: attribute a is a float64"},
		{"a constant that is not full", func(g *Graph) {
			g.Output("y", Add(x(g), g.Constant(Array{DType: Float32, Shape: []int{2}, F32: []float32{1}}, "n")))
		}, "1 values of float32 for shape [2], want 2"},
	} {
		g := New()
		tc.build(g)
		if _, err := g.Encode(EncodeOptions{}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: Encode gives %v, want an error with %q", tc.name, err, tc.want)
		}
	}
}

func TestLiveLeavesOutWhatNobodyNeeds(t *testing.T) {
	g := everything()
	live := g.Live()
	var got []string
	for _, n := range live.Nodes {
		got = append(got, n.Name)
	}
	for _, p := range live.Params {
		got = append(got, p.Name())
	}
	if want := "Add_1 layer1/Odd_1 w v"; strings.Join(got, " ") != want {
		t.Errorf("live are %q, want %q", got, want)
	}
}
