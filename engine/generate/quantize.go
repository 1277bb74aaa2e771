package generate

import (
	"fmt"
	"math"
	"runtime"
	"sync"

	"workbench/engine/ort"
	"workbench/models/graph"
)

// Blocks of weights that have a scale of their own, the preferred first. Larger ones are faster,
// smaller ones more exact.
var blocks = []int{32, 16}

const minBlock = 16

// blockFor is the block size that divides the inputs of every linear weight.
func blockFor(inputs []int) (int, error) {
	for _, b := range blocks {
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

// quantized is a weight in blocks, as MatMulNBits wants it.
type quantized struct{ packed, scales *ort.Buffer }

// quantize rounds the rows of matrices, one after the other, to whole multiples of one scale a block.
func quantize(parts []matrix, bits, block int) (quantized, error) {
	rows, cols := 0, parts[0].cols
	for _, p := range parts {
		rows += p.rows
	}
	perRow := cols / block
	packed, err := ort.NewBuffer(graph.Uint8, rows, perRow, block*bits/8)
	if err != nil {
		return quantized{}, err
	}
	scales, err := ort.NewBuffer(graph.Float32, rows*perRow)
	if err != nil {
		packed.Close()
		return quantized{}, err
	}
	bytes, sc := packed.Bytes(), scales.Float32()
	size := block * bits / 8
	at := 0
	for _, p := range parts {
		first := at
		inParallel(p.rows*perRow, func(i int) {
			b := first + i
			sc[b] = quantizeBlock(bytes[b*size:(b+1)*size], p.data[i*block:(i+1)*block], bits)
		})
		at += p.rows * perRow
	}
	return quantized{packed, scales}, nil
}

// quantizeBlock writes the codes of one block, low bits first, and returns its scale: weight =
// (code − middle) · scale.
func quantizeBlock(dst []byte, w []float32, bits int) float32 {
	middle := float32(int(1) << (bits - 1))
	scale := scaleOf(w, bits)
	inverse := float32(0)
	if scale != 0 {
		inverse = 1 / scale
	}
	code := func(v float32) byte {
		q := v*inverse + middle + 0.5
		return byte(max(0, min(q, 2*middle-1)))
	}
	if bits == 8 {
		for i, v := range w {
			dst[i] = code(v)
		}
		return scale
	}
	for i := range dst {
		dst[i] = code(w[2*i]) | code(w[2*i+1])<<4
	}
	return scale
}

// scaleOf chooses a block's scale. The codes reach one further down than up, so the entry of the
// largest magnitude, whatever its sign, is put on the lowest code. With 4 bits a slightly smaller or larger
// scale may round the rest better: the one with the least squared error is taken.
func scaleOf(w []float32, bits int) float32 {
	extreme := float32(0)
	for _, v := range w {
		if math.Abs(float64(v)) > math.Abs(float64(extreme)) {
			extreme = v
		}
	}
	middle := float32(int(1) << (bits - 1))
	scale := -extreme / middle
	if bits == 8 || extreme == 0 {
		return scale
	}
	best, least := scale, float32(math.Inf(1))
	for step := -8; step <= 4; step++ {
		try := -extreme / (middle + float32(step)/8*2)
		if e := squaredError(w, try, middle); e < least {
			best, least = try, e
		}
	}
	return best
}

func squaredError(w []float32, scale, middle float32) float32 {
	inverse := 1 / scale
	sum := float32(0)
	for _, v := range w {
		q := float32(int32(v*inverse+middle+0.5)) - middle
		q = max(-middle, min(q, middle-1))
		d := v - q*scale
		sum += d * d
	}
	return sum
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
