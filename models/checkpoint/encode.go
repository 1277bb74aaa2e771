package checkpoint

import (
	"encoding/binary"
	"io"
	"math"
)

// writeF32 writes numbers as they are.
func writeF32(w io.Writer, values []float32) error {
	if littleEndian {
		_, err := w.Write(rawBytes(values))
		return err
	}
	return binary.Write(w, binary.LittleEndian, values)
}

// writeBF16 writes numbers rounded to bfloat16.
func writeBF16(w io.Writer, values []float32) error {
	buf := make([]byte, 2*min(len(values), chunkElements))
	for len(values) > 0 {
		n := min(len(values), chunkElements)
		for i, x := range values[:n] {
			binary.LittleEndian.PutUint16(buf[2*i:], bfloat16(x))
		}
		if _, err := w.Write(buf[:2*n]); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// bfloat16 rounds to the nearest bfloat16, halves to the even one, as PyTorch does.
func bfloat16(x float32) uint16 {
	b := math.Float32bits(x)
	if x != x { // rounding could carry a NaN's bits over into infinity's
		return uint16(b>>16) | 0x0040
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// writeI64 writes integers as they are.
func writeI64(w io.Writer, values []int64) error {
	if littleEndian {
		_, err := w.Write(rawBytes(values))
		return err
	}
	return binary.Write(w, binary.LittleEndian, values)
}
