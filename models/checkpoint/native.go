package checkpoint

import (
	"encoding/binary"
	"unsafe"
)

// littleEndian says that numbers lie in memory as they lie in files, so that bytes need only be
// moved, not converted.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// rawBytes is the memory of numbers, as bytes.
func rawBytes[T float32 | int64](values []T) []byte {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*int(unsafe.Sizeof(values[0])))
}
