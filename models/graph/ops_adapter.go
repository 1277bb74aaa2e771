package graph

// LowRank is x · (w + s·b·a)ᵀ without ever forming the sum (Hu et al. 2021, §4.1): x [token, in],
// w [out, in], a [rank, in], b [out, rank].
func LowRank(x, w, a, b *Tensor, s float64) *Tensor {
	if len(x.shape) != 2 {
		return Add(Linear(x, w, 1), Linear(Linear(x, a, 1), b, s))
	}
	return lowRank(x, w, a, b, s, func(d *Tensor) *Tensor { return gemm(d, w, false, false, 1, nil) })
}

// lowRank is LowRank of a matrix x; back says how the gradient goes through w.
func lowRank(x, w, a, b *Tensor, s float64, back func(d *Tensor) *Tensor) *Tensor {
	g := x.graph
	xa := gemm(x, a, false, true, 1, nil)
	y := gemm(xa, b, false, true, s, gemm(x, w, false, true, 1, nil))
	g.record("LowRank", []*Tensor{y}, []*Tensor{x, w, a, b}, func(dout []*Tensor) []*Tensor {
		d := dout[0]
		var dx, dw, da, db *Tensor
		var dxa *Tensor
		if x.grad || a.grad {
			dxa = gemm(d, b, false, false, s, nil)
		}
		if x.grad {
			dx = gemm(dxa, a, false, false, 1, back(d))
		}
		if w.grad {
			dw = gemm(d, x, true, false, 1, nil)
		}
		if a.grad {
			da = gemm(dxa, x, true, false, 1, nil)
		}
		if b.grad {
			db = gemm(d, xa, true, false, s, nil)
		}
		return []*Tensor{dx, dw, da, db}
	})
	return y
}

// QuantizedLinear is x · wᵀ for a weight in blocks of 4 or 8 bits along its input: packed
// [out, in/block, block·bits/8] uint8, one float32 scale a block [out·in/block], and the codes that
// mean 0, packed as the weights are row by row, or nil where that is the middle of the range. It has
// no gradient.
func QuantizedLinear(x, packed, scales, zeros *Tensor, out, in, bits, block int) *Tensor {
	if x.shape[len(x.shape)-1].Size != in || in%block != 0 {
		fail("quantized linear", "%v does not fit a weight of %d × %d in blocks of %d", x.shape, out, in, block)
	}
	shape := append(append(Shape{}, x.shape[:len(x.shape)-1]...), Axis{"out", out})
	operands := []*Tensor{x, packed, scales}
	if zeros != nil {
		operands = append(operands, zeros)
	}
	return x.graph.node("MatMulNBits", Microsoft, operands, result{Float32, shape},
		Attr{"K", in}, Attr{"N", out}, Attr{"bits", bits}, Attr{"block_size", block}, Attr{"accuracy_level", 4})
}
