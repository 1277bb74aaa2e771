package graph

import "fmt"

// Array is a tensor with values, in memory: row-major, one of the slices filled as DType says.
type Array struct {
	DType DType
	Shape []int
	F32   []float32
	I64   []int64
	I32   []int32
	U8    []uint8 // also Int8 (two's complement) and Bool (0 or 1)
}

// Elements is the number of elements that the shape asks for.
func (a Array) Elements() int {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// Floats makes a float32 array; it panics if the number of values does not fit the shape.
func Floats(values []float32, shape ...int) Array {
	a := Array{DType: Float32, Shape: shape, F32: values}
	if a.Elements() != len(values) {
		fail("array", "%d values for shape %v", len(values), shape)
	}
	return a
}

// Int64s makes an int64 array; it panics if the number of values does not fit the shape.
func Int64s(values []int64, shape ...int) Array {
	a := Array{DType: Int64, Shape: shape, I64: values}
	if a.Elements() != len(values) {
		fail("array", "%d values for shape %v", len(values), shape)
	}
	return a
}

func (a Array) String() string {
	return fmt.Sprintf("%s%v %v%v%v%v", a.DType, a.Shape, a.F32, a.I64, a.I32, a.U8)
}
