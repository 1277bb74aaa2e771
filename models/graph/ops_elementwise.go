package graph

import "math"

// binary emits an elementwise operator on aligned operands.
func binary(op string, a, b *Tensor, dtype DType) *Tensor {
	out := frame(op, a.shape, b.shape)
	return a.graph.node(op, "", []*Tensor{align(a, out), align(b, out)}, result{dtype, out})
}

// arithmetic is a differentiable binary operator; vjp gives the adjoints before unbroadcasting.
func arithmetic(op string, a, b *Tensor, vjp func(d, y, a, b *Tensor) (da, db func() *Tensor)) *Tensor {
	a, b = float(a), float(b)
	y := binary(op, a, b, Float32)
	a.graph.record(op, []*Tensor{y}, []*Tensor{a, b}, func(dout []*Tensor) []*Tensor {
		da, db := vjp(dout[0], y, a, b)
		return []*Tensor{pullTo(a, da), pullTo(b, db)}
	})
	return y
}

// pullTo builds the adjoint of t only if somebody wants it.
func pullTo(t *Tensor, d func() *Tensor) *Tensor {
	if !t.grad || d == nil {
		return nil
	}
	return unbroadcast(d(), t.shape)
}

// Add is a + b.
func Add(a, b *Tensor) *Tensor {
	return arithmetic("Add", a, b, func(d, _, _, _ *Tensor) (da, db func() *Tensor) {
		same := func() *Tensor { return d }
		return same, same
	})
}

// Sub is a − b.
func Sub(a, b *Tensor) *Tensor {
	return arithmetic("Sub", a, b, func(d, _, _, _ *Tensor) (da, db func() *Tensor) {
		return func() *Tensor { return d }, func() *Tensor { return Neg(d) }
	})
}

// Mul is a · b, element by element.
func Mul(a, b *Tensor) *Tensor {
	return arithmetic("Mul", a, b, func(d, _, a, b *Tensor) (da, db func() *Tensor) {
		return func() *Tensor { return Mul(d, b) }, func() *Tensor { return Mul(d, a) }
	})
}

// Div is a / b.
func Div(a, b *Tensor) *Tensor {
	return arithmetic("Div", a, b, func(d, y, _, b *Tensor) (da, db func() *Tensor) {
		return func() *Tensor { return Div(d, b) }, func() *Tensor { return Neg(Div(Mul(d, y), b)) }
	})
}

// Maximum is the larger of both; at a tie the gradient goes to a.
func Maximum(a, b *Tensor) *Tensor {
	return arithmetic("Max", a, b, func(d, _, a, b *Tensor) (da, db func() *Tensor) {
		return func() *Tensor { return Mul(d, GreaterEqual(a, b)) }, func() *Tensor { return Mul(d, Less(a, b)) }
	})
}

// Minimum is the smaller of both; at a tie the gradient goes to a.
func Minimum(a, b *Tensor) *Tensor {
	return arithmetic("Min", a, b, func(d, _, a, b *Tensor) (da, db func() *Tensor) {
		return func() *Tensor { return Mul(d, LessEqual(a, b)) }, func() *Tensor { return Mul(d, Greater(a, b)) }
	})
}

// unary is a differentiable operator on one tensor.
func unary(op string, x *Tensor, vjp func(d, y *Tensor) *Tensor) *Tensor {
	x = float(x)
	y := x.graph.node(op, "", []*Tensor{x}, result{Float32, x.shape})
	x.graph.record(op, []*Tensor{y}, []*Tensor{x}, func(dout []*Tensor) []*Tensor {
		return []*Tensor{vjp(dout[0], y)}
	})
	return y
}

// Neg is −x.
func Neg(x *Tensor) *Tensor { return unary("Neg", x, func(d, _ *Tensor) *Tensor { return Neg(d) }) }

// Exp is eˣ.
func Exp(x *Tensor) *Tensor { return unary("Exp", x, Mul) }

// Log is the natural logarithm.
func Log(x *Tensor) *Tensor {
	return unary("Log", x, func(d, _ *Tensor) *Tensor { return Div(d, x) })
}

// Sqrt is the square root.
func Sqrt(x *Tensor) *Tensor {
	return unary("Sqrt", x, func(d, y *Tensor) *Tensor { return Div(Mul(d, x.graph.Scalar(0.5)), y) })
}

// Abs is |x|; its gradient at 0 is 0.
func Abs(x *Tensor) *Tensor {
	return unary("Abs", x, func(d, _ *Tensor) *Tensor {
		return Mul(d, x.graph.node("Sign", "", []*Tensor{x}, result{Float32, x.shape}))
	})
}

// Tanh is the hyperbolic tangent.
func Tanh(x *Tensor) *Tensor {
	return unary("Tanh", x, func(d, y *Tensor) *Tensor { return Mul(d, Sub(x.graph.Scalar(1), Mul(y, y))) })
}

// Sigmoid is 1 / (1 + e⁻ˣ).
func Sigmoid(x *Tensor) *Tensor {
	return unary("Sigmoid", x, func(d, y *Tensor) *Tensor { return Mul(d, Mul(y, Sub(x.graph.Scalar(1), y))) })
}

// Softplus is log(1 + eˣ), without overflow.
func Softplus(x *Tensor) *Tensor {
	return unary("Softplus", x, func(d, _ *Tensor) *Tensor { return Mul(d, Sigmoid(x)) })
}

// LogSigmoid is log σ(x) = −log(1 + e⁻ˣ), without overflow.
func LogSigmoid(x *Tensor) *Tensor { return Neg(Softplus(Neg(x))) }

// Square is x².
func Square(x *Tensor) *Tensor { return Mul(x, x) }

// Gelu is the Gaussian error linear unit in its tanh form (Hendrycks and Gimpel 2016, §2), as GPT-2 has it.
func Gelu(x *Tensor) *Tensor {
	c := x.graph.Scalar
	inner := Mul(c(math.Sqrt(2/math.Pi)), Add(x, Mul(c(0.044715), Mul(x, Mul(x, x)))))
	return Mul(Mul(c(0.5), x), Add(c(1), Tanh(inner)))
}

// Clip limits x to [low, high]; the gradient outside is 0.
func Clip(x *Tensor, low, high float64) *Tensor {
	return Minimum(Maximum(x, x.graph.Scalar(low)), x.graph.Scalar(high))
}

// Where takes yes where the boolean cond holds, no elsewhere.
func Where(cond, yes, no *Tensor) *Tensor {
	if cond.dtype != Bool {
		fail("where", "the condition is %s, want bool: compare with greater, less or equal", cond.dtype)
	}
	yes, no = float(yes), float(no)
	out := frame("where", frame("where", cond.shape, yes.shape), no.shape)
	g := cond.graph
	y := g.node("Where", "", []*Tensor{align(cond, out), align(yes, out), align(no, out)}, result{Float32, out})
	g.record("Where", []*Tensor{y}, []*Tensor{yes, no}, func(dout []*Tensor) []*Tensor {
		zero := g.Scalar(0)
		return []*Tensor{
			pullTo(yes, func() *Tensor { return Where(cond, dout[0], zero) }),
			pullTo(no, func() *Tensor { return Where(cond, zero, dout[0]) }),
		}
	})
	return y
}

func compare(op string, a, b *Tensor) *Tensor {
	if a.dtype != b.dtype {
		a, b = float(a), float(b)
	}
	return binary(op, a, b, Bool)
}

// Greater says where a > b.
func Greater(a, b *Tensor) *Tensor { return compare("Greater", a, b) }

// GreaterEqual says where a ≥ b.
func GreaterEqual(a, b *Tensor) *Tensor { return compare("GreaterOrEqual", a, b) }

// Less says where a < b.
func Less(a, b *Tensor) *Tensor { return compare("Less", a, b) }

// LessEqual says where a ≤ b.
func LessEqual(a, b *Tensor) *Tensor { return compare("LessOrEqual", a, b) }

// Equal says where a = b.
func Equal(a, b *Tensor) *Tensor { return compare("Equal", a, b) }

// And says where both booleans hold.
func And(a, b *Tensor) *Tensor { return binary("And", a, b, Bool) }

// Or says where at least one boolean holds.
func Or(a, b *Tensor) *Tensor { return binary("Or", a, b, Bool) }

// Not says where a boolean does not hold.
func Not(a *Tensor) *Tensor { return a.graph.node("Not", "", []*Tensor{a}, result{Bool, a.shape}) }

// Cast converts the elements; no gradient passes.
func Cast(t *Tensor, to DType) *Tensor {
	if t.dtype == to {
		return t
	}
	c := t.graph.node("Cast", "", []*Tensor{t}, result{to, t.shape}, Attr{"to", int(to)})
	c.grad = false
	return c
}

// StopGradient is x, treated as a constant by Grad.
func StopGradient(x *Tensor) *Tensor {
	s := x.graph.node("Identity", "", []*Tensor{x}, result{x.dtype, x.shape})
	s.grad = false
	return s
}
