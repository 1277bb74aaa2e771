package graph

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Interpret runs a graph in plain Go, slowly and obviously: every operator as its definition says, in
// float64, rounded to the element type after each node. Tests hold ONNX Runtime and the gradients
// against it. feeds has every input and every live param by name; the result has every output.
//
// Errors name the node, also where what it computes disagrees with the shape that the graph claims.
func Interpret(g *Graph, feeds map[string]Array) (map[string]Array, error) {
	run := interpretation{values: map[*Tensor]*value{}, sizes: map[string]int{}}
	live := g.Live()
	for _, list := range [][]*Tensor{g.Inputs, live.Params} {
		for _, t := range list {
			a, ok := feeds[t.name]
			if !ok {
				return nil, fmt.Errorf("interpret: nothing is fed for %q, want %s %v", t.name, t.dtype, t.shape)
			}
			if err := run.put(t, load(a)); err != nil {
				return nil, fmt.Errorf("interpret: %q: %w", t.name, err)
			}
		}
	}
	for _, c := range live.Consts {
		run.values[c.Tensor] = load(c.Value)
	}
	for _, n := range live.Nodes {
		if err := run.node(n); err != nil {
			return nil, fmt.Errorf("interpret: node %s (%s): %w", n.Name, OperatorKey(n.Op, n.Domain), err)
		}
	}
	out := map[string]Array{}
	for _, o := range g.Outputs {
		out[o.Name] = run.values[o.Tensor].store()
	}
	return out, nil
}

type interpretation struct {
	values map[*Tensor]*value
	sizes  map[string]int // of dynamic axes, by name
}

// put records a value after comparing it with what the graph says it is.
func (r *interpretation) put(t *Tensor, v *value) error {
	bad := v.dtype != t.dtype || len(v.shape) != len(t.shape)
	for i := 0; !bad && i < len(v.shape); i++ {
		want := t.shape[i].Size
		if name := t.shape[i].Name; want == Dynamic && name != "" {
			if _, known := r.sizes[name]; !known {
				r.sizes[name] = v.shape[i]
			}
			want = r.sizes[name]
		}
		bad = want != Dynamic && want != v.shape[i]
	}
	if bad {
		return fmt.Errorf("the value is %s %v, the graph says %s %v", v.dtype, v.shape, t.dtype, t.shape)
	}
	r.values[t] = v
	return nil
}

func (r *interpretation) node(n *Node) error {
	op, ok := operators[OperatorKey(n.Op, n.Domain)]
	if !ok {
		return fmt.Errorf("the interpreter does not know this operator; add it to operators in catalog.go")
	}
	c := &call{node: n}
	for _, in := range n.Inputs {
		c.in = append(c.in, r.values[in]) // nil for an absent operand
	}
	var results []*value
	if err := Catch(func() { results = op(c) }); err != nil {
		return err
	}
	for i, t := range n.Outputs {
		if t == nil {
			continue
		}
		if i >= len(results) {
			return fmt.Errorf("result %d is not computed by the interpreter", i)
		}
		results[i].round()
		if err := r.put(t, results[i]); err != nil {
			return fmt.Errorf("result %d: %w", i, err)
		}
	}
	return nil
}

// value is a tensor while it is interpreted: elements of any type as float64, which is exact for the
// integers below 2⁵³ that graphs use.
type value struct {
	dtype DType
	shape []int
	v     []float64
}

func newValue(dtype DType, shape []int) *value {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return &value{dtype, append([]int{}, shape...), make([]float64, n)}
}

func load(a Array) *value {
	t := newValue(a.DType, a.Shape)
	have := len(a.F32) + len(a.I64) + len(a.I32) + len(a.U8)
	if have != len(t.v) {
		return &value{dtype: a.DType, shape: []int{have}} // which no graph will take
	}
	for i := range t.v {
		switch a.DType {
		case Float32:
			t.v[i] = float64(a.F32[i])
		case Int64:
			t.v[i] = float64(a.I64[i])
		case Int32:
			t.v[i] = float64(a.I32[i])
		case Int8:
			t.v[i] = float64(int8(a.U8[i]))
		default:
			t.v[i] = float64(a.U8[i])
		}
	}
	return t
}

func (t *value) store() Array {
	a := Array{DType: t.dtype, Shape: t.shape}
	for _, x := range t.v {
		switch t.dtype {
		case Float32:
			a.F32 = append(a.F32, float32(x))
		case Int64:
			a.I64 = append(a.I64, int64(x))
		case Int32:
			a.I32 = append(a.I32, int32(x))
		case Int8:
			a.U8 = append(a.U8, uint8(int8(x)))
		default:
			a.U8 = append(a.U8, uint8(x))
		}
	}
	return a
}

// round makes the elements values of the type.
func (t *value) round() {
	for i, x := range t.v {
		switch t.dtype {
		case Float32:
			t.v[i] = float64(float32(x))
		case Bool:
			t.v[i] = truth(x != 0)
		default:
			t.v[i] = math.Trunc(x)
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (t *value) clone() *value {
	return &value{t.dtype, t.shape, append([]float64{}, t.v...)}
}

// Operators lists the operators that the interpreter knows, as [OperatorKey] names them, in order.
func Operators() []string { return slices.Sorted(maps.Keys(operators)) }

// OperatorKey names an operator: its type, after its domain if it has one.
func OperatorKey(op, domain string) string {
	if domain == "" {
		return op
	}
	return domain + "." + op
}
