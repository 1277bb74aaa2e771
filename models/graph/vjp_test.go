package graph

import (
	"math"
	"math/rand/v2"
	"testing"
)

// vjpCase is an operation on parameters of given shapes.
type vjpCase struct {
	name   string
	params []Shape
	build  func(g *Graph, p []*Tensor) *Tensor
	from   float64 // parameters are drawn from [from, from+1.5); 0 means around 0
}

func ids(g *Graph, axis string, v ...int64) *Tensor {
	return g.Constant(Int64s(v, len(v)), axis)
}

func causal(g *Graph, batch, seq int) *Tensor {
	m := make([]float32, batch*seq*seq)
	for i := range m {
		if i%seq > i/seq%seq {
			m[i] = -1e9
		}
	}
	return g.Constant(Floats(m, batch, seq, seq), "batch", "seq", "key")
}

func angles(g *Graph) (positions, cos, sin *Tensor) {
	c, s := make([]float32, 12), make([]float32, 12)
	for i := range c {
		c[i], s[i] = float32(math.Cos(float64(i))), float32(math.Sin(float64(i)))
	}
	return g.Constant(Int64s([]int64{0, 1, 2, 5, 3, 1}, 2, 3), "batch", "seq"),
		g.Constant(Floats(c, 6, 2), "position", "half"), g.Constant(Floats(s, 6, 2), "position", "half")
}

var (
	vec   = Of("batch", 3)
	mat   = Of("batch", 3, "seq", 4)
	other = Of("seq", 4)
)

func one(f func(*Tensor) *Tensor) func(*Graph, []*Tensor) *Tensor {
	return func(_ *Graph, p []*Tensor) *Tensor { return f(p[0]) }
}

func two(f func(a, b *Tensor) *Tensor) func(*Graph, []*Tensor) *Tensor {
	return func(_ *Graph, p []*Tensor) *Tensor { return f(p[0], p[1]) }
}

var vjpCases = []vjpCase{
	{"Add", []Shape{mat, vec}, two(Add), 0},
	{"Add of a vector along the last axis", []Shape{mat, other}, two(Add), 0},
	{"Sub", []Shape{vec, mat}, two(Sub), 0},
	{"Mul", []Shape{mat, vec}, two(Mul), 0},
	{"Mul with itself", []Shape{mat}, one(Square), 0},
	{"Div", []Shape{mat, vec}, two(Div), 0.5},
	{"Maximum", []Shape{mat, vec}, two(Maximum), 0},
	{"Minimum", []Shape{mat, other}, two(Minimum), 0},
	{"Neg", []Shape{mat}, one(Neg), 0},
	{"Exp", []Shape{mat}, one(Exp), 0},
	{"Log", []Shape{mat}, one(Log), 0.5},
	{"Sqrt", []Shape{mat}, one(Sqrt), 0.5},
	{"Abs", []Shape{mat}, one(Abs), 0},
	{"Tanh", []Shape{mat}, one(Tanh), 0},
	{"Sigmoid", []Shape{mat}, one(Sigmoid), 0},
	{"Softplus", []Shape{mat}, one(Softplus), 0},
	{"LogSigmoid", []Shape{mat}, one(LogSigmoid), 0},
	{"Gelu", []Shape{mat}, one(Gelu), 0},
	{"Clip", []Shape{mat}, one(func(x *Tensor) *Tensor { return Clip(x, -0.3, 0.33) }), 0},
	{"Where", []Shape{mat, vec}, two(func(a, b *Tensor) *Tensor { return Where(Greater(a, a.graph.Scalar(0.1)), a, b) }), 0},
	{"Sum", []Shape{mat}, one(func(x *Tensor) *Tensor { return Sum(x, "seq") }), 0},
	{"Sum of all", []Shape{mat}, one(func(x *Tensor) *Tensor { return Sum(x) }), 0},
	{"Mean", []Shape{mat}, one(func(x *Tensor) *Tensor { return Mean(x, "batch") }), 0},
	{"MaskedMean", []Shape{mat}, one(func(x *Tensor) *Tensor {
		return MaskedMean(x, Greater(StopGradient(x), x.graph.Scalar(-0.2)))
	}), 0},
	{"Max", []Shape{mat}, one(func(x *Tensor) *Tensor { return Max(x, "seq") }), 0},
	{"Softmax", []Shape{mat}, one(func(x *Tensor) *Tensor { return Softmax(x, "seq") }), 0},
	{"LogSumExp", []Shape{mat}, one(func(x *Tensor) *Tensor { return LogSumExp(x, "seq") }), 0},
	{"LogSoftmax", []Shape{mat}, one(func(x *Tensor) *Tensor { return LogSoftmax(x, "seq") }), 0},
	{"Reshape", []Shape{mat}, one(func(x *Tensor) *Tensor { return Reshape(x, Of("half", 6, "rest", 2)) }), 0},
	{"Transpose", []Shape{Of("a", 2, "b", 3, "c", 4)}, one(func(x *Tensor) *Tensor { return Transpose(x, "c", "a", "b") }), 0},
	{"Slice", []Shape{mat}, one(func(x *Tensor) *Tensor { return Slice(x, "seq", 1, 3) }), 0},
	{"Concat", []Shape{mat, Of("batch", 3, "seq", 2)}, two(func(a, b *Tensor) *Tensor { return Concat("seq", a, b) }), 0},
	{"Rows", []Shape{Of("vocab", 5, "width", 3)}, func(g *Graph, p []*Tensor) *Tensor {
		return Rows(p[0], ids(g, "token", 4, 0, 4, 2))
	}, 0},
	{"ScatterRows", []Shape{Of("token", 4, "width", 3)}, func(g *Graph, p []*Tensor) *Tensor {
		return ScatterRows(Axis{"place", 6}, ids(g, "token", 5, 0, 5, 2), p[0])
	}, 0},
	{"Take", []Shape{mat}, func(g *Graph, p []*Tensor) *Tensor { return Take(p[0], ids(g, "batch", 3, 0, 3)) }, 0},
	{"MatMul", []Shape{Of("b", 2, "m", 3, "k", 4), Of("b", 2, "k", 4, "n", 2)}, two(func(a, b *Tensor) *Tensor { return MatMul(a, b, false, false, 0.7) }), 0},
	{"MatMul, both transposed", []Shape{Of("b", 2, "k", 4, "m", 3), Of("b", 2, "n", 2, "k", 4)}, two(func(a, b *Tensor) *Tensor { return MatMul(a, b, true, true, 1) }), 0},
	{"Linear", []Shape{Of("token", 3, "in", 4), Of("out", 5, "in", 4)}, two(func(x, w *Tensor) *Tensor { return Linear(x, w, 0.5) }), 0},
	{"LowRank", []Shape{Of("token", 3, "in", 4), Of("out", 5, "in", 4), Of("rank", 2, "in", 4), Of("out", 5, "rank", 2)}, func(_ *Graph, p []*Tensor) *Tensor {
		return LowRank(p[0], p[1], p[2], p[3], 2)
	}, 0},
	{"RMSNorm", []Shape{Of("token", 3, "width", 4), Of("width", 4)}, two(func(x, w *Tensor) *Tensor { return RMSNorm(x, w, 1e-5) }), 0},
	{"Rotary", []Shape{Of("batch", 2, "seq", 3, "channel", 8)}, func(g *Graph, p []*Tensor) *Tensor {
		positions, cos, sin := angles(g)
		return Rotary(p[0], positions, cos, sin, 2)
	}, 0},
	{"SwiGLU", []Shape{mat, mat}, two(SwiGLU), 0},
	{"Attend", []Shape{Of("batch", 2, "keyhead", 2, "query", 6, "dim", 4), Of("batch", 2, "keyhead", 2, "seq", 3, "dim", 4), Of("batch", 2, "keyhead", 2, "seq", 3, "dim", 4)}, func(g *Graph, p []*Tensor) *Tensor {
		return Attend(p[0], p[1], p[2], causal(g, 2, 3), 2, 0.5)
	}, 0},
	{"TokenLogProb", []Shape{Of("row", 4, "width", 3), Of("vocab", 6, "width", 3)}, func(g *Graph, p []*Tensor) *Tensor {
		logp, _ := TokenLogProb(p[0], p[1], ids(g, "row", 5, 0, 5, 2), 1.3)
		return logp
	}, 0},
	{"TokenLogProb in chunks", []Shape{Of("row", 2*headChunk+3, "width", 2), Of("vocab", 4, "width", 2)}, func(g *Graph, p []*Tensor) *Tensor {
		labels := make([]int64, 2*headChunk+3)
		for i := range labels {
			labels[i] = int64(i % 4)
		}
		logp, _ := TokenLogProb(p[0], p[1], ids(g, "row", labels...), 1)
		return logp
	}, 0},
}

// TestVJPs compares each gradient with the central difference of a random projection of the result.
func TestVJPs(t *testing.T) {
	for _, c := range vjpCases {
		t.Run(c.name, func(t *testing.T) { checkVJP(t, c) })
	}
}

func checkVJP(t *testing.T, c vjpCase) {
	rng := rand.New(rand.NewPCG(11, 7))
	g := New()
	var params []*Tensor
	feeds := map[string]Array{}
	for i, s := range c.params {
		p := g.Param(string(rune('p'+i)), s, true)
		values := make([]float32, s.Elements())
		for k, at := range rng.Perm(len(values)) {
			// On a grid of its own for each parameter: no two values so close that a kink lies between.
			values[k] = float32(c.from + 1.5*(float64(at)+0.2+0.3*float64(i))/float64(len(values)))
			if c.from == 0 {
				values[k] -= 0.75
			}
		}
		params, feeds[p.Name()] = append(params, p), Floats(values, s.Sizes()...)
	}
	y := c.build(g, params)
	project := make([]float32, y.Shape().Elements())
	for i := range project {
		project[i] = float32(rng.NormFloat64())
	}
	var axes []string
	for _, a := range y.Shape() {
		axes = append(axes, a.Name)
	}
	loss := Sum(Mul(y, g.Constant(Floats(project, y.Shape().Sizes()...), axes...)))
	g.Output("y", y)
	for i, d := range g.Grad(loss, params) {
		if d == nil {
			t.Fatalf("no gradient reaches parameter %d", i)
		}
		g.Output("grad:"+params[i].Name(), d)
	}
	value := func() float64 { // in float64, so that the difference is not lost in rounding
		out, err := Interpret(g, feeds)
		if err != nil {
			t.Fatal(err)
		}
		var s float64
		for i, v := range out["y"].F32 {
			s += float64(v) * float64(project[i])
		}
		return s
	}
	out, err := Interpret(g, feeds)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range params {
		grad := out["grad:"+p.Name()].F32
		data := feeds[p.Name()].F32
		for range min(len(data), 8) {
			i := rng.IntN(len(data))
			const h = 1e-3
			was := data[i]
			data[i] = was + h
			up := value()
			data[i] = was - h
			down := value()
			data[i] = was
			want := (up - down) / (2 * h)
			if got := float64(grad[i]); math.Abs(got-want) > 4e-3*math.Abs(want)+4e-3 {
				t.Errorf("gradient of parameter %s at %d: %g, central difference %g", p.Name(), i, got, want)
			}
		}
	}
}

// TestGradExplains is about what can't be differentiated.
func TestGradExplains(t *testing.T) {
	tests := []struct {
		name  string
		build func(g *Graph)
	}{
		{"not a scalar", func(g *Graph) {
			p := g.Param("p", mat, true)
			g.Grad(Exp(p), []*Tensor{p})
		}},
		{"axes that do not go together", func(g *Graph) { Add(g.Param("p", mat, true), g.Param("q", Of("token", 3), true)) }},
		{"one axis, two sizes", func(g *Graph) { Add(g.Param("p", mat, true), g.Param("q", Of("seq", 5), true)) }},
		{"unknown axis", func(g *Graph) { Sum(g.Param("p", mat, true), "token") }},
		{"input declared twice", func(g *Graph) { g.Input("x", Float32, vec); g.Input("x", Float32, vec) }},
		{"sequence of another graph", func(g *Graph) { Add(g.Param("p", vec, true), New().Param("q", vec, true)) }},
	}
	for _, tt := range tests {
		if err := Catch(func() { tt.build(New()) }); err == nil {
			t.Errorf("%s: no error", tt.name)
		} else {
			t.Logf("%s: %v", tt.name, err)
		}
	}
}
