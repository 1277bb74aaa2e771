package graph

// MatMul multiplies the last two axes of a and b, over equal leading axes, and scales by alpha:
// [… m, k] · [… k, n]. transA and transB read an operand transposed, so that no transposition is
// ever emitted: the runtime packs operands either way.
func MatMul(a, b *Tensor, transA, transB bool, alpha float64) *Tensor {
	y := matmul(a, b, transA, transB, alpha)
	a.graph.record("MatMul", []*Tensor{y}, []*Tensor{a, b}, func(dout []*Tensor) []*Tensor {
		d := dout[0]
		var da, db *Tensor
		if a.grad {
			if transA {
				da = matmul(b, d, transB, true, alpha)
			} else {
				da = matmul(d, b, false, !transB, alpha)
			}
		}
		if b.grad {
			if transB {
				db = matmul(d, a, true, transA, alpha)
			} else {
				db = matmul(a, d, !transA, false, alpha)
			}
		}
		return []*Tensor{da, db}
	})
	return y
}

func matmul(a, b *Tensor, transA, transB bool, alpha float64) *Tensor {
	r := len(a.shape)
	if r < 2 || len(b.shape) != r {
		fail("matmul", "%v and %v: want the same number of axes, at least two", a.shape, b.shape)
	}
	m, k := a.shape[r-2], a.shape[r-1]
	if transA {
		m, k = k, m
	}
	kb, n := b.shape[r-2], b.shape[r-1]
	if transB {
		kb, n = n, kb
	}
	if k.Size != kb.Size || !a.shape[:r-2].Equal(b.shape[:r-2]) {
		fail("matmul", "%v and %v do not go together (transposed: %t, %t)", a.shape, b.shape, transA, transB)
	}
	out := append(append(Shape{}, a.shape[:r-2]...), m, n)
	return a.graph.node("FusedMatMul", Microsoft, []*Tensor{a, b}, result{Float32, out},
		Attr{"transA", flag(transA)}, Attr{"transB", flag(transB)}, Attr{"alpha", float32(alpha)})
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}

// gemm is alpha · op(a) · op(b), for matrices; names the result's axes.
func gemm(a, b *Tensor, transA, transB bool, alpha float64, add *Tensor) *Tensor {
	m, k := a.shape[0], a.shape[1]
	if transA {
		m, k = k, m
	}
	kb, n := b.shape[0], b.shape[1]
	if transB {
		kb, n = n, kb
	}
	if k.Size != kb.Size {
		fail("gemm", "%v and %v do not go together (transposed: %t, %t)", a.shape, b.shape, transA, transB)
	}
	in := []*Tensor{a, b}
	if add != nil {
		in = append(in, add)
	}
	return a.graph.node("Gemm", "", in, result{Float32, Shape{m, n}},
		Attr{"transA", flag(transA)}, Attr{"transB", flag(transB)}, Attr{"alpha", float32(alpha)})
}

// Linear is x · wᵀ · alpha for a weight stored [out, in], as checkpoints store it. x is [token, in],
// or [batch, seq, in] in graphs for inference.
func Linear(x, w *Tensor, alpha float64) *Tensor {
	if len(w.shape) != 2 || len(x.shape) < 2 || x.shape[len(x.shape)-1].Size != w.shape[1].Size {
		fail("linear", "%v does not fit a weight of %v (out, in)", x.shape, w.shape)
	}
	if len(x.shape) > 2 {
		out := append(append(Shape{}, x.shape[:len(x.shape)-1]...), w.shape[0])
		y := x.graph.node("FusedMatMul", Microsoft, []*Tensor{x, w}, result{Float32, out}, Attr{"transB", 1}, Attr{"alpha", float32(alpha)})
		x.graph.record("Linear", []*Tensor{y}, []*Tensor{x, w}, func([]*Tensor) []*Tensor {
			fail("linear", "gradients want x as [token, in], this is %v", x.shape)
			return nil
		})
		return y
	}
	return linear(x, w, alpha, func(d *Tensor) *Tensor { return gemm(d, w, false, false, alpha, nil) })
}

// linear is Linear of a matrix x; back says how the gradient goes through w.
func linear(x, w *Tensor, alpha float64, back func(d *Tensor) *Tensor) *Tensor {
	y := gemm(x, w, false, true, alpha, nil)
	x.graph.record("Linear", []*Tensor{y}, []*Tensor{x, w}, func(dout []*Tensor) []*Tensor {
		var dx, dw *Tensor
		if x.grad {
			dx = back(dout[0])
		}
		if w.grad {
			dw = gemm(dout[0], x, true, false, alpha, nil)
		}
		return []*Tensor{dx, dw}
	})
	return y
}
