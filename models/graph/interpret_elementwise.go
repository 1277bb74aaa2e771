package graph

import "math"

// mapped is an operator that works on each element alone and keeps the type.
func mapped(f func(x float64) float64) operator {
	return func(c *call) []*value {
		x := c.operand(0)
		y := newValue(x.dtype, x.shape)
		for i, e := range x.v {
			y.v[i] = f(e)
		}
		return []*value{y}
	}
}

// paired is an operator on two elements at a time, with broadcasting.
func paired(f func(a, b float64) float64) operator {
	return func(c *call) []*value { return []*value{combine(c.operand(0), c.operand(1), f)} }
}

// folded is an operator on any number of operands, two at a time.
func folded(f func(a, b float64) float64) operator {
	return func(c *call) []*value {
		y := c.operand(0)
		for i := 1; i < len(c.in); i++ {
			y = combine(y, c.operand(i), f)
		}
		return []*value{y}
	}
}

// compared is like paired, with a boolean result.
func compared(f func(a, b float64) bool) operator {
	return func(c *call) []*value {
		y := combine(c.operand(0), c.operand(1), func(a, b float64) float64 { return truth(f(a, b)) })
		y.dtype = Bool
		return []*value{y}
	}
}

func combine(a, b *value, f func(a, b float64) float64) *value {
	if a.dtype != b.dtype {
		fail("operands", "%s and %s differ in type", a.dtype, b.dtype)
	}
	shape := broadcastShape(a.shape, b.shape)
	a, b = a.stretchTo(shape), b.stretchTo(shape)
	y := newValue(a.dtype, shape)
	for i := range y.v {
		y.v[i] = f(a.v[i], b.v[i])
	}
	return y
}

func interpretWhere(c *call) []*value {
	cond, yes, no := c.operand(0), c.operand(1), c.operand(2)
	shape := broadcastShape(broadcastShape(cond.shape, yes.shape), no.shape)
	cond, yes, no = cond.stretchTo(shape), yes.stretchTo(shape), no.stretchTo(shape)
	y := newValue(yes.dtype, shape)
	for i := range y.v {
		y.v[i] = no.v[i]
		if cond.v[i] != 0 {
			y.v[i] = yes.v[i]
		}
	}
	return []*value{y}
}

func interpretClip(c *call) []*value {
	low, high := math.Inf(-1), math.Inf(1)
	if v := c.optional(1); v != nil {
		low = v.v[0]
	}
	if v := c.optional(2); v != nil {
		high = v.v[0]
	}
	return mapped(func(x float64) float64 { return math.Min(math.Max(x, low), high) })(c)
}

func interpretCast(c *call) []*value {
	x := c.operand(0)
	y := newValue(DType(c.int("to", 0)), x.shape)
	copy(y.v, x.v) // rounding to the type comes with every result
	return []*value{y}
}

// softplus is log(1 + eˣ) without overflow.
func softplus(x float64) float64 {
	return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func sign(x float64) float64 { return truth(x > 0) - truth(x < 0) }

// interpretQuickGelu is x · σ(alpha · x).
func interpretQuickGelu(c *call) []*value {
	alpha := c.float("alpha", 1.702)
	return mapped(func(x float64) float64 { return x * sigmoid(alpha*x) })(c)
}
