package web

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write ui/app/wire.ts anew")

// formTypes are the types of tasks/form that go over the wire.
var formTypes = []string{"Form", "Part", "Field", "Quote"}

// TestWire holds the browser's half of what goes over the wire against ours.
func TestWire(t *testing.T) {
	var g generator
	g.line("// Written by go test ./ui/web -run Wire -update from ui/web/wire*.go and tasks/form. Don't edit it.")
	g.file(t, "wire.go", nil)
	g.file(t, "wire_people.go", nil)
	for _, name := range []string{"form.go", "answer.go"} {
		g.file(t, filepath.Join("..", "..", "tasks", "form", name), formTypes)
	}
	const target = "../app/wire.ts"
	if *update {
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, []byte(g.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(target)
	if err != nil || string(kept) != g.String() {
		t.Errorf("ui/app/wire.ts is not what wire.go says (%v): go test ./ui/web -run Wire -update", err)
	}
}

// generator writes TypeScript.
type generator struct{ strings.Builder }

func (g *generator) line(format string, args ...any) { fmt.Fprintf(g, format+"\n", args...) }

// file writes the types of a file: those that are listed, or all.
func (g *generator) file(t *testing.T, path string, only []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		declaration, ok := d.(*ast.GenDecl)
		if !ok || declaration.Tok != token.TYPE {
			continue
		}
		for _, s := range declaration.Specs {
			spec, ok := s.(*ast.TypeSpec)
			if !ok || only != nil && !slices.Contains(only, spec.Name.Name) {
				continue
			}
			fields, ok := spec.Type.(*ast.StructType)
			if !ok {
				t.Errorf("%s: %s is no struct, and only those go over the wire", path, spec.Name)
				continue
			}
			g.structure(t, spec.Name.Name, declaration.Doc.Text(), fields)
		}
	}
}

func (g *generator) structure(t *testing.T, name, doc string, s *ast.StructType) {
	t.Helper()
	var extends []string
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 {
			extends = append(extends, g.typeOf(t, f.Type))
		}
	}
	head := "export interface " + name
	if len(extends) > 0 {
		head += " extends " + strings.Join(extends, ", ")
	}
	g.line("\n/** %s */", strings.ReplaceAll(strings.TrimSpace(doc), "\n", "\n * "))
	g.line("%s {", head)
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 {
			continue
		}
		g.field(t, name, f)
	}
	g.line("}")
}

func (g *generator) field(t *testing.T, of string, f *ast.Field) {
	t.Helper()
	if len(f.Names) != 1 || f.Tag == nil {
		t.Fatalf("%s: each field stands on its own line and has a tag", of)
	}
	tag, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		t.Fatal(err)
	}
	name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	kind, optional := g.typeOf(t, f.Type), ""
	_, pointer := f.Type.(*ast.StarExpr)
	switch {
	case strings.Contains(options, "omit"):
		optional = "?"
	case pointer:
		kind += " | null"
	}
	if doc := strings.TrimSpace(f.Doc.Text()); doc != "" {
		g.line("  /** %s */", strings.ReplaceAll(doc, "\n", " "))
	}
	comment := ""
	if says := strings.TrimSpace(f.Comment.Text()); says != "" {
		comment = " // " + says
	}
	g.line("  %s%s: %s;%s", name, optional, kind, comment)
}

// typeOf is how a Go type reads as TypeScript, once it went through JSON.
func (g *generator) typeOf(t *testing.T, e ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.Ident:
		switch e.Name {
		case "string":
			return "string"
		case "bool":
			return "boolean"
		case "int", "int64", "uint64", "float64":
			return "number"
		case "any":
			return "unknown"
		}
		return e.Name
	case *ast.StarExpr:
		return g.typeOf(t, e.X)
	case *ast.ArrayType:
		if _, pointer := e.Elt.(*ast.StarExpr); pointer {
			return "(" + g.typeOf(t, e.Elt) + " | null)[]"
		}
		return g.typeOf(t, e.Elt) + "[]"
	case *ast.MapType:
		return "Record<string, " + g.typeOf(t, e.Value) + ">"
	case *ast.SelectorExpr:
		pkg, _ := e.X.(*ast.Ident)
		switch full := pkg.Name + "." + e.Sel.Name; full {
		case "time.Time":
			return "string"
		case "json.RawMessage":
			return "unknown"
		default:
			if pkg.Name == "form" && slices.Contains(formTypes, e.Sel.Name) {
				return e.Sel.Name
			}
		}
	}
	t.Fatalf("there is no TypeScript for %T %v", e, e)
	return ""
}
