package graph

import (
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
