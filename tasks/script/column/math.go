package column

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Map applies f to every number.
func Map(c *Column, f func(float64) float64) *Column {
	out := c.like()
	for i, v := range c.Values {
		out.Values[i] = f(v)
	}
	return out
}

// Zip applies f to pairs of numbers. A scalar goes with every shape; a flat column goes with a
// table of as many rows, each of its numbers with the whole row. Other shapes are an error.
func Zip(a, b *Column, f func(a, b float64) float64) (*Column, error) {
	a, b, err := align(a, b)
	if err != nil {
		return nil, err
	}
	out := a.like()
	for i, v := range a.Values {
		out.Values[i] = f(v, b.Values[i])
	}
	return out, nil
}

// align stretches two columns to a common shape.
func align(a, b *Column) (*Column, *Column, error) {
	var err error
	switch {
	case a.single && !b.single:
		a, err = a.stretch(b)
	case b.single && !a.single:
		b, err = b.stretch(a)
	case a.Rows == nil && b.Rows != nil:
		a, err = a.stretch(b)
	case b.Rows == nil && a.Rows != nil:
		b, err = b.stretch(a)
	case len(a.Values) != len(b.Values) || !slices.Equal(a.Rows, b.Rows):
		err = mismatch(a, b)
	}
	return a, b, err
}

func mismatch(a, b *Column) error {
	return fmt.Errorf("shapes %s and %s do not go together", a.Shape(), b.Shape())
}

func (c *Column) stretch(to *Column) (*Column, error) {
	out := to.like()
	if c.single {
		for i := range out.Values {
			out.Values[i] = c.Values[0]
		}
		return out, nil
	}
	if len(c.Values) != len(to.Rows) {
		return nil, mismatch(c, to)
	}
	at := 0
	for i, n := range to.Rows {
		for range n {
			out.Values[at] = c.Values[i]
			at++
		}
	}
	return out, nil
}

// Where chooses from yes where the condition is not 0, and from no elsewhere; shapes as for [Zip].
func Where(condition, yes, no *Column) (*Column, error) {
	yes, no, err := align(yes, no)
	if err != nil {
		return nil, err
	}
	condition, yes, err = align(condition, yes)
	if err != nil {
		return nil, err
	}
	if no, _, err = align(no, condition); err != nil {
		return nil, err
	}
	out := condition.like()
	for i, c := range condition.Values {
		out.Values[i] = no.Values[i]
		if c != 0 {
			out.Values[i] = yes.Values[i]
		}
	}
	return out, nil
}

// Reduce replaces every row of a table by one number, or a flat column or a scalar by one number.
func Reduce(c *Column, f func(row []float64) float64) *Column {
	if c.Rows == nil {
		return Scalar(f(c.Values))
	}
	out := make([]float64, len(c.Rows))
	c.Each(func(i int, row []float64) { out[i] = f(row) })
	return Flat(out)
}

// Sum is the sum of the numbers; 0 for none.
func Sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

// Mean is the arithmetic mean; NaN for no numbers.
func Mean(x []float64) float64 { return Sum(x) / float64(len(x)) }

// Variance is Σ(x−mean)²/n, the population variance.
func Variance(x []float64) float64 {
	mean, total := Mean(x), 0.0
	for _, v := range x {
		total += (v - mean) * (v - mean)
	}
	return total / float64(len(x))
}

// Std is the square root of [Variance].
func Std(x []float64) float64 { return math.Sqrt(Variance(x)) }

// Quantile is the q-quantile by linear interpolation between the order statistics (definition 7 of
// Hyndman and Fan 1996, NumPy's default); NaN for no numbers.
func Quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(x))
	at := q * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// LogSumExp is log Σ exp(x) without overflow; −∞ for no numbers.
func LogSumExp(x []float64) float64 {
	if len(x) == 0 {
		return math.Inf(-1)
	}
	top := slices.Max(x)
	if math.IsInf(top, 0) {
		return top
	}
	total := 0.0
	for _, v := range x {
		total += math.Exp(v - top)
	}
	return top + math.Log(total)
}

// MaskedMean is Σ(x·mask)/Σ(mask), and 0 where the mask is empty; shapes as for [Zip].
func MaskedMean(x, mask *Column) (float64, error) {
	x, mask, err := align(x, mask)
	if err != nil {
		return 0, err
	}
	total, n := 0.0, 0.0
	for i, v := range x.Values {
		total += v * mask.Values[i]
		n += mask.Values[i]
	}
	return total / max(n, 1), nil
}

// Whiten subtracts the mean and divides by the standard deviation plus 1e-8, both taken where mask
// is not 0 (nil means everywhere); shift false keeps the mean (Ziegler et al. 2019 whiten rewards so).
func Whiten(x, mask *Column, shift bool) (*Column, error) {
	if mask == nil {
		mask = Scalar(1)
	}
	x, mask, err := align(x, mask)
	if err != nil {
		return nil, err
	}
	var kept []float64
	for i, v := range x.Values {
		if mask.Values[i] != 0 {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		return x, nil
	}
	mean, std := Mean(kept), Std(kept)+1e-8
	back := mean
	if shift {
		back = 0
	}
	return Map(x, func(v float64) float64 { return (v-mean)/std + back }), nil
}

// Order returns the places of the numbers in ascending order; equal numbers keep their order.
func Order(x []float64) []int {
	at := make([]int, len(x))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(i, j int) int { return cmp.Compare(x[i], x[j]) })
	return at
}

// Sigmoid is 1/(1+e⁻ˣ).
func Sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// Softplus is log(1+eˣ) without overflow.
func Softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// LogSigmoid is log σ(x) = −log(1+e⁻ˣ) without overflow.
func LogSigmoid(x float64) float64 { return -Softplus(-x) }

// Down reduces the rows of a rectangular table place by place: [batch, output] gives [output], as a
// flat column.
func Down(c *Column, f func([]float64) float64) (*Column, error) {
	for _, n := range c.Rows {
		if n != c.Rows[0] {
			return nil, fmt.Errorf("the rows of %s have different lengths", c.Shape())
		}
	}
	if len(c.Rows) == 0 {
		return Flat(nil), nil
	}
	width := c.Rows[0]
	out := make([]float64, width)
	for k := range out {
		places := make([]float64, len(c.Rows))
		for i := range places {
			places[i] = c.Values[i*width+k]
		}
		out[k] = f(places)
	}
	return Flat(out), nil
}

// Along applies f to every row, which writes as many numbers as it reads.
func Along(c *Column, f func(row, out []float64)) *Column {
	out := c.like()
	if c.Rows == nil {
		f(c.Values, out.Values)
		return out
	}
	from := 0
	for _, n := range c.Rows {
		f(c.Values[from:from+n], out.Values[from:from+n])
		from += n
	}
	return out
}

// Gather picks one number from each row of a table: at the same place in all for a scalar, at each
// row's own place for a flat column. From a flat column it picks numbers by their place.
func Gather(c, at *Column) (*Column, error) {
	place := func(i, n int) (int, error) {
		v := at.Values[0]
		if !at.single {
			v = at.Values[i]
		}
		if k := int(v); float64(k) == v && k >= 0 && k < n {
			return k, nil
		}
		return 0, fmt.Errorf("%g is not a place among %d", v, n)
	}
	if c.Rows == nil {
		out := make([]float64, len(at.Values))
		for i := range out {
			k, err := place(i, len(c.Values))
			if err != nil {
				return nil, err
			}
			out[i] = c.Values[k]
		}
		if at.single {
			return Scalar(out[0]), nil
		}
		return Flat(out), nil
	}
	if !at.single && len(at.Values) != len(c.Rows) {
		return nil, mismatch(c, at)
	}
	out := make([]float64, len(c.Rows))
	var err error
	c.Each(func(i int, row []float64) {
		k, wrong := place(i, len(row))
		if wrong != nil {
			err = wrong
			return
		}
		out[i] = row[k]
	})
	return Flat(out), err
}
