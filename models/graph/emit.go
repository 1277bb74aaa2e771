package graph

// Value describes a result of [Graph.Emit].
type Value struct {
	DType DType
	Shape Shape
}

// Emit appends an ONNX operator as it is, and returns its results; those with DType 0 are left out.
// It is for operators that no function of this package stands for. Shapes are not checked, and no
// gradient passes.
func (g *Graph) Emit(op, domain string, inputs []*Tensor, results []Value, attrs ...Attr) []*Tensor {
	outs := make([]result, len(results))
	for i, r := range results {
		outs[i] = result{r.DType, r.Shape}
	}
	made := g.nodes(op, domain, inputs, outs, attrs...)
	for _, t := range made {
		if t != nil {
			t.grad = false
		}
	}
	return made
}
