package graph

import "math"

// interpretQuantizeLinear rounds x / scale to the nearest integer, halves to the even one, adds the zero
// point and keeps what fits into the type of the zero point; scale and zero point have one element for each
// place along an axis.
func interpretQuantizeLinear(c *call) []*value {
	x, scale, zero := c.operand(0), c.operand(1), c.operand(2)
	if len(scale.shape) != 1 || zero.dtype != Uint8 {
		fail("QuantizeLinear", "scales of shape %v to %s are not supported", scale.shape, zero.dtype)
	}
	axis := c.axis(1, len(x.shape))
	y := newValue(Uint8, x.shape)
	each(x.shape, func(flat int, at []int) {
		i := at[axis]
		y.v[flat] = max(0, min(255, math.RoundToEven(x.v[flat]/scale.v[i])+zero.v[i]))
	})
	return []*value{y}
}

// interpretMatMulIntegerToFloat is (a − zero) · b · scaleA · scaleB, with a scale for each column of b.
func interpretMatMulIntegerToFloat(c *call) []*value {
	a, b, scaleA, scaleB := c.operand(0), c.operand(1), c.operand(2), c.operand(3)
	zero := 0.0
	if z := c.optional(4); z != nil {
		zero = z.v[0]
	}
	if c.optional(5) != nil || c.optional(6) != nil {
		fail("MatMulIntegerToFloat", "zero points of b and biases are not supported")
	}
	exact := newValue(Float32, a.shape)
	for i, v := range a.v {
		exact.v[i] = v - zero
	}
	y := multiply(exact, b, false, false, scaleA.v[0])
	columns := y.shape[len(y.shape)-1]
	for i := range y.v {
		y.v[i] *= scaleB.v[i%columns]
	}
	return []*value{y}
}
