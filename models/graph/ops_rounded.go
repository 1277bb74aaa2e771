package graph

// Suffixes of the parameters that stand for a frozen weight in 8 bits, through which gradients pass.
const (
	RoundedCodes  = ".codes8"  // [out, in] int8
	RoundedScales = ".scales8" // [in]: weight = code · scale
)

// roundedProduct is d · w for gradients d [token, out] and a weight in 8 bits with a scale a column. Each
// row of d is rounded to 8 bits by a scale of its own, so that no row depends on the others.
func roundedProduct(d, codes, scales *Tensor) *Tensor {
	g, rows := d.graph, d.shape[0]
	one := Shape{rows, {Name: codes.shape[1].Name, Size: 1}}
	size := g.node("Abs", "", []*Tensor{d}, result{Float32, d.shape})
	size = g.node("ReduceMax", "", []*Tensor{size, g.Ints(1)}, result{Float32, one}, Attr{"keepdims", 1})
	// A row of zeros has no scale; the smallest keeps it a row of zeros.
	scale := Maximum(Mul(size, g.Scalar(1.0/127)), g.Scalar(1e-30))
	zero := g.Constant(Array{DType: Uint8, U8: []uint8{128}})
	zeros := g.Constant(Array{DType: Uint8, Shape: []int{rows.Size}, U8: repeated(128, rows.Size)})
	d8 := g.node("QuantizeLinear", "", []*Tensor{d, Reshape(scale, Shape{rows}), zeros}, result{Uint8, d.shape}, Attr{"axis", 0})
	y := g.node("MatMulIntegerToFloat", Microsoft, []*Tensor{d8, codes, g.Scalar(1), scales, zero}, result{Float32, Shape{rows, codes.shape[1]}})
	return Mul(y, scale)
}

func repeated(v uint8, n int) []uint8 {
	all := make([]uint8, n)
	for i := range all {
		all[i] = v
	}
	return all
}
