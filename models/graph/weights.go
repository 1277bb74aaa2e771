package graph

// Spec is the name and shape of a weight, as in the checkpoint.
type Spec struct {
	Name  string
	Shape []int
}

// Weights hands an architecture its parameters. It decides what a name stands for: a plain weight,
// one with a low-rank adapter, or a quantised one; the architecture need not know.
type Weights struct {
	Graph     *Graph
	Prefix    string   // of parameter names, so that several models fit into one graph
	Trainable bool     // the weights themselves are trained
	Adapter   *Adapter // nil for none
	Bits      int      // 4 or 8: linear weights are quantised in blocks; 0: float32
	Block     int      // elements a block
	// Rounded lets gradients pass frozen linear weights in 8 bits: faster, and a little off. What is computed
	// forward is exact all the same.
	Rounded bool
}

// Adapter is a low-rank update of some linear weights: w + alpha/rank · b·a.
type Adapter struct {
	Prefix    string // of parameter names
	Rank      int
	Alpha     float64
	On        func(weight string) bool // which weights
	Trainable bool
}

// Param is the weight called name.
func (w *Weights) Param(name string, shape Shape) *Tensor {
	return w.Graph.Param(w.Prefix+name, shape, w.Trainable)
}

// Linear applies the linear weight called name, [out, in], to x [… in].
func (w *Weights) Linear(x *Tensor, name string, out, in Axis) *Tensor {
	if w.Bits != 0 {
		return w.quantized(x, name, out, in)
	}
	p := w.Param(name, Shape{out, in})
	rounded := w.Rounded && !w.Trainable && len(x.shape) == 2
	back := func(d *Tensor) *Tensor {
		return roundedProduct(d, w.Graph.TypedParam(w.Prefix+name+RoundedCodes, Int8, Shape{out, in}),
			w.Graph.TypedParam(w.Prefix+name+RoundedScales, Float32, Shape{in}))
	}
	if w.Adapter == nil || !w.Adapter.On(name) {
		if rounded {
			return linear(x, p, 1, back)
		}
		return Linear(x, p, 1)
	}
	a, b := w.Adapter.params(w.Graph, name, out, in)
	scale := w.Adapter.Alpha / float64(w.Adapter.Rank)
	if rounded {
		return lowRank(x, p, a, b, scale, back)
	}
	return LowRank(x, p, a, b, scale)
}

func (w *Weights) quantized(x *Tensor, name string, out, in Axis) *Tensor {
	blocks := in.Size / w.Block
	packed := w.Graph.TypedParam(w.Prefix+name+QuantPacked, Uint8, Of("out", out.Size, "block", blocks, "byte", w.Block*w.Bits/8))
	scales := w.Graph.TypedParam(w.Prefix+name+QuantScales, Float32, Of("scale", out.Size*blocks))
	var zeros *Tensor
	if w.Bits == 4 {
		zeros = w.Graph.TypedParam(w.Prefix+name+QuantZeros, Uint8, Of("zero", out.Size*((blocks+1)/2)))
	}
	y := QuantizedLinear(x, packed, scales, zeros, out.Size, in.Size, w.Bits, w.Block)
	y.shape[len(y.shape)-1] = out
	return y
}

// Suffixes of the parameters that stand for a quantised weight.
const (
	QuantPacked = ".packed"
	QuantScales = ".scales"
	QuantZeros  = ".zeros" // of 4-bit weights: where a block has its 0
)

// LoraA and LoraB name an adapter's matrices for a weight, as PEFT does.
func LoraA(weight string) string { return trim(weight) + ".lora_A.weight" }

// LoraB is the name of the matrix [out, rank].
func LoraB(weight string) string { return trim(weight) + ".lora_B.weight" }

func trim(weight string) string {
	const suffix = ".weight"
	if n := len(weight) - len(suffix); n > 0 && weight[n:] == suffix {
		return weight[:n]
	}
	return weight
}

func (a *Adapter) params(g *Graph, name string, out, in Axis) (pa, pb *Tensor) {
	rank := Axis{"rank", a.Rank}
	pa = g.Param(a.Prefix+LoraA(name), Shape{rank, in}, a.Trainable)
	pb = g.Param(a.Prefix+LoraB(name), Shape{out, rank}, a.Trainable)
	return pa, pb
}
