package graph

import "math"

// operators lists what the interpreter can run, by domain and operator type. Every operator that
// some function of this package emits has to be here; a test reads the code and holds that.
var operators = map[string]operator{
	"Add": folded(func(a, b float64) float64 { return a + b }),
	"Sub": paired(func(a, b float64) float64 { return a - b }),
	"Mul": folded(func(a, b float64) float64 { return a * b }),
	"Div": paired(func(a, b float64) float64 { return a / b }), // integers are truncated by rounding
	"Pow": paired(math.Pow),
	"Max": folded(math.Max),
	"Min": folded(math.Min),

	"Neg":        mapped(func(x float64) float64 { return -x }),
	"Abs":        mapped(math.Abs),
	"Sign":       mapped(sign),
	"Floor":      mapped(math.Floor),
	"Reciprocal": mapped(func(x float64) float64 { return 1 / x }),
	"Exp":        mapped(math.Exp),
	"Log":        mapped(math.Log),
	"Sqrt":       mapped(math.Sqrt),
	"Sin":        mapped(math.Sin),
	"Cos":        mapped(math.Cos),
	"Tanh":       mapped(math.Tanh),
	"Erf":        mapped(math.Erf),
	"Sigmoid":    mapped(sigmoid),
	"Softplus":   mapped(softplus),
	"Identity":   mapped(func(x float64) float64 { return x }),
	"Clip":       interpretClip,
	"Cast":       interpretCast,

	"Greater":        compared(func(a, b float64) bool { return a > b }),
	"GreaterOrEqual": compared(func(a, b float64) bool { return a >= b }),
	"Less":           compared(func(a, b float64) bool { return a < b }),
	"LessOrEqual":    compared(func(a, b float64) bool { return a <= b }),
	"Equal":          compared(func(a, b float64) bool { return a == b }),
	"And":            compared(func(a, b float64) bool { return a != 0 && b != 0 }),
	"Or":             compared(func(a, b float64) bool { return a != 0 || b != 0 }),
	"Not":            mapped(func(x float64) float64 { return truth(x == 0) }),
	"Where":          interpretWhere,

	"ReduceSum":       reduction(sum),
	"ReduceMean":      reduction(mean),
	"ReduceMax":       reduction(largest),
	"ReduceMin":       reduction(smallest),
	"ReduceLogSumExp": reduction(logSumExp),
	"Softmax":         along(-1, softmaxLine),
	"LogSoftmax":      along(-1, logSoftmaxLine),
	"ArgMax":          interpretArgMax,
	"CumSum":          interpretCumSum,
	"TopK":            interpretTopK,

	"Reshape":         interpretReshape,
	"Transpose":       interpretTranspose,
	"Unsqueeze":       interpretUnsqueeze,
	"Squeeze":         interpretSqueeze,
	"Concat":          interpretConcat,
	"Slice":           interpretSlice,
	"Split":           interpretSplit,
	"Expand":          interpretExpand,
	"Shape":           interpretShape,
	"Range":           interpretRange,
	"ConstantOfShape": interpretConstantOfShape,
	"Trilu":           interpretTrilu,

	"Gather":          interpretGather,
	"GatherElements":  interpretGatherElements,
	"GatherND":        interpretGatherND,
	"ScatterElements": interpretScatterElements,
	"ScatterND":       interpretScatterND,

	"MatMul":                   interpretMatMul,
	"Gemm":                     interpretGemm,
	Microsoft + ".FusedMatMul": interpretFusedMatMul,
	Microsoft + ".MatMulNBits": interpretMatMulNBits,

	"QuantizeLinear":                    interpretQuantizeLinear,
	Microsoft + ".MatMulIntegerToFloat": interpretMatMulIntegerToFloat,

	"SimplifiedLayerNormalization":                  interpretSimplifiedLayerNorm,
	Microsoft + ".SkipSimplifiedLayerNormalization": interpretSkipSimplifiedLayerNorm,
	Microsoft + ".RotaryEmbedding":                  interpretRotary,
	Microsoft + ".QuickGelu":                        interpretQuickGelu,
	Microsoft + ".GroupQueryAttention":              interpretGroupQuery,
}
