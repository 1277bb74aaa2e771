package script

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// dialect is Starlark with what experiments need: while, top-level control flow, recursion and
// reassignment of globals.
func dialect() *syntax.FileOptions {
	return &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true, Recursion: true}
}

// Script is a parsed script whose names all resolve and which keeps the rules of check.go that can
// be seen without running it. It may be used by several goroutines.
type Script struct {
	Name    string // of the file or recipe
	Text    string
	Summary string // the docstring's first line
	Doc     string // the whole docstring
	HasRun  bool   // it defines run()
	HasFlow bool   // it defines flow(item)

	lines   []string
	file    *syntax.File
	program *starlark.Program
	params  map[place]string // where param is called, and the name it is assigned to
	loops   bool             // run() has a marked loop
}

// maxSource is the longest script; recipes are a few KB.
const maxSource = 1 << 20

// Parse reads a script. Errors are [*ScriptError]s, several of them joined.
func Parse(name, text string) (*Script, error) {
	s := &Script{Name: name, Text: text, lines: strings.Split(text, "\n")}
	if len(text) > maxSource {
		return nil, &ScriptError{File: name, What: fmt.Sprintf("the script is %d bytes long, at most %d are taken", len(text), maxSource), Next: "data belongs in a dataset"}
	}
	file, err := dialect().Parse(name, text, 0)
	if err != nil {
		return nil, s.explain(err)
	}
	s.file = file
	s.describeDoc()
	if err := s.findParams(); err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, n := range s.predeclared() {
		known[n] = true
	}
	if err := resolve.File(file, func(n string) bool { return known[n] }, starlark.Universe.Has); err != nil {
		return nil, s.explain(err)
	}
	if err := s.inspect(); err != nil {
		return nil, err
	}
	s.program, err = starlark.FileProgram(parseAgain(name, text), func(n string) bool { return known[n] })
	return s, s.explain(err)
}

// parseAgain gives a tree that no resolver has written into: compiling resolves once more.
func parseAgain(name, text string) *syntax.File {
	file, err := dialect().Parse(name, text, 0)
	if err != nil { // it was parsed a moment ago
		panic(err)
	}
	return file
}

// SHA256 is the hash of the script's text, in hex.
func (s *Script) SHA256() string {
	sum := sha256.Sum256([]byte(s.Text))
	return hex.EncodeToString(sum[:])
}

func (s *Script) describeDoc() {
	for i, stmt := range s.file.Stmts {
		if def, ok := stmt.(*syntax.DefStmt); ok {
			s.HasRun = s.HasRun || def.Name.Name == "run"
			s.HasFlow = s.HasFlow || def.Name.Name == "flow"
		}
		e, ok := stmt.(*syntax.ExprStmt)
		if !ok || i > 0 {
			continue
		}
		if lit, ok := e.X.(*syntax.Literal); ok && lit.Token == syntax.STRING {
			s.Doc = strings.TrimSpace(lit.Value.(string))
			s.Summary, _, _ = strings.Cut(s.Doc, "\n")
		}
	}
}

// predeclared lists the names that the host provides.
func (s *Script) predeclared() []string {
	var names []string
	for _, p := range Catalog() {
		if !strings.Contains(p.Name, ".") {
			names = append(names, p.Name)
		}
	}
	return names
}

// names lists everything that a script could have meant.
func (s *Script) names() []string {
	names := s.predeclared()
	for n := range starlark.Universe {
		names = append(names, n)
	}
	for _, stmt := range s.file.Stmts {
		switch stmt := stmt.(type) {
		case *syntax.DefStmt:
			names = append(names, stmt.Name.Name)
		case *syntax.AssignStmt:
			names = append(names, bound(stmt.LHS)...)
		}
	}
	return names
}

// place is a position as a key of maps.
type place struct{ line, column int32 }

func placeOf(p syntax.Position) place { return place{p.Line, p.Col} }

// findParams maps each call of param, param.model and param.dataset to the name on its left.
func (s *Script) findParams() error {
	s.params = map[place]string{}
	for _, stmt := range s.file.Stmts {
		assign, ok := stmt.(*syntax.AssignStmt)
		if !ok || assign.Op != syntax.EQ {
			continue
		}
		name, isName := assign.LHS.(*syntax.Ident)
		call, isCall := assign.RHS.(*syntax.CallExpr)
		if isName && isCall && isParam(call) {
			s.params[placeOf(call.Lparen)] = name.Name
		}
	}
	var stray error
	syntax.Walk(s.file, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if ok && isParam(call) && s.params[placeOf(call.Lparen)] == "" && stray == nil {
			stray = s.at(call.Lparen, "write  name = param(default, help)  on a line of its own", "a param must be the whole right side of an assignment at the top level: its name is the name on the left")
		}
		return true
	})
	return stray
}

func isParam(call *syntax.CallExpr) bool {
	switch fn := call.Fn.(type) {
	case *syntax.Ident:
		return fn.Name == "param"
	case *syntax.DotExpr:
		root, ok := fn.X.(*syntax.Ident)
		return ok && root.Name == "param"
	}
	return false
}
