package graph

// multiply is alpha · a · b over the last two axes, with broadcasting over the others.
func multiply(a, b *value, transA, transB bool, alpha float64) *value {
	if transA {
		a = a.swapLast()
	}
	if transB {
		b = b.swapLast()
	}
	ra, rb := len(a.shape), len(b.shape)
	if ra < 2 || rb < 2 || a.shape[ra-1] != b.shape[rb-2] {
		fail("MatMul", "%v and %v do not go together", a.shape, b.shape)
	}
	m, k, n := a.shape[ra-2], a.shape[ra-1], b.shape[rb-1]
	lead := broadcastShape(a.shape[:ra-2], b.shape[:rb-2])
	a = a.stretchTo(append(append([]int{}, lead...), m, k))
	b = b.stretchTo(append(append([]int{}, lead...), k, n))
	y := newValue(a.dtype, append(append([]int{}, lead...), m, n))
	for i := range y.v {
		batch, row, column := i/(m*n), i/n%m, i%n
		s := 0.0
		for j := range k {
			s += a.v[(batch*m+row)*k+j] * b.v[(batch*k+j)*n+column]
		}
		y.v[i] = alpha * s
	}
	return y
}

// swapLast is t with its last two axes exchanged.
func (t *value) swapLast() *value {
	r := len(t.shape)
	if r < 2 {
		fail("MatMul", "%v cannot be transposed", t.shape)
	}
	shape := append([]int{}, t.shape...)
	rows, columns := shape[r-2], shape[r-1]
	shape[r-2], shape[r-1] = columns, rows
	y := newValue(t.dtype, shape)
	for i := range y.v {
		batch, row, column := i/(rows*columns), i/rows%columns, i%rows
		y.v[i] = t.v[(batch*rows+column)*columns+row]
	}
	return y
}

func interpretMatMul(c *call) []*value {
	return []*value{multiply(c.operand(0), c.operand(1), false, false, 1)}
}

func interpretFusedMatMul(c *call) []*value {
	if c.int("transBatchA", 0) != 0 || c.int("transBatchB", 0) != 0 {
		fail("FusedMatMul", "transBatchA and transBatchB are not supported")
	}
	return []*value{multiply(c.operand(0), c.operand(1), c.int("transA", 0) == 1, c.int("transB", 0) == 1, c.float("alpha", 1))}
}

func interpretGemm(c *call) []*value {
	y := multiply(c.operand(0), c.operand(1), c.int("transA", 0) == 1, c.int("transB", 0) == 1, c.float("alpha", 1))
	if add := c.optional(2); add != nil {
		beta := c.float("beta", 1)
		y = combine(y, add.stretchTo(y.shape), func(a, b float64) float64 { return a + beta*b })
	}
	return []*value{y}
}

// interpretMatMulNBits multiplies by a weight [N, K] in blocks along K: each block of a row has
// consecutive values of 4 (low half of a byte first) or 8 bits, one scale, and a zero point in the
// middle of the range. ONNX Runtime also rounds the other operand to 8 bits a block where
// accuracy_level is 4; here it stays exact.
func interpretMatMulNBits(c *call) []*value {
	x, packed, scales := c.operand(0), c.operand(1), c.operand(2)
	k, n, bits, block := c.int("K", 0), c.int("N", 0), c.int("bits", 4), c.int("block_size", 32)
	if c.optional(3) != nil || bits != 4 && bits != 8 {
		fail("MatMulNBits", "zero points, or %d bits, are not supported", bits)
	}
	blocks := (k + block - 1) / block
	w := newValue(Float32, []int{n, k})
	for i := range w.v {
		row, column := i/k, i%k
		at, within := row*blocks+column/block, column%block
		q := 0
		if bits == 8 {
			q = int(packed.v[at*block+within])
		} else {
			q = int(packed.v[at*block/2+within/2]) >> (4 * (within % 2)) & 15
		}
		w.v[i] = float64(q-1<<(bits-1)) * scales.v[at]
	}
	return []*value{multiply(x.atLeast2(), w, false, true, 1).withRank(len(x.shape))}
}

// atLeast2 is t with leading axes of size 1 up to two axes.
func (t *value) atLeast2() *value {
	shape := t.shape
	for len(shape) < 2 {
		shape = append([]int{1}, shape...)
	}
	return &value{t.dtype, shape, t.v}
}

// withRank drops leading axes of size 1 that atLeast2 had put there.
func (t *value) withRank(rank int) *value {
	return &value{t.dtype, t.shape[len(t.shape)-rank:], t.v}
}
