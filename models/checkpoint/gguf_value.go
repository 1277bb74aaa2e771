package checkpoint

import "math"

// The types of a metadata value (enum gguf_metadata_value_type).
const (
	ggufU8 = iota
	ggufI8
	ggufU16
	ggufI16
	ggufU32
	ggufI32
	ggufF32
	ggufBool
	ggufString
	ggufArray
	ggufU64
	ggufI64
	ggufF64
)

// ggufSizes gives the bytes of a value of a type of fixed size.
var ggufSizes = map[uint32]int{
	ggufU8: 1, ggufI8: 1, ggufBool: 1, ggufU16: 2, ggufI16: 2, ggufU32: 4, ggufI32: 4, ggufF32: 4,
	ggufU64: 8, ggufI64: 8, ggufF64: 8,
}

// readValue reads a metadata value with its type. Integers become int64 (uint64 where that is too
// small), other scalars float32, float64, bool or string; arrays []string or []int32. Arrays of
// other types, which nothing here needs, are passed over and become nil.
func readValue(c *cursor) any {
	kind := c.u32()
	if kind == ggufArray {
		return readArray(c)
	}
	return readScalar(c, kind)
}

func readScalar(c *cursor, kind uint32) any {
	switch kind {
	case ggufU8:
		return int64(c.u8())
	case ggufI8:
		return int64(int8(c.u8()))
	case ggufU16:
		return int64(c.u16())
	case ggufI16:
		return int64(int16(c.u16()))
	case ggufU32:
		return int64(c.u32())
	case ggufI32:
		return int64(int32(c.u32()))
	case ggufI64:
		return int64(c.u64())
	case ggufU64:
		n := c.u64()
		if n > math.MaxInt64 {
			return n
		}
		return int64(n)
	case ggufF32:
		return math.Float32frombits(c.u32())
	case ggufF64:
		return math.Float64frombits(c.u64())
	case ggufBool:
		return c.u8() != 0
	case ggufString:
		return c.str()
	}
	c.fail(damaged("a value has the unknown type %d", kind))
	return nil
}

func readArray(c *cursor) any {
	kind, count := c.u32(), c.u64()
	switch kind {
	case ggufString:
		return readStrings(c, count)
	case ggufI32, ggufU32:
		return readInts(c, count)
	case ggufArray:
		c.fail(unsupported("an array of arrays in the metadata"))
		return nil
	}
	size, ok := ggufSizes[kind]
	if !ok {
		c.fail(damaged("an array has elements of the unknown type %d", kind))
		return nil
	}
	c.skip(count, size, "array elements")
	return nil
}

func readStrings(c *cursor, count uint64) []string {
	if !c.room(count, 8, "strings") { // each is preceded by eight bytes of length
		return nil
	}
	values := make([]string, count)
	for i := range values {
		if values[i] = c.str(); c.err != nil {
			return nil
		}
	}
	return values
}

func readInts(c *cursor, count uint64) []int32 {
	if !c.room(count, 4, "numbers") {
		return nil
	}
	values := make([]int32, count)
	for i := range values {
		if values[i] = int32(c.u32()); c.err != nil {
			return nil
		}
	}
	return values
}
