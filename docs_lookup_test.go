package main

import (
	"fmt"
	"go/ast"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"workbench/ui/cli"
)

// mention is a piece of code in a document: a span between backticks, or a line of a block.
type mention struct {
	text   string
	block  bool
	broken bool   // over two lines
	at     string // document and line
}

var (
	codeSpan   = regexp.MustCompile("`([^`]+)`")
	link       = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	pathLike   = regexp.MustCompile(`^[\w.<>*-]+(/[\w.<>*-]+)*/?$`)
	fileSuffix = regexp.MustCompile(`\.(go|md|star|py|yml)$`)
	hostLike   = regexp.MustCompile(`^\w[\w-]*(\.[\w-]+)+/`) // of a module: github.com/…
	unknown    = regexp.MustCompile(`<[^>]*>|\b[A-Z]{2,}\b`) // stands for something: <name>, NAME
	symbolLike = regexp.MustCompile(`^([a-z]\w*)\.([A-Z]\w*(?:\.[A-Z]\w*)?)(?:\(.*\))?$`)
	testLike   = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z]\w*$`)
	scriptLike = regexp.MustCompile(`^((?:[a-z]+\.)?[a-z_]+)\(…\)$`)
	verbLike   = regexp.MustCompile(`^[a-z][a-z_-]*$`)
)

// mentions finds what a document writes as code; blocks in a language of their own are left out.
func mentions(name, text string) []mention {
	var all []mention
	fence := ""
	for i, line := range strings.Split(text, "\n") {
		at := fmt.Sprintf("%s:%d", name, i+1)
		switch {
		case strings.HasPrefix(line, "```") && fence == "":
			fence = line
		case strings.HasPrefix(line, "```"):
			fence = ""
		case fence == "```" || fence == "```sh":
			command, _, _ := strings.Cut(line, " #")
			for _, part := range regexp.MustCompile(`\||&&`).Split(command, -1) {
				all = append(all, mention{text: strings.TrimPrefix(strings.TrimSpace(part), "./"), block: true, at: at})
			}
		case fence == "":
			for _, span := range codeSpan.FindAllStringSubmatch(line, -1) {
				all = append(all, mention{text: span[1], at: at})
			}
			if strings.Count(line, "`")%2 == 1 {
				all = append(all, mention{text: line, broken: true, at: at})
			}
		}
	}
	return all
}

// house is what can be named.
type house struct {
	t       *testing.T
	files   map[string]bool            // and folders
	symbols map[string]map[string]bool // of packages, by the package's name: Name, Type.Method, Type.Field
	targets map[string]bool            // of make
	scripts map[string]bool            // primitives
	tests   map[string]bool
}

// problem says what is wrong with a mention, or nothing.
func (h *house) problem(m mention) string {
	words := strings.Fields(m.text)
	switch {
	case m.broken:
		return "it begins on this line and ends on another, so nobody can look it up"
	case len(words) == 0:
	case words[0] == "make":
		return h.makeProblem(words[1:])
	case words[0] == "workbench":
		return h.verbProblem(words[1:])
	case words[0] == "go":
		for _, word := range words {
			if below, is := strings.CutPrefix(word, "./"); is && !h.exists(strings.TrimSuffix(below, "/...")) && below != "..." {
				return "there is no " + word
			}
		}
	case m.block:
	case testLike.MatchString(m.text) && !h.tests[m.text]:
		return "there is no such test"
	case symbolLike.MatchString(m.text):
		parts := symbolLike.FindStringSubmatch(m.text)
		if !h.symbols[parts[1]][parts[2]] {
			return "no package " + parts[1] + " of ours exports it"
		}
	case scriptLike.MatchString(m.text) && !h.scripts[scriptLike.FindStringSubmatch(m.text)[1]]:
		return "docs/script.md has no such primitive"
	case pathLike.MatchString(m.text) && (strings.Contains(m.text, "/") || fileSuffix.MatchString(m.text)):
		if !hostLike.MatchString(m.text) && !h.exists(m.text) {
			return "there is no such path"
		}
	}
	return ""
}

func (h *house) makeProblem(words []string) string {
	for _, word := range words {
		if verbLike.MatchString(word) && !h.targets[word] {
			return "the Makefile has no target " + word
		}
	}
	return ""
}

// verbProblem compares a command line with the help pages that the program itself gives.
func (h *house) verbProblem(words []string) string {
	var line, flags []string
	for _, word := range words {
		name, _, _ := strings.Cut(word, "=")
		if strings.HasPrefix(name, "-") && len(name) > 1 {
			flags = append(flags, name)
		} else if len(flags) == 0 && verbLike.MatchString(word) {
			line = append(line, word)
		}
	}
	page := h.help()
	if len(line) == 2 && line[0] == "help" && strings.Contains(page, "workbench "+strings.Join(line, " ")) {
		return "" // a topic
	}
	for depth := 1; depth <= len(line) && strings.Contains(page, "\nVERBS:"); depth++ {
		if !regexp.MustCompile(`(?m)^   ` + line[depth-1] + `\s`).MatchString(page) {
			return "there is no verb " + strings.Join(line[:depth], " ")
		}
		page = h.help(line[:depth]...)
	}
	for _, name := range flags {
		if !regexp.MustCompile(`(^|[\s,])` + regexp.QuoteMeta(name) + `\b`).MatchString(page) {
			return "its help page has no " + name
		}
	}
	isRun, isRecipe := len(line) == 2 && line[0] == "run", len(line) == 3 && line[0] == "recipe"
	if (isRun || isRecipe) && !h.files["tasks/recipes/"+line[len(line)-1]+".star"] {
		return "no recipe is called " + line[len(line)-1]
	}
	return ""
}

// help is the page of a verb, or of the program.
func (h *house) help(verb ...string) string {
	var page strings.Builder
	if code := cli.Run(h.t.Context(), append(slices.Clone(verb), "--help"), strings.NewReader(""), &page, io.Discard); code != 0 {
		h.t.Errorf("workbench %s --help: got exit code %d, want 0", strings.Join(verb, " "), code)
	}
	return page.String()
}

// exists reports whether a path, or one that ends so, is in the tree; <name> and NAME stand for any.
func (h *house) exists(name string) bool {
	name = path.Clean(name)
	if h.files[name] {
		return true
	}
	pattern := unknown.ReplaceAllString(name, "*")
	for file := range h.files {
		parts := strings.Split(file, "/")
		from := len(parts) - 1 - strings.Count(pattern, "/")
		if from < 0 {
			continue
		}
		if ok, err := path.Match(pattern, strings.Join(parts[from:], "/")); ok && err == nil {
			return true
		}
	}
	return false
}

// inspect looks the tree over.
func inspect(t *testing.T) *house {
	t.Helper()
	h := &house{
		t: t, files: map[string]bool{}, symbols: map[string]map[string]bool{},
		targets: map[string]bool{}, scripts: map[string]bool{}, tests: map[string]bool{},
	}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && slices.Contains([]string{".git", "build", "node_modules"}, entry.Name()) {
			return filepath.SkipDir
		}
		h.files[filepath.ToSlash(name)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources(t) {
		h.declare(s)
	}
	for _, target := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		h.targets[target[1]] = true
	}
	for _, primitive := range regexp.MustCompile("(?m)^### `([a-z_.]+)\\(").FindAllStringSubmatch(read(t, "docs/script.md"), -1) {
		h.scripts[primitive[1]] = true
	}
	return h
}

// declare notes what a file exports, and its tests.
func (h *house) declare(s source) {
	pkg := path.Base(s.pkg)
	if h.symbols[pkg] == nil {
		h.symbols[pkg] = map[string]bool{}
	}
	for _, declaration := range s.file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			switch {
			case s.isTest():
				h.tests[d.Name.Name] = true
			case d.Recv == nil:
				h.symbols[pkg][d.Name.Name] = true
			default:
				h.symbols[pkg][receiver(d.Recv.List[0].Type)+"."+d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				h.declareSpec(pkg, spec)
			}
		}
	}
}

// receiver names the type of a method, a pointer or not.
func receiver(of ast.Expr) string {
	if star, is := of.(*ast.StarExpr); is {
		of = star.X
	}
	if name, is := of.(*ast.Ident); is {
		return name.Name
	}
	return ""
}

func (h *house) declareSpec(pkg string, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			h.symbols[pkg][name.Name] = true
		}
	case *ast.TypeSpec:
		h.symbols[pkg][s.Name.Name] = true
		var fields *ast.FieldList
		switch of := s.Type.(type) {
		case *ast.StructType:
			fields = of.Fields
		case *ast.InterfaceType:
			fields = of.Methods
		default:
			return
		}
		for _, field := range fields.List {
			for _, name := range field.Names {
				h.symbols[pkg][s.Name.Name+"."+name.Name] = true
			}
		}
	}
}
