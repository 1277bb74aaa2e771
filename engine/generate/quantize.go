package generate

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"workbench/engine/ort"
	"workbench/models/graph"
)

// blocks are the sizes of the blocks that have a scale of their own, by bits, the preferred first.
// Larger ones are faster, smaller ones more exact, which matters with 4 bits.
var blocks = map[int][]int{8: {64, 32, 16}, 4: {32, 16}}

const minBlock = 16

// blockFor is the block size that divides the inputs of every linear weight.
func blockFor(bits int, inputs []int) (int, error) {
	for _, b := range blocks[bits] {
		fits := true
		for _, in := range inputs {
			fits = fits && in%b == 0
		}
		if fits {
			return b, nil
		}
	}
	return 0, fmt.Errorf("the widths %v are not multiples of %d, so the weights can't be quantised; use f32", inputs, minBlock)
}

// matrix is a weight [rows, cols] that is to be quantised.
type matrix struct {
	rows, cols int
	data       []float32
}

// quantized is a weight in blocks, as MatMulNBits wants it: buffers by the suffix of their names.
type quantized map[string]*ort.Buffer

// quantize rounds the rows of matrices, one after the other, to whole multiples of one scale a block.
func quantize(parts []matrix, bits, block int) (q quantized, err error) {
	rows, perRow := 0, parts[0].cols/block
	for _, p := range parts {
		rows += p.rows
	}
	q = quantized{}
	fresh := func(suffix string, dtype graph.DType, shape ...int) *ort.Buffer {
		b, e := ort.NewBuffer(dtype, shape...)
		if e != nil {
			err = errors.Join(err, e)
			return nil
		}
		q[suffix] = b
		return b
	}
	size, zeroRow := block*bits/8, 0
	packed, scales := fresh(graph.QuantPacked, graph.Uint8, rows, perRow, size), fresh(graph.QuantScales, graph.Float32, rows*perRow)
	var zeros []byte
	if bits == 4 {
		zeroRow = (perRow + 1) / 2
		if b := fresh(graph.QuantZeros, graph.Uint8, rows*zeroRow); b != nil {
			zeros = b.Bytes()
		}
	}
	if err != nil {
		for _, b := range q {
			err = errors.Join(err, b.Close())
		}
		return nil, err
	}
	bytes, sc := packed.Bytes(), scales.Float32()
	first := 0
	for _, p := range parts {
		inParallel(p.rows, func(i int) {
			for b := range perRow {
				w := p.data[i*p.cols+b*block:][:block]
				at := (first+i)*perRow + b
				dst := bytes[at*size:][:size]
				if bits == 8 {
					sc[at] = codes8(dst, w)
					continue
				}
				var zero byte
				sc[at], zero = codes4(dst, w)
				zeros[(first+i)*zeroRow+b/2] |= zero << (4 * (b % 2))
			}
		})
		first += p.rows
	}
	return q, nil
}

// codes8 writes a block's codes of 8 bits and returns its scale: weight = (code − 128) · scale. The
// codes reach one further down than up, so the entry of the largest magnitude is put on the lowest.
func codes8(dst []byte, w []float32) (scale float32) {
	extreme := float32(0)
	for _, v := range w {
		if math.Abs(float64(v)) > math.Abs(float64(extreme)) {
			extreme = v
		}
	}
	scale = -extreme / 128
	encode(dst, w, scale, 128)
	return scale
}

// codes4 writes a block's codes of 4 bits, two to a byte, low half first, and returns its scale and
// the code that means 0: weight = (code − zero) · scale. Of some scales and zeros around those that span
// the block from end to end, it takes the ones with the least squared error.
func codes4(dst []byte, w []float32) (scale float32, zero byte) {
	low, high := min(0, slices.Min(w)), max(0, slices.Max(w))
	span := (high - low) / 15
	least := float32(math.Inf(1))
	for _, stretch := range stretches {
		s := span * stretch
		if s == 0 {
			break
		}
		z := -low / s
		for _, z := range []float32{float32(int(z)), float32(int(z) + 1)} {
			if z > 15 {
				continue
			}
			if e, fit := squaredError(w, s, z); e < least {
				least, scale, zero = e, fit, byte(z)
			}
		}
	}
	var code [64]byte
	encode(code[:len(w)], w, scale, float32(zero))
	for i := range dst {
		dst[i] = code[2*i] | code[2*i+1]<<4
	}
	return scale, zero
}

// stretches are the scales that are tried, relative to the one that spans a block.
var stretches = []float32{0.8, 0.85, 0.9, 0.94, 0.97, 1, 1.04, 1.1}

// encode writes the code of each weight, one to a byte: 0 to 15, or to 255 where 0 itself lies beyond 15.
func encode(dst []byte, w []float32, scale, zero float32) {
	inverse := float32(0)
	if scale != 0 {
		inverse = 1 / scale
	}
	most := float32(15)
	if zero > 15 {
		most = 255
	}
	for i, v := range w {
		dst[i] = byte(max(0, min(v*inverse+zero+0.5, most)))
	}
}

// squaredError is what a block loses with the codes of 4 bits that a scale gives, and the scale that
// suits those codes best.
func squaredError(w []float32, scale, zero float32) (loss, fit float32) {
	inverse := 1 / scale
	var ww, wc, cc float32
	for _, v := range w {
		c := float32(int32(max(0, min(v*inverse+zero+0.5, 15)))) - zero
		ww, wc, cc = ww+v*v, wc+v*c, cc+c*c
	}
	if cc == 0 {
		return ww, scale
	}
	fit = wc / cc
	return ww - fit*wc, fit
}

// inParallel calls do for 0 … n-1, spread over the processors.
func inParallel(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers == 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers; i++ {
				do(i)
			}
		})
	}
	wg.Wait()
}
