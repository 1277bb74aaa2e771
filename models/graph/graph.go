package graph

import "fmt"

// Graph is a computation under construction: inputs, parameters, nodes in the order in which they
// can run, and outputs. It is not safe for concurrent use.
type Graph struct {
	Inputs  []*Tensor // what the caller supplies at each run
	Params  []*Tensor // weights: supplied once, or bound like inputs, as the encoder is told
	Consts  []Const   // small values that travel inside the model
	Nodes   []*Node
	Outputs []Output

	tape   []step
	sealed bool // the backward pass is being appended: nothing goes on the tape
	params map[string]*Tensor
	scalar map[string]*Tensor // constants made so far, by content
	unique map[string]int
	scope  string
}

// Tensor is a symbolic value in a graph.
type Tensor struct {
	graph *Graph
	name  string
	dtype DType
	shape Shape
	grad  bool // a trainable parameter is upstream
}

// Node is one ONNX operator. Absent optional operands and results are nil.
type Node struct {
	Name    string
	Op      string // ONNX operator type
	Domain  string // "" for ONNX itself, Microsoft for ONNX Runtime's own operators
	Inputs  []*Tensor
	Outputs []*Tensor
	Attrs   []Attr
}

// Attr is one attribute of a node; Value is an int, float32, string, []int or []float32.
type Attr struct {
	Name  string
	Value any
}

// Const is a tensor whose value is part of the model.
type Const struct {
	Tensor *Tensor
	Value  Array
}

// Output names a result of the graph.
type Output struct {
	Name   string
	Tensor *Tensor
}

// Microsoft is the domain of the operators that ONNX Runtime adds to ONNX.
const Microsoft = "com.microsoft"

// New makes an empty graph.
func New() *Graph {
	return &Graph{params: map[string]*Tensor{}, scalar: map[string]*Tensor{}, unique: map[string]int{}}
}

// Name is the name of the value in the encoded model.
func (t *Tensor) Name() string { return t.name }

// DType is the element type.
func (t *Tensor) DType() DType { return t.dtype }

// Shape is the shape; callers must not change it.
func (t *Tensor) Shape() Shape { return t.shape }

// Graph is the graph the tensor belongs to.
func (t *Tensor) Graph() *Graph { return t.graph }

// NeedsGrad says whether a trainable parameter is upstream.
func (t *Tensor) NeedsGrad() bool { return t.grad }

// Scope runs build with every node made meanwhile named under name, so that errors and profiles
// of the runtime can be read: "layer3/attention/Gemm_2".
func (g *Graph) Scope(name string, build func()) {
	outer := g.scope
	g.scope = outer + name + "/"
	defer func() { g.scope = outer }()
	build()
}

// Input declares a value that is supplied at each run.
func (g *Graph) Input(name string, dtype DType, shape Shape) *Tensor {
	for _, in := range g.Inputs {
		if in.name == name {
			fail("input", "%q is declared twice", name)
		}
	}
	t := &Tensor{graph: g, name: name, dtype: dtype, shape: shape}
	g.Inputs = append(g.Inputs, t)
	return t
}

// Param declares a float32 weight, or returns it if it is declared already. A trainable one makes
// everything computed from it differentiable.
func (g *Graph) Param(name string, shape Shape, trainable bool) *Tensor {
	t := g.TypedParam(name, Float32, shape)
	t.grad = t.grad || trainable
	return t
}

// TypedParam declares a weight that is not float32, such as packed 4-bit blocks; such a weight is never trained.
func (g *Graph) TypedParam(name string, dtype DType, shape Shape) *Tensor {
	if t, ok := g.params[name]; ok {
		if t.shape.Elements() != shape.Elements() || t.dtype != dtype {
			fail("param", "%q is declared as %s %v and as %s %v", name, t.dtype, t.shape, dtype, shape)
		}
		return t
	}
	t := &Tensor{graph: g, name: name, dtype: dtype, shape: shape}
	g.params[name] = t
	g.Params = append(g.Params, t)
	return t
}

// Output gives a result its name in the encoded model.
func (g *Graph) Output(name string, t *Tensor) {
	for _, o := range g.Outputs {
		if o.Name == name {
			fail("output", "%q is declared twice", name)
		}
	}
	g.Outputs = append(g.Outputs, Output{name, t})
}

// Constant puts a value into the model. Equal scalars and equal integer lists are stored once.
func (g *Graph) Constant(value Array, axes ...string) *Tensor {
	key := ""
	if value.Elements() <= 16 {
		key = fmt.Sprint(value, axes)
		if t, ok := g.scalar[key]; ok {
			return t
		}
	}
	shape := make(Shape, len(value.Shape))
	for i, n := range value.Shape {
		shape[i] = Axis{Size: n}
		if i < len(axes) {
			shape[i].Name = axes[i]
		}
	}
	t := &Tensor{graph: g, name: g.fresh("const"), dtype: value.DType, shape: shape}
	g.Consts = append(g.Consts, Const{t, value})
	if key != "" {
		g.scalar[key] = t
	}
	return t
}

// Scalar is a float32 constant without axes.
func (g *Graph) Scalar(v float64) *Tensor {
	return g.Constant(Array{DType: Float32, F32: []float32{float32(v)}})
}

// Ints is a list of int64, as ONNX wants for shapes and axes.
func (g *Graph) Ints(v ...int) *Tensor {
	data := make([]int64, len(v))
	for i, n := range v {
		data[i] = int64(n)
	}
	return g.Constant(Array{DType: Int64, Shape: []int{len(v)}, I64: data})
}

// result describes one output of a node about to be made.
type result struct {
	dtype DType
	shape Shape
}

// node appends an operator with one result.
func (g *Graph) node(op, domain string, inputs []*Tensor, out result, attrs ...Attr) *Tensor {
	return g.nodes(op, domain, inputs, []result{out}, attrs...)[0]
}

// nodes appends an operator; a result with dtype 0 is left out.
func (g *Graph) nodes(op, domain string, inputs []*Tensor, outs []result, attrs ...Attr) []*Tensor {
	n := &Node{Name: g.fresh(op), Op: op, Domain: domain, Inputs: inputs, Attrs: attrs}
	grad := false
	for _, in := range inputs {
		if in == nil {
			continue
		}
		if in.graph != g {
			fail(op, "an operand belongs to another graph")
		}
		grad = grad || in.grad
	}
	for i, out := range outs {
		if out.dtype == 0 {
			n.Outputs = append(n.Outputs, nil)
			continue
		}
		name := n.Name
		if i > 0 {
			name = fmt.Sprintf("%s:%d", n.Name, i)
		}
		n.Outputs = append(n.Outputs, &Tensor{graph: g, name: name, dtype: out.dtype, shape: out.shape, grad: grad && out.dtype == Float32})
	}
	g.Nodes = append(g.Nodes, n)
	return n.Outputs
}

func (g *Graph) fresh(stem string) string {
	name := g.scope + stem
	g.unique[name]++
	return fmt.Sprintf("%s_%d", name, g.unique[name])
}
