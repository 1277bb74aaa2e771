package graph

import "math"

// rmsNorm is x / √(mean(x²) + eps) · w along the last axis, and the factor of each row.
func rmsNorm(x, w *value, eps float64) (y, inv *value) {
	n := x.shape[len(x.shape)-1]
	rows := append([]int{}, x.shape...)
	rows[len(rows)-1] = 1
	y, inv = newValue(x.dtype, x.shape), newValue(x.dtype, rows)
	for r := range inv.v {
		row := x.v[r*n : (r+1)*n]
		squares := 0.0
		for _, e := range row {
			squares += e * e
		}
		inv.v[r] = 1 / math.Sqrt(squares/float64(n)+eps)
		for i, e := range row {
			y.v[r*n+i] = e * inv.v[r] * w.v[i]
		}
	}
	return y, inv
}

func interpretSimplifiedLayerNorm(c *call) []*value {
	x := c.operand(0)
	if c.axis(-1, len(x.shape)) != len(x.shape)-1 {
		fail("SimplifiedLayerNormalization", "only the last axis is supported")
	}
	y, inv := rmsNorm(x, c.operand(1), c.float("epsilon", 1e-5))
	return []*value{y, inv}
}

// interpretSkipSimplifiedLayerNorm normalises the sum of its operands; result 3 is that sum.
func interpretSkipSimplifiedLayerNorm(c *call) []*value {
	add := func(a, b float64) float64 { return a + b }
	s := combine(c.operand(0), c.operand(1), add)
	if bias := c.optional(3); bias != nil {
		s = combine(s, bias, add)
	}
	y, inv := rmsNorm(s, c.operand(2), c.float("epsilon", 1e-5))
	return []*value{y, inv, inv, s}
}

// interpretRotary is ONNX Runtime's RotaryEmbedding: x [batch, seq, head·dim] or [batch, head, seq, dim].
func interpretRotary(c *call) []*value {
	x, positions, cos, sin := c.operand(0), c.operand(1), c.operand(2), c.operand(3)
	turned := c.int("rotary_embedding_dim", 0)
	if turned == 0 {
		turned = 2 * cos.shape[1]
	}
	heads := c.int("num_heads", 0)
	layout := headsLast
	var batch, seq, dim int
	switch len(x.shape) {
	case 3:
		batch, seq = x.shape[0], x.shape[1]
		if heads == 0 {
			heads = x.shape[2] / turned
		}
		dim = x.shape[2] / heads
	case 4:
		layout = headsFirst
		batch, heads, seq, dim = x.shape[0], x.shape[1], x.shape[2], x.shape[3]
	default:
		fail("RotaryEmbedding", "x has shape %v", x.shape)
	}
	r := rotation{cos, sin, turned, c.int("interleaved", 0) == 1}
	y := x.clone()
	for b := range batch {
		for s := range seq {
			position := int(positions.v[0]) + s
			if len(positions.v) > 1 {
				position = int(positions.v[b*seq+s])
			}
			for h := range heads {
				at := layout(b, s, h, seq, heads) * dim
				r.apply(y.v[at:at+dim], position)
			}
		}
	}
	return []*value{y}
}

// headsLast and headsFirst say where the vector of a head is, in vectors.
func headsLast(b, s, h, seq, heads int) int  { return (b*seq+s)*heads + h }
func headsFirst(b, s, h, seq, heads int) int { return (b*heads+h)*seq + s }

// rotation turns pairs of channels, as Rotary says.
type rotation struct {
	cos, sin    *value // [position, turned/2]
	turned      int    // channels that are turned; the rest stays
	interleaved bool   // pairs are neighbours, not halves
}

func (r rotation) apply(x []float64, position int) {
	half := r.turned / 2
	if position < 0 || position >= r.cos.shape[0] {
		fail("RotaryEmbedding", "position %d, the caches have %d", position, r.cos.shape[0])
	}
	for i := range half {
		a, b := i, i+half
		if r.interleaved {
			a, b = 2*i, 2*i+1
		}
		cos, sin := r.cos.v[position*half+i], r.sin.v[position*half+i]
		x[a], x[b] = x[a]*cos-x[b]*sin, x[b]*cos+x[a]*sin
	}
}
