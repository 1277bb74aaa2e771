package graph

import (
	"fmt"
	"strings"
)

// DType is the element type of a tensor. The values are those of ONNX's TensorProto.DataType.
type DType int32

// The element types in use; their values are part of the ONNX format.
const (
	Float32 DType = 1
	Uint8   DType = 2
	Int8    DType = 3
	Int32   DType = 6
	Int64   DType = 7
	Bool    DType = 9
)

// Size is the number of bytes of one element.
func (d DType) Size() int {
	switch d {
	case Float32, Int32:
		return 4
	case Int64:
		return 8
	default:
		return 1
	}
}

func (d DType) String() string {
	switch d {
	case Float32:
		return "float32"
	case Uint8:
		return "uint8"
	case Int8:
		return "int8"
	case Int32:
		return "int32"
	case Int64:
		return "int64"
	case Bool:
		return "bool"
	default:
		return fmt.Sprintf("dtype(%d)", int32(d))
	}
}

// Dynamic is the size of an axis that is known only when the graph runs. Graphs with dynamic axes
// are for inference; Grad refuses them. Two dynamic axes are the same size if their names agree.
const Dynamic = -1

// Axis is one dimension of a tensor: what it counts, and how many there are.
type Axis struct {
	Name string
	Size int
}

// Shape lists the axes of a tensor, slowest-varying first. A scalar has none.
type Shape []Axis

// Of makes a shape out of alternating names and sizes, as in Of("batch", 4, "seq", 128).
func Of(pairs ...any) Shape {
	if len(pairs)%2 != 0 {
		panic(&Error{"shape", "a shape needs a size for every axis name"})
	}
	s := make(Shape, len(pairs)/2)
	for i := range s {
		s[i] = Axis{pairs[2*i].(string), pairs[2*i+1].(int)}
	}
	return s
}

// Sizes are the sizes alone.
func (s Shape) Sizes() []int {
	sizes := make([]int, len(s))
	for i, a := range s {
		sizes[i] = a.Size
	}
	return sizes
}

// Elements is the number of elements, or Dynamic.
func (s Shape) Elements() int {
	n := 1
	for _, a := range s {
		if a.Size == Dynamic {
			return Dynamic
		}
		n *= a.Size
	}
	return n
}

// Index says where the axis called name is, or -1.
func (s Shape) Index(name string) int {
	for i, a := range s {
		if a.Name == name {
			return i
		}
	}
	return -1
}

// Equal says whether both have the same axes, names and sizes.
func (s Shape) Equal(t Shape) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range s {
		if s[i] != t[i] {
			return false
		}
	}
	return true
}

// Without is the shape with the named axis taken out.
func (s Shape) Without(name string) Shape {
	out := make(Shape, 0, len(s))
	for _, a := range s {
		if a.Name != name {
			out = append(out, a)
		}
	}
	return out
}

func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, a := range s {
		if a.Size == Dynamic {
			parts[i] = a.Name
		} else {
			parts[i] = fmt.Sprintf("%s=%d", a.Name, a.Size)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Error is a mistake in how a graph is put together: the operation and what is wrong with its operands.
type Error struct {
	Op      string
	Problem string
}

func (e *Error) Error() string { return e.Op + ": " + e.Problem }

func fail(op, format string, args ...any) {
	panic(&Error{op, fmt.Sprintf(format, args...)})
}

// Catch runs build and returns the *Error it panicked with, if it did. Other panics pass through.
func Catch(build func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	build()
	return nil
}
