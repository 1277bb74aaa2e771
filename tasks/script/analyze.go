package script

import (
	"errors"
	"slices"

	"go.starlark.net/syntax"
)

// inspect holds the script against the rules that can be seen in its text: no comparison operators
// inside a loss, no plain variable that carries a value from one iteration of the loop to the next,
// loop(…) in run() and in a for statement.
func (s *Script) inspect() error {
	var problems []error
	report := func(pos syntax.Position, next, format string, args ...any) {
		problems = append(problems, s.at(pos, next, format, args...))
	}
	for _, loss := range s.losses() {
		s.inspectLoss(loss, report)
	}
	for _, stmt := range s.file.Stmts {
		if def, ok := stmt.(*syntax.DefStmt); ok && def.Name.Name == "run" {
			s.inspectLoop(def, report)
		}
	}
	if len(problems) == 1 {
		return problems[0]
	}
	return errors.Join(problems...)
}

type reporter func(pos syntax.Position, next, format string, args ...any)

// callee is the name that a call calls; empty if it is no plain name.
func callee(n syntax.Node) (*syntax.CallExpr, string) {
	call, ok := n.(*syntax.CallExpr)
	if !ok {
		return nil, ""
	}
	if id, ok := call.Fn.(*syntax.Ident); ok {
		return call, id.Name
	}
	return call, ""
}

// losses finds the functions that are given to trainer(…), and those of the script that they call.
func (s *Script) losses() []syntax.Node {
	defs := map[string]*syntax.DefStmt{}
	var wanted []string
	var out []syntax.Node
	syntax.Walk(s.file, func(n syntax.Node) bool {
		if def, ok := n.(*syntax.DefStmt); ok {
			defs[def.Name.Name] = def
		}
		call, name := callee(n)
		if name != "trainer" {
			return true
		}
		for i, arg := range call.Args {
			if b, ok := arg.(*syntax.BinaryExpr); ok && b.Op == syntax.EQ {
				if key, ok := b.X.(*syntax.Ident); !ok || key.Name != "loss" {
					continue
				}
				arg = b.Y
			} else if i > 0 {
				continue
			}
			switch fn := arg.(type) {
			case *syntax.Ident:
				wanted = append(wanted, fn.Name)
			case *syntax.LambdaExpr:
				out = append(out, fn)
			}
		}
		return true
	})
	for i := 0; i < len(wanted); i++ {
		def := defs[wanted[i]]
		if def == nil {
			continue
		}
		out = append(out, def)
		syntax.Walk(def, func(n syntax.Node) bool {
			if _, name := callee(n); defs[name] != nil && !slices.Contains(wanted, name) {
				wanted = append(wanted, name)
			}
			return true
		})
	}
	return out
}

// inspectLoss refuses ==, != and in, except against a text or None: on a tensor they would answer
// without asking it.
func (s *Script) inspectLoss(loss syntax.Node, report reporter) {
	syntax.Walk(loss, func(n syntax.Node) bool {
		e, ok := n.(*syntax.BinaryExpr)
		if !ok || textOrNone(e.X) || textOrNone(e.Y) {
			return true
		}
		switch e.Op {
		case syntax.EQL, syntax.NEQ:
			report(e.OpPos, "write equal(a, b), and 1 - equal(a, b) for unequal; == may be used against a text or None", "%s inside a loss: on a tensor it would always be %s", e.Op, map[bool]string{true: "False", false: "True"}[e.Op == syntax.EQL])
		case syntax.IN, syntax.NOT_IN:
			report(e.OpPos, "write equal(a, b) for each value; in may be used against a text", "%s inside a loss: on a tensor it would say nothing about its numbers", e.Op)
		}
		return true
	})
}

// textOrNone says whether an expression is a text, None, or a list of texts.
func textOrNone(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Literal:
		return e.Token == syntax.STRING
	case *syntax.Ident:
		return e.Name == "None"
	case *syntax.ParenExpr:
		return textOrNone(e.X)
	case *syntax.ListExpr:
		return len(e.List) > 0 && !slices.ContainsFunc(e.List, func(x syntax.Expr) bool { return !textOrNone(x) })
	case *syntax.TupleExpr:
		return len(e.List) > 0 && !slices.ContainsFunc(e.List, func(x syntax.Expr) bool { return !textOrNone(x) })
	}
	return false
}

// inspectLoop finds the marked loop of run() and holds its body against the rule on carried values.
func (s *Script) inspectLoop(run *syntax.DefStmt, report reporter) {
	marked := map[*syntax.CallExpr]bool{}
	syntax.Walk(run, func(n syntax.Node) bool {
		f, ok := n.(*syntax.ForStmt)
		if !ok {
			return true
		}
		if call, name := callee(f.X); name == "loop" {
			marked[call] = true
			s.loops = true
			s.inspectCarried(run, f, report)
		}
		return true
	})
	syntax.Walk(s.file, func(n syntax.Node) bool {
		if call, name := callee(n); name == "loop" && !marked[call] {
			report(call.Lparen, "write  for batch in loop(batches):  inside run()", "loop(…) stands outside of a for statement of run()")
		}
		return true
	})
}
