package graph

// headChunk is how many positions have their logits in memory at the same time.
const headChunk = 512

// TokenLogProb is log softmax(x · eᵀ · invTemperature)[label] for each row: x [row, width], the
// unembedding e [vocab, width], labels [row] int64. Logits are made for at most 512 rows at a time,
// and made again in the backward pass when there are more, so the logits of all positions never
// exist at once. It also returns the entropy of each row's distribution, through which no gradient passes.
func TokenLogProb(x, e, labels *Tensor, invTemperature float64) (logp, entropy *Tensor) {
	if len(x.shape) != 2 || len(e.shape) != 2 || !labels.shape.Equal(x.shape[:1]) || labels.dtype != Int64 {
		fail("logp", "want x [row, width], e [vocab, width], labels [row] int64, got %v, %v, %s %v", x.shape, e.shape, labels.dtype, labels.shape)
	}
	g := x.graph
	rows := x.shape[0].Size
	head := &head{graph: g, e: e, scale: invTemperature, keep: rows <= headChunk}
	var logps, entropies []*Tensor
	for at := 0; at < rows; at += headChunk {
		c := head.forward(part(x, at, rows), part(labels, at, rows))
		logps, entropies = append(logps, c.logp), append(entropies, c.entropy)
	}
	logp, entropy = concat(logps, 0), concat(entropies, 0)
	entropy.grad = false
	g.record("TokenLogProb", []*Tensor{logp}, []*Tensor{x, e}, func(dout []*Tensor) []*Tensor {
		return head.backward(dout[0], x.grad, e.grad)
	})
	return logp, entropy
}

// part is rows [at, at+headChunk) of t, or t itself.
func part(t *Tensor, at, rows int) *Tensor {
	if rows <= headChunk {
		return t
	}
	g := t.graph
	to := min(at+headChunk, rows)
	out := append(Shape{{t.shape[0].Name, to - at}}, t.shape[1:]...)
	return g.node("Slice", "", []*Tensor{t, g.Ints(at), g.Ints(to), g.Ints(0)}, result{t.dtype, out})
}

// head is the unembedding of one model at some rows, chunk by chunk.
type head struct {
	graph  *Graph
	e      *Tensor
	scale  float64
	keep   bool // one chunk: its probabilities are kept for the backward pass
	chunks []*chunk
}

type chunk struct {
	x, labels, target, lse *Tensor
	p                      *Tensor // probabilities [row, vocab], where kept
	logp, entropy          *Tensor
}

func (h *head) forward(x, labels *Tensor) *chunk {
	g := h.graph
	c := &chunk{x: x, labels: labels}
	z := gemm(x, h.e, false, true, h.scale, nil)
	p := g.node("Softmax", "", []*Tensor{z}, result{Float32, z.shape}, Attr{"axis", -1})
	top := reduce("ReduceMax", z, []int{1}, false)
	logTop := g.node("Log", "", []*Tensor{reduce("ReduceMax", p, []int{1}, false)}, result{Float32, top.shape})
	c.lse = g.node("Sub", "", []*Tensor{top, logTop}, result{Float32, top.shape})
	// The label's logit from its own row of the unembedding: no one-hot matrix, no gather in z.
	c.target = g.node("Gather", "", []*Tensor{h.e, labels}, result{Float32, x.shape}, Attr{"axis", 0})
	dot := reduce("ReduceSum", g.node("Mul", "", []*Tensor{x, c.target}, result{Float32, x.shape}), []int{1}, false)
	own := g.node("Mul", "", []*Tensor{dot, g.Scalar(h.scale)}, result{Float32, dot.shape})
	c.logp = g.node("Sub", "", []*Tensor{own, c.lse}, result{Float32, dot.shape})
	pz := reduce("ReduceSum", g.node("Mul", "", []*Tensor{p, z}, result{Float32, z.shape}), []int{1}, false)
	c.entropy = g.node("Sub", "", []*Tensor{c.lse, pz}, result{Float32, dot.shape})
	if h.keep {
		c.p = p
	}
	h.chunks = append(h.chunks, c)
	return c
}

// backward gives d x = s·d·(e[label] − p·e) and d e = s·Σ (onehot − p)ᵀ·(d·x), with s the inverse temperature.
func (h *head) backward(d *Tensor, wantX, wantE bool) []*Tensor {
	g := h.graph
	var dxs []*Tensor
	var de *Tensor
	at := 0
	for _, c := range h.chunks {
		n := c.x.shape[0].Size
		dc := g.node("Unsqueeze", "", []*Tensor{part(d, at, d.shape[0].Size), g.Ints(1)}, result{Float32, Shape{c.x.shape[0], {"width", 1}}})
		dc = g.node("Mul", "", []*Tensor{dc, g.Scalar(h.scale)}, result{Float32, dc.shape})
		p := h.probabilities(c)
		if wantX {
			diff := g.node("Sub", "", []*Tensor{c.target, gemm(p, h.e, false, false, 1, nil)}, result{Float32, c.x.shape})
			dxs = append(dxs, g.node("Mul", "", []*Tensor{diff, dc}, result{Float32, c.x.shape}))
		}
		if wantE {
			dx := g.node("Mul", "", []*Tensor{c.x, dc}, result{Float32, c.x.shape})
			de = gemm(p, g.node("Neg", "", []*Tensor{dx}, result{Float32, dx.shape}), true, false, 1, de)
			de = scatterRows(de, c.labels, dx)
		}
		at += n
	}
	var dx *Tensor
	if wantX {
		dx = concat(dxs, 0)
	}
	return []*Tensor{dx, de}
}

// probabilities are exp(z − lse); when recomputed, lse rides in the Gemm, which makes it a different
// node from the forward one, so that the runtime does not merge the two and keep all logits after all.
func (h *head) probabilities(c *chunk) *Tensor {
	if c.p != nil {
		return c.p
	}
	g := h.graph
	minus := g.node("Neg", "", []*Tensor{restore(c.lse, Shape{c.lse.shape[0], {"vocab", 1}}, []int{1})}, result{Float32, Shape{c.lse.shape[0], {"vocab", 1}}})
	z := gemm(c.x, h.e, false, true, h.scale, minus)
	return g.node("Exp", "", []*Tensor{z}, result{Float32, z.shape})
}
