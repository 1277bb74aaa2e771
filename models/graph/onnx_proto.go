package graph

import (
	le "encoding/binary"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of AttributeProto.AttributeType.
const (
	attrFloat  = 1
	attrInt    = 2
	attrString = 3
	attrTensor = 4
	attrFloats = 6
	attrInts   = 7
)

func appendInt(b []byte, field protowire.Number, v int64) []byte {
	b = protowire.AppendTag(b, field, protowire.VarintType)
	return protowire.AppendVarint(b, uint64(v))
}

func appendString(b []byte, field protowire.Number, s string) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendString(b, s)
}

func appendBytes(b []byte, field protowire.Number, v []byte) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendBytes(b, v)
}

func appendFloat(b []byte, field protowire.Number, v float32) []byte {
	b = protowire.AppendTag(b, field, protowire.Fixed32Type)
	return protowire.AppendFixed32(b, math.Float32bits(v))
}

// encodeAttr writes an AttributeProto; its type follows from the Go type of the value.
func encodeAttr(a Attr) ([]byte, error) {
	b := appendString(nil, 1, a.Name)
	kind := int64(0)
	switch v := a.Value.(type) {
	case float32:
		kind, b = attrFloat, appendFloat(b, 2, v)
	case int:
		kind, b = attrInt, appendInt(b, 3, int64(v))
	case string:
		kind, b = attrString, appendString(b, 4, v)
	case Array:
		tensor, err := encodeArray("", v)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", a.Name, err)
		}
		kind, b = attrTensor, appendBytes(b, 5, tensor)
	case []float32:
		kind = attrFloats
		for _, f := range v {
			b = appendFloat(b, 7, f)
		}
	case []int:
		kind = attrInts
		for _, n := range v {
			b = appendInt(b, 8, int64(n))
		}
	default:
		return nil, fmt.Errorf("attribute %s is a %T; use int, float32, string, []int, []float32 or Array", a.Name, a.Value)
	}
	return appendInt(b, 20, kind), nil
}

// encodeArray writes a TensorProto with its values in it.
func encodeArray(name string, a Array) ([]byte, error) {
	raw, err := a.raw()
	if err != nil {
		return nil, fmt.Errorf("encode: constant %s: %w", name, err)
	}
	b := encodeDims(a.Shape)
	b = appendInt(b, 2, int64(a.DType))
	if name != "" {
		b = appendString(b, 8, name)
	}
	return appendBytes(b, 9, raw), nil
}

// encodeExternal writes a TensorProto that says where its values are.
func encodeExternal(p *Tensor, at Extent) []byte {
	b := encodeDims(p.shape.Sizes())
	b = appendInt(b, 2, int64(p.dtype))
	b = appendString(b, 8, p.name)
	entry := func(key, value string) {
		b = appendBytes(b, 13, appendString(appendString(nil, 1, key), 2, value))
	}
	entry("location", WeightsFile)
	entry("offset", strconv.FormatInt(at.Offset, 10))
	entry("length", strconv.FormatInt(at.Length, 10))
	return appendInt(b, 14, 1) // data_location = EXTERNAL
}

func encodeDims(shape []int) []byte {
	var b []byte
	for _, n := range shape {
		b = appendInt(b, 1, int64(n))
	}
	return b
}

// encodeValue writes a ValueInfoProto. A dynamic axis is known by its name.
func encodeValue(name string, t *Tensor) []byte {
	shape := []byte{}
	for _, a := range t.shape {
		var dim []byte
		switch {
		case a.Size != Dynamic:
			dim = appendInt(dim, 1, int64(a.Size))
		case a.Name != "":
			dim = appendString(dim, 2, a.Name)
		}
		shape = appendBytes(shape, 1, dim)
	}
	tensor := appendBytes(appendInt(nil, 1, int64(t.dtype)), 2, shape)
	return appendBytes(appendString(nil, 1, name), 2, appendBytes(nil, 1, tensor))
}

// raw is the little-endian content of the array, as TensorProto.raw_data wants it.
func (a Array) raw() ([]byte, error) {
	want := a.Elements()
	var out []byte
	have := 0
	switch a.DType {
	case Float32:
		have = len(a.F32)
		for _, v := range a.F32 {
			out = le.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	case Int64:
		have = len(a.I64)
		for _, v := range a.I64 {
			out = le.LittleEndian.AppendUint64(out, uint64(v))
		}
	case Int32:
		have = len(a.I32)
		for _, v := range a.I32 {
			out = le.LittleEndian.AppendUint32(out, uint32(v))
		}
	case Uint8, Int8, Bool:
		have, out = len(a.U8), a.U8
	default:
		return nil, fmt.Errorf("%s cannot be written", a.DType)
	}
	if have != want {
		return nil, fmt.Errorf("%d values of %s for shape %v, want %d", have, a.DType, a.Shape, want)
	}
	return out, nil
}
