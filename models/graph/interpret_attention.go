package graph

import "math"

// groupQuery is one call of ONNX Runtime's GroupQueryAttention.
type groupQuery struct {
	batch, seq, dim int
	heads, keyHeads int
	scale           float64
	past, total     []int     // valid positions of each row before and after this step
	q, k, v         []float64 // new vectors, [batch, seq, head, dim]
	keys, values    *value    // after this step, [batch, keyHeads, position, dim]
	rotate          *rotation // nil for none
}

// interpretGroupQuery computes causal attention of new positions over a cache to which their keys
// and values are added. A step whose length is the total is a first one: it starts at position 0 in
// every row, and rows may be padded on the right; what comes out at padding means nothing. Others
// continue each row where its length says. The cache has one size before and after.
func interpretGroupQuery(c *call) []*value {
	for _, a := range c.node.Attrs {
		switch a.Name {
		case "num_heads", "kv_num_heads", "scale", "do_rotary", "rotary_interleaved":
		default:
			fail("GroupQueryAttention", "the attribute %s is not supported", a.Name)
		}
	}
	a := newGroupQuery(c)
	out := newValue(Float32, []int{a.batch, a.seq, a.heads * a.dim})
	for b := range a.batch {
		for s := range a.seq {
			a.remember(b, s)
		}
		for s := range a.seq {
			for h := range a.heads {
				at := headsLast(b, s, h, a.seq, a.heads) * a.dim
				a.attend(b, h, min(a.past[b]+s+1, a.total[b]), a.q[at:at+a.dim], out.v[at:at+a.dim])
			}
		}
	}
	return []*value{out, a.keys, a.values}
}

func newGroupQuery(c *call) *groupQuery {
	x := c.operand(0)
	a := &groupQuery{batch: x.shape[0], seq: x.shape[1], heads: c.int("num_heads", 0), keyHeads: c.int("kv_num_heads", 0)}
	a.keys, a.values = c.operand(3).clone(), c.operand(4).clone()
	a.dim = a.keys.shape[3]
	a.scale = c.float("scale", 0)
	if a.scale == 0 {
		a.scale = 1 / math.Sqrt(float64(a.dim))
	}
	lengths, longest := c.ints(5), c.ints(6)[0]
	for b := range a.batch {
		a.total = append(a.total, lengths[b]+1)
		a.past = append(a.past, lengths[b]+1-a.seq)
		if a.seq == longest {
			a.past[b] = 0
		}
	}
	if c.int("do_rotary", 0) == 1 {
		cos, sin := c.operand(7), c.operand(8)
		a.rotate = &rotation{cos, sin, 2 * cos.shape[1], c.int("rotary_interleaved", 0) == 1}
	}
	a.split(x, c.optional(1), c.optional(2))
	return a
}

// split copies queries, keys and values out of three operands, or out of one that has all.
func (a *groupQuery) split(x, k, v *value) {
	if k != nil {
		a.q, a.k, a.v = x.clone().v, k.clone().v, v.clone().v
		return
	}
	width, keyWidth := a.heads*a.dim, a.keyHeads*a.dim
	for row := range a.batch * a.seq {
		line := x.v[row*(width+2*keyWidth):]
		a.q = append(a.q, line[:width]...)
		a.k = append(a.k, line[width:width+keyWidth]...)
		a.v = append(a.v, line[width+keyWidth:width+2*keyWidth]...)
	}
}

// remember turns the vectors of a new position and puts its key and value into the cache.
func (a *groupQuery) remember(b, s int) {
	position := a.past[b] + s
	for h := range a.heads {
		at := headsLast(b, s, h, a.seq, a.heads) * a.dim
		a.turn(a.q[at:at+a.dim], position)
	}
	for h := range a.keyHeads {
		from := headsLast(b, s, h, a.seq, a.keyHeads) * a.dim
		a.turn(a.k[from:from+a.dim], position)
		to := headsFirst(b, position, h, a.keys.shape[2], a.keyHeads) * a.dim
		copy(a.keys.v[to:to+a.dim], a.k[from:])
		copy(a.values.v[to:to+a.dim], a.v[from:])
	}
}

func (a *groupQuery) turn(x []float64, position int) {
	if a.rotate != nil {
		a.rotate.apply(x, position)
	}
}

// attend is softmax(q · kᵀ · scale) · v over the first n positions of a row.
func (a *groupQuery) attend(b, h, n int, q, out []float64) {
	h /= a.heads / a.keyHeads
	scores := make([]float64, n)
	row := func(cache *value, i int) []float64 {
		at := headsFirst(b, i, h, cache.shape[2], a.keyHeads) * a.dim
		return cache.v[at : at+a.dim]
	}
	for i := range scores {
		for d, k := range row(a.keys, i) {
			scores[i] += a.scale * q[d] * k
		}
	}
	for i, p := range softmaxLine(scores) {
		for d, v := range row(a.values, i) {
			out[d] += p * v
		}
	}
}
