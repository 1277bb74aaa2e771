package graph

// RMSNorm is x / √(mean(x²) + eps) · w along the last axis (Zhang and Sennrich 2019, eq. 4).
func RMSNorm(x, w *Tensor, eps float64) *Tensor {
	at := len(x.shape) - 1
	one := append(Shape{}, x.shape...)
	one[at].Size = 1
	g := x.graph
	outs := g.nodes("SimplifiedLayerNormalization", "", []*Tensor{x, w}, []result{{Float32, x.shape}, {Float32, one}},
		Attr{"axis", -1}, Attr{"epsilon", float32(eps)})
	y, inv := outs[0], outs[1] // inv is 1 / √(mean(x²) + eps)
	g.record("RMSNorm", []*Tensor{y}, []*Tensor{x, w}, func(dout []*Tensor) []*Tensor {
		d := dout[0]
		unit := Mul(x, inv)
		var dx, dw *Tensor
		if x.grad {
			dunit := Mul(d, w)
			mean := g.node("ReduceMean", "", []*Tensor{Mul(dunit, unit), g.Ints(at)}, result{Float32, one}, Attr{"keepdims", 1})
			dx = Mul(Sub(dunit, Mul(unit, mean)), inv)
		}
		if w.grad {
			dw = unbroadcast(Mul(d, unit), w.shape)
		}
		return []*Tensor{dx, dw}
	})
	return y
}

// Rotary turns pairs of channels by an angle that grows with the position (Su et al. 2021, §3.4),
// pairing the first half of each head with the second. x is [batch, seq, head·dim], positions
// [batch, seq] int64, the caches [position, dim/2] hold the cosines and sines.
func Rotary(x, positions, cos, sin *Tensor, heads int) *Tensor {
	if len(x.shape) != 3 || positions.dtype != Int64 || len(positions.shape) != 2 {
		fail("rotary", "want x [batch, seq, channel] and positions [batch, seq] int64, got %v and %s %v", x.shape, positions.dtype, positions.shape)
	}
	y := rotary(x, positions, cos, sin, heads)
	x.graph.record("Rotary", []*Tensor{y}, []*Tensor{x}, func(dout []*Tensor) []*Tensor {
		// The inverse of a rotation is the rotation by the negative angle.
		return []*Tensor{rotary(dout[0], positions, cos, Neg(sin), heads)}
	})
	return y
}

func rotary(x, positions, cos, sin *Tensor, heads int) *Tensor {
	return x.graph.node("RotaryEmbedding", Microsoft, []*Tensor{x, positions, cos, sin}, result{Float32, x.shape},
		Attr{"num_heads", heads}, Attr{"interleaved", 0}, Attr{"rotary_embedding_dim", 2 * cos.shape[1].Size})
}

// SwiGLU is gate · σ(gate) · up (Shazeer 2020, eq. 5, without the projections).
func SwiGLU(gate, up *Tensor) *Tensor {
	g := gate.graph
	same := result{Float32, gate.shape}
	sig := g.node("Sigmoid", "", []*Tensor{gate}, same)
	swish := g.node("Mul", "", []*Tensor{gate, sig}, same)
	y := g.node("Mul", "", []*Tensor{swish, up}, same)
	g.record("SwiGLU", []*Tensor{y}, []*Tensor{gate, up}, func(dout []*Tensor) []*Tensor {
		d := dout[0]
		var dgate, dup *Tensor
		if gate.grad {
			slope := Add(sig, Mul(swish, Sub(g.Scalar(1), sig)))
			dgate = Mul(Mul(d, up), slope)
		}
		if up.grad {
			dup = Mul(d, swish)
		}
		return []*Tensor{dgate, dup}
	})
	return y
}

// Attend is softmax(q · kᵀ · scale + mask) · v for grouped queries (Ainslie et al. 2023). With K key
// heads, each serving G query heads: q [batch, K, G·seq, dim], k and v [batch, K, seq, dim], mask
// [batch, seq, key] with 0 where a position may look and a large negative number where it may not.
// The groups of one key head lie in one matrix, so keys are never repeated and the sum of their
// gradients over the group falls out of the multiplication.
func Attend(q, k, v, mask *Tensor, group int, scale float64) *Tensor {
	g := q.graph
	scores := matmul(q, k, false, true, scale) // [batch, K, G·seq, seq]
	batch, heads := q.shape[0], q.shape[1]
	seq := k.shape[2].Size
	flat := Shape{batch, heads, q.shape[2], {"key", seq}}
	wide := Shape{batch, heads, {"group", group}, {"seq", seq}, {"key", seq}}
	masked := g.node("Add", "", []*Tensor{reshape(scores, wide), reshape(mask, Shape{batch, {"head", 1}, {"group", 1}, {"seq", seq}, {"key", seq}})}, result{Float32, wide})
	p := reshape(g.node("Softmax", "", []*Tensor{masked}, result{Float32, wide}, Attr{"axis", -1}), flat)
	y := matmul(p, v, false, false, 1)
	y.shape = q.shape
	g.record("Attend", []*Tensor{y}, []*Tensor{q, k, v}, func(dout []*Tensor) []*Tensor {
		d := dout[0]
		// Σ_j P_ij dP_ij = dO_i · O_i: the softmax's own sum without touching a seq × seq matrix.
		dot := reduce("ReduceSum", Mul(d, y), []int{3}, true)
		dot.shape = Shape{batch, heads, q.shape[2], {"key", 1}}
		dp := matmul(d, v, false, true, 1)
		dp.shape = flat
		ds := Mul(p, Sub(dp, dot))
		dq := matmul(ds, k, false, false, scale)
		dk := matmul(ds, q, true, false, scale)
		dv := matmul(p, d, true, false, 1)
		dk.shape, dv.shape = k.shape, v.shape
		dq.shape = q.shape
		return []*Tensor{dq, dk, dv}
	})
	return y
}
