package checkpoint

import (
	"math"
	"math/bits"
)

// encoding is how a file stores the elements of a tensor: in blocks of so many elements and bytes.
type encoding struct {
	name   string
	block  int // elements in a block; 0 when the encoding is only a number to us
	bytes  int // bytes in a block
	decode func(dst []float32, src []byte)
}

// size is the number of bytes that hold n elements; false if n is not a whole number of blocks or
// the size exceeds 63 bits.
func (e encoding) size(n int) (int64, bool) {
	if e.block == 0 || n < 0 || n%e.block != 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(n/e.block), uint64(e.bytes))
	return int64(lo), hi == 0 && lo <= math.MaxInt64
}

// maxRank is the largest number of axes that is believed; models use four at most.
const maxRank = 8

// shapeOf turns sizes from a file into a shape and its number of elements; false if there are too
// many axes or the product does not fit an int.
func shapeOf(sizes []uint64) (shape []int, elements int, ok bool) {
	if len(sizes) > maxRank {
		return nil, 0, false
	}
	shape, product := make([]int, len(sizes)), uint64(1)
	for i, n := range sizes {
		hi, lo := bits.Mul64(product, n)
		if n > math.MaxInt || hi != 0 || lo > math.MaxInt {
			return nil, 0, false
		}
		shape[i], product = int(n), lo
	}
	return shape, int(product), true
}

// elementsOf is the number of elements of a shape that is already known to be sound.
func elementsOf(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
