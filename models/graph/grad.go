package graph

// step is one differentiable operation on the tape.
type step struct {
	op  string
	out []*Tensor
	in  []*Tensor
	// vjp returns the adjoints of in, given those of out. An adjoint of out is nil where the loss
	// does not depend on it; a returned adjoint may be nil for "none". vjp asks in[i].NeedsGrad
	// before it computes something costly.
	vjp func(dout []*Tensor) []*Tensor
}

// record puts an operation on the tape if a gradient may ever have to pass through it.
func (g *Graph) record(op string, out, in []*Tensor, vjp func(dout []*Tensor) []*Tensor) {
	if g.sealed {
		return
	}
	for _, t := range in {
		if t != nil && t.grad {
			g.tape = append(g.tape, step{op, out, in, vjp})
			return
		}
	}
}

// Grad appends the backward pass of a scalar loss and returns its gradient with respect to each of
// wrt (nil where the loss does not depend on it). Shapes equal those of wrt.
func (g *Graph) Grad(loss *Tensor, wrt []*Tensor) []*Tensor {
	if len(loss.shape) != 0 || loss.dtype != Float32 {
		fail("grad", "a loss is a float32 scalar, this is %s %v; take a mean or a sum first", loss.dtype, loss.shape)
	}
	g.sealed = true
	defer func() { g.sealed = false }()
	adjoint := map[*Tensor]*Tensor{loss: g.Scalar(1)}
	g.Scope("backward", func() { g.pull(adjoint) })
	grads := make([]*Tensor, len(wrt))
	for i, p := range wrt {
		grads[i] = adjoint[p]
	}
	return grads
}

// pull walks the tape backwards and fills in the adjoints.
func (g *Graph) pull(adjoint map[*Tensor]*Tensor) {
	for i := len(g.tape) - 1; i >= 0; i-- {
		s := g.tape[i]
		dout := make([]*Tensor, len(s.out))
		live := false
		for j, out := range s.out {
			if out != nil {
				dout[j] = adjoint[out]
				live = live || dout[j] != nil
			}
		}
		if !live {
			continue
		}
		g.Scope(s.op, func() {
			for j, d := range s.vjp(dout) {
				if in := s.in[j]; d != nil && in != nil && in.grad {
					adjoint[in] = g.accumulate(s.op, in, adjoint[in], d)
				}
			}
		})
	}
}

func (g *Graph) accumulate(op string, of, sum, d *Tensor) *Tensor {
	if d.shape.Elements() != of.shape.Elements() || len(d.shape) != len(of.shape) {
		fail("grad", "the gradient that %s gives to %s has shape %v, want %v", op, of.name, d.shape, of.shape)
	}
	if sum == nil {
		return d
	}
	return g.node("Add", "", []*Tensor{sum, d}, result{Float32, of.shape})
}
