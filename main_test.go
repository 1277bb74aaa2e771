package main

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// table says which of our packages a package may import. The first row that matches counts;
// "x/*" is any package directly below x, "x/..." is x and all below it.
//
// Where a row says "above", the order within that floor is given by the list of the same name: a
// package may import what stands above it.
var table = []struct {
	pkg string
	may []string
}{
	{".", []string{"ui/cli"}},
	{"embed/...", []string{"embed/manifest"}},
	{"models/graph/...", []string{"models/graph/*"}}, // its own parts
	{"models/tokenizer/...", []string{"models/tokenizer/*"}},
	{"models/checkpoint/...", []string{"models/checkpoint/*"}},
	{"models/*", []string{"models/graph", "models/checkpoint"}},
	{"models", []string{"models/*"}},
	{"engine/ort", []string{"models/graph"}},
	{"engine/enginetest", []string{"engine/...", "models/..."}},
	{"engine/...", []string{"models", "models/*", "above"}},
	{"storage", nil},
	{"storage/storagetest", nil},
	{"storage/dataset/...", []string{"storage"}},
	{"tasks/form", nil},
	{"tasks/...", []string{"storage", "storage/dataset", "engine/*", "models", "models/*", "above"}},
	{"ui/app", nil},
	{"ui/web/openai", nil},
	{"ui/web/...", []string{"tasks/...", "storage", "engine/*", "ui/app", "ui/web/*"}},
	{"ui/cli", []string{"embed", "models/...", "engine/...", "storage/...", "tasks/...", "ui/web/...", "ui/app"}},
}

// above orders the packages of a floor; a row may import the rows before it. The packages below one
// (tasks/script/column) belong to it, and it may import them.
var above = map[string][]string{
	"engine": {"ort", "weights", "forward", "generate", "train", "eval", "runs"},
	"tasks":  {"form", "people", "assign", "quality", "lineage", "flow", "script", "recipes", "simulate"},
}

// doors says which package alone may import a library, tests included.
var doors = map[string]string{
	"C":                               "engine/ort",
	"github.com/yalue/onnxruntime_go": "engine/ort",
	"github.com/dgraph-io/badger":     "storage",
	"github.com/dgraph-io/ristretto":  "storage", // Badger's parts, for the text of an error
	"github.com/urfave/cli":           "ui/cli",
	"github.com/schollz/progressbar":  "ui/cli",
	"github.com/google/btree":         "tasks/assign",
	"github.com/gorilla/websocket":    "ui/web",
	"go.starlark.net":                 "tasks/script",
	"github.com/dlclark/regexp2":      "models/tokenizer",
	"google.golang.org/protobuf":      "models/graph",
	"workbench/embed":                 "ui/cli",
}

// forTests are packages that only tests may import.
var forTests = []string{"engine/enginetest", "storage/storagetest"}

// banned are imports that have a better replacement.
var banned = map[string]string{
	"compress/gzip": "github.com/klauspost/compress/gzip, several times faster",
	"compress/zlib": "github.com/klauspost/compress/zlib, several times faster",
	"io/ioutil":     "io and os",
	"math/rand":     "math/rand/v2, with a seed from a parameter",
}

// maxLines is the length of file beyond which newcomers stop reading.
const maxLines = 600

// source is one Go file of ours.
type source struct {
	path, pkg string // relative to the root, with slashes; pkg is the folder
	file      *ast.File
	lines     int
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) imports() []string {
	var all []string
	for _, spec := range s.file.Imports {
		if imported, err := strconv.Unquote(spec.Path.Value); err == nil {
			all = append(all, imported)
		}
	}
	return all
}

// sources parses every Go file that is built, leaving out what others made and what is fetched.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			skip := name != "." && strings.HasPrefix(entry.Name(), ".")
			if skip || slices.Contains([]string{"build", "node_modules", "testdata", "dist"}, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if built, err := build.Default.MatchFile(filepath.Dir(name), entry.Name()); err != nil || !built || !strings.HasSuffix(name, ".go") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		slashed := filepath.ToSlash(name)
		all = append(all, source{slashed, path.Dir(slashed), file, bytes.Count(text, []byte("\n"))})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestImportsGoDownwards holds the table. Tests may also look sideways: at helpers and neighbours.
func TestImportsGoDownwards(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.imports() {
			ours, is := strings.CutPrefix(imported, "workbench/")
			if !is || s.isTest() {
				continue
			}
			if slices.Contains(forTests, ours) {
				t.Errorf("%s imports %s, which is for tests", s.path, ours)
			}
			if !mayImport(t, s.pkg, ours) {
				t.Errorf("%s imports %s, and the table in main_test.go does not allow it to %s", s.path, ours, s.pkg)
			}
		}
	}
}

func mayImport(t *testing.T, pkg, imported string) bool {
	t.Helper()
	for _, row := range table {
		if !matches(row.pkg, pkg) {
			continue
		}
		return slices.ContainsFunc(row.may, func(pattern string) bool {
			return matches(pattern, imported) || pattern == "above" && isAbove(t, imported, pkg)
		})
	}
	t.Errorf("package %s stands in no row of the table: give it one", pkg)
	return true
}

// isAbove reports whether imported stands before pkg on the floor that they share.
func isAbove(t *testing.T, imported, pkg string) bool {
	t.Helper()
	floor, name, _ := strings.Cut(pkg, "/")
	room, _, _ := strings.Cut(name, "/")
	otherFloor, other, _ := strings.Cut(imported, "/")
	otherRoom, _, _ := strings.Cut(other, "/")
	here, there := slices.Index(above[floor], room), slices.Index(above[floor], otherRoom)
	if here < 0 {
		t.Errorf("%s has no place in the order of %s: give it one in main_test.go", pkg, floor)
		return true
	}
	if floor == otherFloor && room == otherRoom {
		return other != room // what stands below a package is its own; the package is not known to it
	}
	return floor == otherFloor && there >= 0 && there < here
}

// matches compares a package with a pattern of the table.
func matches(pattern, pkg string) bool {
	if below, all := strings.CutSuffix(pattern, "/..."); all {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	if below, one := strings.CutSuffix(pattern, "/*"); one {
		rest, is := strings.CutPrefix(pkg, below+"/")
		return is && !strings.Contains(rest, "/")
	}
	return pattern == pkg
}

func TestDoors(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.imports() {
			if better, is := banned[imported]; is {
				t.Errorf("%s imports %s; use %s", s.path, imported, better)
			}
			for library, door := range doors {
				through := imported == library || strings.HasPrefix(imported, library+"/")
				own := strings.HasPrefix("workbench/"+s.pkg+"/", library+"/")
				if through && !own && !matches(door+"/...", s.pkg) {
					t.Errorf("%s imports %s; only %s may", s.path, imported, door)
				}
			}
		}
	}
}

func TestHouseRules(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if s.lines > maxLines {
			t.Errorf("%s has %d lines, and none may have more than %d: it is two files", s.path, s.lines, maxLines)
		}
		if slices.Contains([]string{"util", "utils", "common", "helpers", "misc"}, path.Base(s.pkg)) {
			t.Errorf("%s: a package is named after what it provides, not %q", s.path, path.Base(s.pkg))
		}
		for _, declaration := range s.file.Decls {
			if f, is := declaration.(*ast.FuncDecl); is && f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s has an init function: what runs is called by somebody", s.path)
			}
		}
		documented[s.pkg] = documented[s.pkg] || s.file.Doc.Text() != ""
	}
	for pkg, has := range documented {
		if !has {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}

// TestTable tries the table itself on imports that must and must not be allowed.
func TestTable(t *testing.T) {
	for _, tt := range []struct {
		pkg, imported string
		want          bool
	}{
		{"models/llama", "models/graph", true},
		{"models/graph", "models/llama", false},
		{"models/llama", "models/gpt2", false},
		{"engine/train", "engine/forward", true},
		{"engine/forward", "engine/train", false},
		{"engine/train", "storage", false},
		{"engine/ort", "models/checkpoint", false},
		{"tasks/script", "tasks/script/column", true},
		{"tasks/script/column", "tasks/script", false},
		{"tasks/script", "engine/eval", true},
		{"tasks/recipes", "tasks/script", true},
		{"tasks/flow", "tasks/script", false},
		{"tasks/script", "ui/cli", false},
		{"storage", "engine/runs", false},
		{"ui/cli", "embed", true},
		{"ui/web", "embed", false},
		{".", "embed", false},
	} {
		if got := mayImport(t, tt.pkg, tt.imported); got != tt.want {
			t.Errorf("may %s import %s: %v, want %v", tt.pkg, tt.imported, got, tt.want)
		}
	}
}
