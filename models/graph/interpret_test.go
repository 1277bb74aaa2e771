package graph

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// emitters are the functions whose first string argument is an ONNX operator.
var emitters = map[string]bool{
	"node": true, "nodes": true, "Emit": true, "binary": true, "arithmetic": true, "unary": true,
	"compare": true, "reduce": true,
}

// emitted finds every operator that some call in the file emits, by name without domain.
func emitted(t *testing.T, file string) map[string]bool {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ops := map[string]bool{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		name := ""
		switch fun := call.Fun.(type) {
		case *ast.Ident:
			name = fun.Name
		case *ast.SelectorExpr:
			name = fun.Sel.Name
		}
		if lit, ok := call.Args[0].(*ast.BasicLit); ok && emitters[name] && lit.Kind == token.STRING {
			op, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			ops[op] = true
		}
		return true
	})
	return ops
}

func TestEveryEmittedOperatorIsInterpretable(t *testing.T) {
	known := map[string]bool{}
	for key := range operators {
		known[key[strings.LastIndex(key, ".")+1:]] = true
	}
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for op := range emitted(t, file) {
			count++
			if !known[op] {
				t.Errorf("%s emits %s, which operators in catalog.go lacks", file, op)
			}
		}
	}
	if count < 30 {
		t.Errorf("found only %d operators in the code: has a function that emits them got another name?", count)
	}
}

// run interprets one operator on constants and returns its results.
func run(t *testing.T, op, domain string, in []Array, outs []Value, attrs ...Attr) ([]Array, error) {
	t.Helper()
	g := New()
	var operands []*Tensor
	for _, a := range in {
		operands = append(operands, g.Constant(a))
	}
	for i, r := range g.Emit(op, domain, operands, outs, attrs...) {
		g.Output(strconv.Itoa(i), r)
	}
	named, err := Interpret(g, nil)
	var results []Array
	for i := range outs {
		results = append(results, named[strconv.Itoa(i)])
	}
	return results, err
}

// The values here are worked out by hand, or are those of the operator's page in the ONNX documentation.
func TestInterpretByHand(t *testing.T) {
	f := func(n ...int) Value { return Value{Float32, anonymous(n)} }
	i := func(n ...int) Value { return Value{Int64, anonymous(n)} }
	row := func(v ...float32) Array { return Floats(v, len(v)) }
	ids := func(v ...int64) Array { return Int64s(v, len(v)) }
	for _, tc := range []struct {
		op    string
		in    []Array
		outs  []Value
		attrs []Attr
		want  string
	}{
		{"Sub", []Array{Floats([]float32{5, 7}, 2, 1), row(1, 2, 3)}, []Value{f(2, 3)}, nil, "[4 3 2 6 5 4]"},
		{"Div", []Array{ids(-7, 7), ids(2, 2)}, []Value{i(2)}, nil, "[-3 3]"},
		{"Cast", []Array{row(1.9, -1.9)}, []Value{i(2)}, []Attr{{"to", int(Int64)}}, "[1 -1]"},
		{"Clip", []Array{row(-2, 0.5, 2), Floats([]float32{0}), Floats([]float32{1})}, []Value{f(3)}, nil, "[0 0.5 1]"},
		{"Softplus", []Array{row(100, -200)}, []Value{f(2)}, nil, "[100 0]"},
		{"ReduceLogSumExp", []Array{row(1000, 1000), ids(0)}, []Value{f()}, []Attr{{"keepdims", 0}}, "[1000.6932]"},
		{"Softmax", []Array{row(0, 0, 1e9)}, []Value{f(3)}, nil, "[0 0 1]"},
		{"ArgMax", []Array{row(1, 3, 3)}, []Value{i(1)}, nil, "[1]"},
		{"CumSum", []Array{row(1, 2, 3), Int64s([]int64{0})}, []Value{f(3)}, []Attr{{"exclusive", 1}, {"reverse", 1}}, "[5 3 0]"},
		{"TopK", []Array{row(1, 3, 2, 3), ids(3)}, []Value{f(3), i(3)}, nil, "[3 3 2] [1 3 2]"},
		{"Slice", []Array{row(0, 1, 2, 3), ids(-1), ids(-10), ids(0), ids(-2)}, []Value{f(2)}, nil, "[3 1]"},
		{"Range", []Array{Int64s([]int64{10}), Int64s([]int64{4}), Int64s([]int64{-2})}, []Value{i(3)}, nil, "[10 8 6]"},
		{"Trilu", []Array{Floats([]float32{1, 2, 3, 4}, 2, 2)}, []Value{f(2, 2)}, []Attr{{"upper", 0}}, "[1 0 3 4]"},
		{"Gather", []Array{Floats([]float32{1, 2, 3, 4}, 2, 2), ids(-1)}, []Value{f(1, 2)}, nil, "[3 4]"},
		{"ScatterND", []Array{row(1, 2, 3), Int64s([]int64{1, 1}, 2, 1), row(10, 20)}, []Value{f(3)}, []Attr{{"reduction", "add"}}, "[1 32 3]"},
		{"ScatterND", []Array{row(1, 2, 3), Int64s([]int64{2}, 1, 1), row(9)}, []Value{f(3)}, nil, "[1 2 9]"},
		{"Gemm", []Array{Floats([]float32{1, 2}, 1, 2), Floats([]float32{3, 4, 5, 6}, 2, 2), row(100, 200)}, []Value{f(1, 2)}, []Attr{{"transB", 1}, {"alpha", float32(2)}}, "[122 234]"},
	} {
		got, err := run(t, tc.op, "", tc.in, tc.outs, tc.attrs...)
		if err != nil {
			t.Errorf("%s: %v", tc.op, err)
			continue
		}
		var text []string
		for _, a := range got {
			if a.DType == Float32 {
				text = append(text, fmt.Sprint(a.F32))
			} else {
				text = append(text, fmt.Sprint(a.I64))
			}
		}
		if s := strings.Join(text, " "); s != tc.want {
			t.Errorf("%s %v of %v = %s, want %s", tc.op, tc.attrs, tc.in, s, tc.want)
		}
	}
}

func anonymous(sizes []int) Shape {
	s := make(Shape, len(sizes))
	for i, n := range sizes {
		s[i].Size = n
	}
	return s
}

// A packed weight of two blocks: 4-bit values 0…15 stand for −8…7, the low half of a byte first.
func TestInterpretQuantized(t *testing.T) {
	packed := Array{DType: Uint8, Shape: []int{1, 2, 8}, U8: make([]uint8, 16)}
	for i := range packed.U8 {
		packed.U8[i] = 0x88 // zero everywhere
	}
	packed.U8[0] = 0x8f // w[0] is 7 times its scale
	packed.U8[8] = 0x08 // w[16] is 0 and w[17] −8 times theirs
	x := Floats(make([]float32, 32), 1, 32)
	x.F32[0], x.F32[16], x.F32[17] = 1, 10, 100
	got, err := run(t, "MatMulNBits", Microsoft, []Array{x, packed, Floats([]float32{0.5, 2}, 2)}, []Value{{Float32, anonymous([]int{1, 1})}},
		Attr{"K", 32}, Attr{"N", 1}, Attr{"bits", 4}, Attr{"block_size", 16})
	if want := float32(1*7*0.5 + 10*0*2 + 100*-8*2); err != nil || got[0].F32[0] != want {
		t.Errorf("x · w = %v (%v), want %g", got, err, want)
	}
}

func TestInterpretErrors(t *testing.T) {
	vector := []Value{{Float32, anonymous([]int{2})}}
	x := Floats([]float32{1, 2}, 2)
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"an operator that is not there", fails(run(t, "Conv", "", []Array{x}, vector)), "node Conv_1 (Conv): the interpreter does not know this operator"},
		{"another shape than claimed", fails(run(t, "Neg", "", []Array{Floats([]float32{1}, 1)}, vector)), "the value is float32 [1], the graph says float32 [=2]"},
		{"an index outside", fails(run(t, "Gather", "", []Array{x, Int64s([]int64{5}, 1)}, []Value{{Float32, anonymous([]int{1})}})), "5 is outside an axis of size 2"},
		{"operands that do not fit", fails(run(t, "Add", "", []Array{x, Floats([]float32{1, 2, 3}, 3)}, vector)), "node Add_1 (Add): broadcast"},
	} {
		if tc.err == nil || !strings.Contains(tc.err.Error(), tc.want) {
			t.Errorf("%s: %v, want an error with %q", tc.name, tc.err, tc.want)
		}
	}
	g := New()
	g.Output("y", Neg(g.Input("x", Float32, Of("n", Dynamic))))
	if _, err := Interpret(g, nil); err == nil || !strings.Contains(err.Error(), `nothing is fed for "x"`) {
		t.Errorf("without feeds: %v", err)
	}
}

func fails(_ []Array, err error) error { return err }
