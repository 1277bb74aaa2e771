package ort

import (
	"math"

	"workbench/models/graph"
)

const (
	f32     = graph.Float32
	i64     = graph.Int64
	boolean = graph.Bool
)

// kernels is every operator in the ways in which graphs use it.
func kernels() []kernel {
	var all []kernel
	all = append(all, elementwiseKernels()...)
	all = append(all, reduceKernels()...)
	all = append(all, shapeKernels()...)
	all = append(all, indexKernels()...)
	all = append(all, matrixKernels()...)
	all = append(all, roundedKernels()...)
	return append(all, networkKernels()...)
}

func one(op string, out graph.Value, in []graph.Array, attrs ...graph.Attr) kernel {
	return kernel{op: op, in: in, out: []graph.Value{out}, attrs: attrs}
}

func elementwiseKernels() []kernel {
	a, b := normal(1, 3, 4), positive(2, 4)
	var all []kernel
	for _, op := range []string{"Add", "Sub", "Mul", "Div", "Max", "Min"} {
		all = append(all, one(op, makes(f32, 3, 4), []graph.Array{a, b}))
	}
	all = append(all,
		one("Pow", makes(f32, 3, 4), []graph.Array{positive(3, 3, 4), b}),
		one("Div", makes(i64, 4), []graph.Array{ints(-7, 7, 9, 1), ints(2, 2, 3, 5)}),
		one("Clip", makes(f32, 3, 4), []graph.Array{a, scalar(-0.5), scalar(0.25)}),
		one("Where", makes(f32, 3, 4), []graph.Array{bools(1, 0, 0, 1), a, b}),
		one("Cast", makes(i64, 3, 4), []graph.Array{normal(4, 3, 4)}, attr("to", int(i64))),
		one("Cast", makes(f32, 4), []graph.Array{ints(3, -1, 0, 7)}, attr("to", int(f32))),
		one("Cast", makes(f32, 2), []graph.Array{bools(1, 0)}, attr("to", int(f32))),
		one("Equal", makes(boolean, 3), []graph.Array{ints(1, 2, 3), ints(1, 5, 3)}),
		one("Not", makes(boolean, 2), []graph.Array{bools(1, 0)}),
		one("And", makes(boolean, 4), []graph.Array{bools(1, 0, 1, 0), bools(1, 1, 0, 0)}),
		one("Or", makes(boolean, 4), []graph.Array{bools(1, 0, 1, 0), bools(1, 1, 0, 0)}),
		kernel{op: "QuickGelu", domain: graph.Microsoft, in: []graph.Array{a}, out: []graph.Value{makes(f32, 3, 4)}, attrs: []graph.Attr{attr("alpha", float32(1))}},
	)
	for _, op := range []string{"Greater", "GreaterOrEqual", "Less", "LessOrEqual"} {
		all = append(all, one(op, makes(boolean, 3, 4), []graph.Array{a, b}))
	}
	for _, op := range []string{"Neg", "Abs", "Sign", "Floor", "Exp", "Sin", "Cos", "Tanh", "Erf", "Sigmoid", "Softplus", "Identity"} {
		all = append(all, one(op, makes(f32, 3, 4), []graph.Array{a}))
	}
	for _, op := range []string{"Log", "Sqrt", "Reciprocal"} {
		all = append(all, one(op, makes(f32, 4), []graph.Array{b}))
	}
	return all
}

func reduceKernels() []kernel {
	x := normal(5, 2, 3, 4)
	var all []kernel
	for _, op := range []string{"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceLogSumExp"} {
		// opset 18 on: axes are an operand
		all = append(all,
			one(op, makes(f32, 2, 1, 4), []graph.Array{x, ints(1)}, attr("keepdims", 1)),
			one(op, makes(f32, 3), []graph.Array{x, ints(0, -1)}, attr("keepdims", 0)),
			one(op, makes(f32), []graph.Array{x, ints(0, 1, 2)}, attr("keepdims", 0)))
	}
	return append(all,
		one("Softmax", makes(f32, 2, 3, 4), []graph.Array{x}, attr("axis", -1)),
		one("Softmax", makes(f32, 2, 3, 4), []graph.Array{x}, attr("axis", 1)),
		one("LogSoftmax", makes(f32, 2, 3, 4), []graph.Array{x}, attr("axis", -1)),
		one("ArgMax", makes(i64, 2, 3), []graph.Array{x}, attr("axis", -1), attr("keepdims", 0)),
		one("ArgMax", makes(i64, 2, 1, 4), []graph.Array{x}, attr("axis", 1), attr("keepdims", 1)),
		one("CumSum", makes(f32, 2, 3, 4), []graph.Array{x, graph.Int64s([]int64{1})}),
		one("CumSum", makes(f32, 2, 3, 4), []graph.Array{x, graph.Int64s([]int64{2})}, attr("exclusive", 1), attr("reverse", 1)),
		kernel{op: "TopK", in: []graph.Array{x, ints(2)}, out: []graph.Value{makes(f32, 2, 3, 2), makes(i64, 2, 3, 2)}, attrs: []graph.Attr{attr("axis", -1)}},
		kernel{op: "TopK", in: []graph.Array{x, ints(2)}, out: []graph.Value{makes(f32, 2, 2, 4), makes(i64, 2, 2, 4)}, attrs: []graph.Attr{attr("axis", 1), attr("largest", 0)}},
	)
}

func shapeKernels() []kernel {
	x := normal(6, 2, 3, 4)
	return []kernel{
		one("Reshape", makes(f32, 2, 12), []graph.Array{x, ints(0, -1)}),
		one("Transpose", makes(f32, 4, 2, 3), []graph.Array{x}, attr("perm", []int{2, 0, 1})),
		one("Unsqueeze", makes(f32, 1, 2, 3, 4, 1), []graph.Array{x, ints(0, 4)}),
		one("Squeeze", makes(f32, 3), []graph.Array{normal(7, 1, 3, 1), ints(0, 2)}),
		one("Concat", makes(f32, 2, 5, 4), []graph.Array{x, normal(8, 2, 2, 4)}, attr("axis", 1)),
		one("Slice", makes(f32, 2, 2, 2), []graph.Array{x, ints(1, 0), ints(3, 4), ints(1, 2), ints(1, 2)}),
		one("Slice", makes(f32, 2, 3, 4), []graph.Array{x, ints(-1), ints(math.MinInt32), ints(2), ints(-1)}),
		{op: "Split", in: []graph.Array{x, ints(1, 3)}, out: []graph.Value{makes(f32, 2, 3, 1), makes(f32, 2, 3, 3)}, attrs: []graph.Attr{attr("axis", -1)}},
		one("Expand", makes(f32, 2, 3, 4), []graph.Array{normal(9, 3, 1), ints(2, 3, 4)}),
		one("Shape", makes(i64, 2), []graph.Array{x}, attr("start", 1)),
		one("Range", makes(i64, 4), []graph.Array{graph.Int64s([]int64{1}), graph.Int64s([]int64{9}), graph.Int64s([]int64{2})}),
		one("ConstantOfShape", makes(f32, 2, 3), []graph.Array{ints(2, 3)}, attr("value", graph.Floats([]float32{7}, 1))),
		one("Trilu", makes(f32, 2, 3, 4), []graph.Array{x, graph.Int64s([]int64{1})}, attr("upper", 1)),
		one("Trilu", makes(f32, 2, 3, 4), []graph.Array{x}, attr("upper", 0)),
	}
}

func indexKernels() []kernel {
	x := normal(10, 5, 3)
	pick := graph.Int64s([]int64{4, 0, -1, 2, 2, 1}, 2, 3)
	rows := graph.Int64s([]int64{1, 3, 1}, 3, 1) // one row twice
	return []kernel{
		one("Gather", makes(f32, 2, 3, 3), []graph.Array{x, pick}, attr("axis", 0)),
		one("Gather", makes(f32, 5, 2), []graph.Array{x, ints(2, 0)}, attr("axis", 1)),
		one("GatherElements", makes(f32, 2, 3), []graph.Array{x, pick}, attr("axis", 0)),
		one("GatherND", makes(f32, 2), []graph.Array{x, graph.Int64s([]int64{4, 0, 1, 2}, 2, 2)}),
		one("GatherND", makes(f32, 3, 3), []graph.Array{x, rows}),
		one("ScatterND", makes(f32, 5, 3), []graph.Array{x, graph.Int64s([]int64{1, 3}, 2, 1), normal(11, 2, 3)}),
		one("ScatterND", makes(f32, 5, 3), []graph.Array{x, rows, normal(12, 3, 3)}, attr("reduction", "add")),
		one("ScatterElements", makes(f32, 5, 3), []graph.Array{x, pick, normal(13, 2, 3)}, attr("axis", 0), attr("reduction", "add")),
		one("ScatterElements", makes(f32, 5, 3), []graph.Array{x, graph.Int64s([]int64{4, 0, 3}, 1, 3), normal(14, 1, 3)}, attr("axis", 0)),
	}
}

func matrixKernels() []kernel {
	fused := func(out graph.Value, a, b graph.Array, attrs ...graph.Attr) kernel {
		return kernel{op: "FusedMatMul", domain: graph.Microsoft, in: []graph.Array{a, b}, out: []graph.Value{out}, attrs: attrs}
	}
	half := attr("alpha", float32(0.5))
	return []kernel{
		one("MatMul", makes(f32, 2, 3, 5), []graph.Array{normal(20, 2, 3, 4), normal(21, 4, 5)}),
		one("MatMul", makes(f32, 2, 3, 5), []graph.Array{normal(20, 1, 3, 4), normal(21, 2, 4, 5)}),
		one("Gemm", makes(f32, 3, 5), []graph.Array{normal(22, 3, 4), normal(23, 5, 4)}, attr("transB", 1), half),
		one("Gemm", makes(f32, 3, 5), []graph.Array{normal(22, 4, 3), normal(23, 4, 5), normal(24, 3, 5)}, attr("transA", 1), attr("beta", float32(2))),
		one("Gemm", makes(f32, 3, 5), []graph.Array{normal(22, 3, 4), normal(23, 4, 5), normal(24, 3, 1)}),
		fused(makes(f32, 2, 3, 5), normal(25, 2, 3, 4), normal(26, 2, 5, 4), attr("transB", 1), half),
		fused(makes(f32, 2, 3, 5), normal(25, 2, 4, 3), normal(26, 2, 4, 5), attr("transA", 1)),
		fused(makes(f32, 2, 3, 5), normal(25, 2, 3, 4), normal(26, 5, 4), attr("transB", 1)),
		quantized(4, 32), quantized(8, 32), quantized(4, 16), quantized(8, 128),
	}
}

// quantized multiplies by a random weight of 5 rows and 128 columns.
func quantized(bits, block int) kernel {
	const n, k = 5, 128
	packed := graph.Array{DType: graph.Uint8, Shape: []int{n, k / block, block * bits / 8}}
	for i := range n * k * bits / 8 {
		packed.U8 = append(packed.U8, uint8(i*i*31+7*i))
	}
	return kernel{
		op: "MatMulNBits", domain: graph.Microsoft,
		in:    []graph.Array{normal(27, 3, k), packed, positive(28, n*k/block)},
		out:   []graph.Value{makes(f32, 3, n)},
		attrs: []graph.Attr{attr("K", k), attr("N", n), attr("bits", bits), attr("block_size", block), attr("accuracy_level", 4)},
		loose: 0.02, // the runtime rounds the other operand to 8 bits
	}
}

// roundedKernels are the operators of gradients in 8 bits; codes are small, so that no CPU saturates.
func roundedKernels() []kernel {
	x := normal(61, 3, 8)
	rows := graph.Array{DType: graph.Uint8, Shape: []int{3}, U8: []uint8{128, 128, 128}}
	codes := graph.Array{DType: graph.Int8, Shape: []int{8, 5}}
	x8 := graph.Array{DType: graph.Uint8, Shape: []int{3, 8}}
	for i := range 40 {
		codes.U8 = append(codes.U8, uint8(int8(i*13%101-50)))
	}
	for i := range 24 {
		x8.U8 = append(x8.U8, uint8(i*37))
	}
	zero := graph.Array{DType: graph.Uint8, U8: []uint8{128}}
	return []kernel{
		one("QuantizeLinear", makes(graph.Uint8, 3, 8), []graph.Array{x, positive(62, 3), rows}, attr("axis", 0)),
		{
			op: "MatMulIntegerToFloat", domain: graph.Microsoft,
			in: []graph.Array{x8, codes, scalar(1), positive(63, 5), zero}, out: []graph.Value{makes(f32, 3, 5)},
		},
	}
}

func networkKernels() []kernel {
	x, w := normal(30, 2, 3, 8), normal(31, 8)
	eps := attr("epsilon", float32(1e-5))
	rows := makes(f32, 2, 3, 1)
	positions := graph.Int64s([]int64{0, 1, 2, 4, 5, 3}, 2, 3)
	rotary := func(x graph.Array, heads int, attrs ...graph.Attr) kernel {
		return kernel{
			op: "RotaryEmbedding", domain: graph.Microsoft, in: []graph.Array{x, positions, normal(32, 6, 2), normal(33, 6, 2)},
			out: []graph.Value{makes(f32, x.Shape...)}, attrs: append(attrs, attr("num_heads", heads), attr("rotary_embedding_dim", 4)),
		}
	}
	all := []kernel{
		{op: "SimplifiedLayerNormalization", in: []graph.Array{x, w}, out: []graph.Value{makes(f32, 2, 3, 8), rows}, attrs: []graph.Attr{attr("axis", -1), eps}},
		{
			op: "SkipSimplifiedLayerNormalization", domain: graph.Microsoft, in: []graph.Array{x, normal(34, 2, 3, 8), w},
			out: []graph.Value{makes(f32, 2, 3, 8), {}, {}, makes(f32, 2, 3, 8)}, attrs: []graph.Attr{eps},
		},
		rotary(x, 2), rotary(x, 2, attr("interleaved", 1)), rotary(normal(35, 2, 2, 3, 4), 2),
	}
	return append(all,
		attention(4, []int32{3, 3}, 4, false), // a first step
		attention(4, []int32{3, 1}, 4, false), // a first step, one row padded
		attention(1, []int32{4, 2}, 5, false), // a further step, rows at different positions
		attention(1, []int32{4, 2}, 5, true),  // with queries, keys and values in one operand
		attention(2, []int32{4}, 5, true),     // two positions at once: the runtime does one row only
	)
}

// attention is a step of seq positions after which the rows have lengths[b]+1, the longest total.
func attention(seq int, lengths []int32, total int32, packed bool) kernel {
	const heads, keyHeads, dim = 4, 2, 16
	k := attentionOf(len(lengths), seq, heads, keyHeads, dim, 6)
	k.in[5].I32, k.in[6].I32 = lengths, []int32{total}
	if packed {
		k.in[0] = normal(40, len(lengths), seq, (heads+2*keyHeads)*dim)
		k.in[1], k.in[2] = graph.Array{}, graph.Array{}
	}
	return k
}

// attentionOf is a step over caches with room for size positions; lengths are still to be set.
func attentionOf(batch, seq, heads, keyHeads, dim, size int) kernel {
	return kernel{
		op: "GroupQueryAttention", domain: graph.Microsoft,
		in: []graph.Array{
			normal(40, batch, seq, heads*dim), normal(41, batch, seq, keyHeads*dim), normal(42, batch, seq, keyHeads*dim),
			normal(43, batch, keyHeads, size, dim), normal(44, batch, keyHeads, size, dim),
			{DType: graph.Int32, Shape: []int{batch}, I32: make([]int32, batch)},
			{DType: graph.Int32, I32: []int32{0}},
			normal(45, size, dim/2), normal(46, size, dim/2),
		},
		out:   []graph.Value{makes(f32, batch, seq, heads*dim), makes(f32, batch, keyHeads, size, dim), makes(f32, batch, keyHeads, size, dim)},
		attrs: []graph.Attr{attr("num_heads", heads), attr("kv_num_heads", keyHeads), attr("scale", float32(0.3)), attr("do_rotary", 1)},
		onto:  map[int]int{1: 3, 2: 4},
	}
}
