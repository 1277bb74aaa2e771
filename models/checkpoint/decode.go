package checkpoint

import (
	"encoding/binary"
	"math"
)

// The block formats are those of ggml (ggml-common.h and dequantize_row_* in ggml-quants.c). Each
// product is rounded to float32 before it is added to: where the compiler may fuse the two, the
// conversion float32(…) forbids it, so that values are the same bits everywhere and equal to those
// of the gguf Python package.

// quantBlock is the number of elements that share a scale in Q4_0, Q4_1 and Q8_0.
const quantBlock = 32

func decodeF32(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}

func decodeF64(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
	}
}

func decodeBF16(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
	}
}

func decodeF16(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = halfToFloat(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

// halfToFloat widens an IEEE 754 binary16.
func halfToFloat(h uint16) float32 {
	const rebias = 0x1p112 // 2^(127-15): moves binary16's exponent to binary32's, subnormals included
	sign, magnitude := uint32(h&0x8000)<<16, uint32(h&0x7fff)<<13
	if h&0x7c00 == 0x7c00 { // infinity and NaN
		return math.Float32frombits(sign | magnitude | 0x7f800000)
	}
	scaled := math.Float32frombits(magnitude) * rebias
	return math.Float32frombits(sign | math.Float32bits(scaled))
}

// decodeQ8_0 reads blocks of a scale d and 32 signed bytes q: d·q.
func decodeQ8_0(dst []float32, src []byte) {
	for len(dst) >= quantBlock {
		d := halfToFloat(binary.LittleEndian.Uint16(src))
		out, in := dst[:quantBlock], src[2:2+quantBlock]
		for i, q := range in {
			out[i] = d * float32(int8(q))
		}
		dst, src = dst[quantBlock:], src[2+quantBlock:]
	}
}

// decodeQ4_0 reads blocks of a scale d and 32 nibbles q: d·(q−8).
func decodeQ4_0(dst []float32, src []byte) {
	var values [16]float32
	for len(dst) >= quantBlock {
		d := halfToFloat(binary.LittleEndian.Uint16(src))
		for q := range values {
			values[q] = d * float32(q-8)
		}
		spreadNibbles(dst[:quantBlock], src[2:2+quantBlock/2], &values)
		dst, src = dst[quantBlock:], src[2+quantBlock/2:]
	}
}

// decodeQ4_1 reads blocks of a scale d, a minimum m and 32 nibbles q: d·q + m.
func decodeQ4_1(dst []float32, src []byte) {
	var values [16]float32
	for len(dst) >= quantBlock {
		d, m := halfToFloat(binary.LittleEndian.Uint16(src)), halfToFloat(binary.LittleEndian.Uint16(src[2:]))
		for q := range values {
			values[q] = float32(d*float32(q)) + m
		}
		spreadNibbles(dst[:quantBlock], src[4:4+quantBlock/2], &values)
		dst, src = dst[quantBlock:], src[4+quantBlock/2:]
	}
}

// spreadNibbles looks up the 32 nibbles of a block: the low ones are its first half.
func spreadNibbles(dst []float32, nibbles []byte, values *[16]float32) {
	low, high := dst[:quantBlock/2:quantBlock/2], dst[quantBlock/2:quantBlock]
	for i, b := range nibbles[:quantBlock/2] {
		low[i], high[i] = values[b&15], values[b>>4]
	}
}
