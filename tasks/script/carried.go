package script

import (
	"fmt"
	"slices"

	"go.starlark.net/syntax"
)

// inspectCarried reports variables that carry a value from one iteration to the next: a resumed run
// would not have them.
func (s *Script) inspectCarried(run *syntax.DefStmt, f *syntax.ForStmt, report reporter) {
	inBody := map[string]bool{}
	bindings(f.Body, inBody)
	c := &carried{bound: inBody, plain: containers(run.Body, f), reported: map[string]bool{}, report: report}
	have := map[string]bool{}
	for _, name := range bound(f.Vars) {
		have[name] = true
	}
	c.block(f.Body, have)
	for _, name := range bound(f.Vars) { // behind the loop these are lost like any other
		inBody[name] = true
	}
	c.after(run, f)
}

// carried walks a loop's body in the order of execution and knows what is surely assigned.
type carried struct {
	bound    map[string]bool // assigned somewhere in the body
	plain    map[string]bool // lists, dictionaries and sets that were made before the loop
	reported map[string]bool
	report   reporter
}

// containers finds the lists, dictionaries and sets that statements before the loop make.
func containers(stmts []syntax.Stmt, loop *syntax.ForStmt) map[string]bool {
	made := map[string]bool{}
	for _, stmt := range stmts {
		if stmt == syntax.Stmt(loop) {
			break
		}
		assign, ok := stmt.(*syntax.AssignStmt)
		if !ok || assign.Op != syntax.EQ {
			continue
		}
		targets, values := []syntax.Expr{assign.LHS}, []syntax.Expr{assign.RHS}
		if l, ok := assign.LHS.(*syntax.TupleExpr); ok {
			if r, ok := assign.RHS.(*syntax.TupleExpr); ok && len(l.List) == len(r.List) {
				targets, values = l.List, r.List
			}
		}
		for i, target := range targets {
			for _, name := range bound(target) {
				made[name] = isContainer(values[i])
			}
		}
	}
	return made
}

func isContainer(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.ListExpr, *syntax.DictExpr, *syntax.Comprehension:
		return true
	case *syntax.CallExpr:
		_, name := callee(e)
		return name == "list" || name == "dict" || name == "set"
	}
	return false
}

const useState = "write  s = state(%[1]s = …)  before the loop and use s.%[1]s: what is in a state is saved with every checkpoint"

// block walks statements; have is what is assigned before them and grows. It says whether control
// leaves the block before its end.
func (c *carried) block(stmts []syntax.Stmt, have map[string]bool) (leaves bool) {
	for _, stmt := range stmts {
		if c.stmt(stmt, have) {
			return true
		}
	}
	return false
}

func (c *carried) stmt(stmt syntax.Stmt, have map[string]bool) (leaves bool) {
	switch stmt := stmt.(type) {
	case *syntax.ExprStmt:
		c.expr(stmt.X, have)
	case *syntax.AssignStmt:
		c.assign(stmt, have)
	case *syntax.IfStmt:
		return c.branch(stmt, have)
	case *syntax.ForStmt:
		c.expr(stmt.X, have)
		inner := copied(have)
		for _, name := range bound(stmt.Vars) {
			inner[name] = true
		}
		c.block(stmt.Body, inner)
	case *syntax.WhileStmt:
		c.expr(stmt.Cond, have)
		c.block(stmt.Body, copied(have))
	case *syntax.DefStmt:
		inner := copied(have)
		for _, p := range stmt.Params {
			for _, name := range bound(p) {
				inner[name] = true
			}
		}
		locals := map[string]bool{}
		bindings(stmt.Body, locals)
		for name := range locals {
			inner[name] = true
		}
		c.block(stmt.Body, inner)
		have[stmt.Name.Name] = true
	case *syntax.ReturnStmt:
		if stmt.Result != nil {
			c.expr(stmt.Result, have)
		}
		return true
	case *syntax.BranchStmt:
		return stmt.Token != syntax.PASS
	}
	return false
}

func (c *carried) branch(stmt *syntax.IfStmt, have map[string]bool) (leaves bool) {
	c.expr(stmt.Cond, have)
	yes, no := copied(have), copied(have)
	leavesYes, leavesNo := c.block(stmt.True, yes), c.block(stmt.False, no)
	for name := range c.bound {
		if (yes[name] || leavesYes) && (no[name] || leavesNo) {
			have[name] = true
		}
	}
	return leavesYes && leavesNo
}

func (c *carried) assign(stmt *syntax.AssignStmt, have map[string]bool) {
	c.expr(stmt.RHS, have)
	if stmt.Op != syntax.EQ {
		c.expr(stmt.LHS, have)
	}
	c.target(stmt.LHS, have)
}

// target binds names, and reads what stands before a dot or an index.
func (c *carried) target(e syntax.Expr, have map[string]bool) {
	switch e := e.(type) {
	case *syntax.Ident:
		have[e.Name] = true
	case *syntax.ParenExpr:
		c.target(e.X, have)
	case *syntax.TupleExpr:
		for _, x := range e.List {
			c.target(x, have)
		}
	case *syntax.ListExpr:
		for _, x := range e.List {
			c.target(x, have)
		}
	case *syntax.IndexExpr:
		c.expr(e.Y, have)
		c.mutated(e.X, have)
	default:
		c.expr(e, have)
	}
}

// changers are methods that change a list, a dictionary or a set.
var changers = []string{"append", "extend", "insert", "pop", "popitem", "remove", "clear", "update", "setdefault", "add", "discard"}

// mutated reports a list or dictionary from before the loop that the body changes.
func (c *carried) mutated(e syntax.Expr, have map[string]bool) {
	id, ok := e.(*syntax.Ident)
	if !ok {
		c.expr(e, have)
		return
	}
	if c.plain[id.Name] && !have[id.Name] && !c.reported[id.Name] {
		c.reported[id.Name] = true
		c.report(id.NamePos, fmt.Sprintf(useState, id.Name), "%s is changed in the loop and was made before it: a resumed run would lose what earlier iterations put into it", id.Name)
	}
	c.expr(e, have)
}

// expr looks for reads.
func (c *carried) expr(e syntax.Expr, have map[string]bool) {
	syntax.Walk(e, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Ident:
			c.read(n, have)
		case *syntax.DotExpr: // the name after the dot is no variable
			c.expr(n.X, have)
			return false
		case *syntax.CallExpr:
			c.call(n, have)
			return false
		case *syntax.LambdaExpr:
			c.scope(n.Params, []syntax.Node{n.Body}, have)
			return false
		case *syntax.Comprehension:
			c.comprehension(n, have)
			return false
		}
		return true
	})
}

func (c *carried) call(n *syntax.CallExpr, have map[string]bool) {
	if dot, ok := n.Fn.(*syntax.DotExpr); ok && slices.Contains(changers, dot.Name.Name) {
		c.mutated(dot.X, have)
	} else {
		c.expr(n.Fn, have)
	}
	for _, arg := range n.Args {
		if b, ok := arg.(*syntax.BinaryExpr); ok && b.Op == syntax.EQ { // name = value
			arg = b.Y
		}
		c.expr(arg, have)
	}
}

func (c *carried) scope(params []syntax.Expr, body []syntax.Node, have map[string]bool) {
	inner := copied(have)
	for _, p := range params {
		for _, name := range bound(p) {
			inner[name] = true
		}
	}
	for _, n := range body {
		c.expr(n.(syntax.Expr), inner)
	}
}

func (c *carried) comprehension(n *syntax.Comprehension, have map[string]bool) {
	inner := copied(have)
	for _, clause := range n.Clauses {
		switch clause := clause.(type) {
		case *syntax.ForClause:
			c.expr(clause.X, inner)
			for _, name := range bound(clause.Vars) {
				inner[name] = true
			}
		case *syntax.IfClause:
			c.expr(clause.Cond, inner)
		}
	}
	if entry, ok := n.Body.(*syntax.DictEntry); ok {
		c.expr(entry.Key, inner)
		c.expr(entry.Value, inner)
		return
	}
	c.expr(n.Body, inner)
}

func (c *carried) read(id *syntax.Ident, have map[string]bool) {
	if !c.bound[id.Name] || have[id.Name] || c.reported[id.Name] {
		return
	}
	c.reported[id.Name] = true
	c.report(id.NamePos, fmt.Sprintf(useState, id.Name), "%s carries a value from one iteration of the loop to the next: a resumed run would lose it", id.Name)
}

// after reports variables that the loop assigns and that are read behind it: a run that is resumed
// at the loop's end does not have them.
func (c *carried) after(run *syntax.DefStmt, f *syntax.ForStmt) {
	at := slices.IndexFunc(run.Body, func(s syntax.Stmt) bool { return s == syntax.Stmt(f) })
	if at < 0 {
		return // inside an if or a with; reads behind it are found at run time
	}
	behind := &carried{bound: c.bound, reported: c.reported, report: func(pos syntax.Position, next, _ string, _ ...any) {
		c.report(pos, next, "this is assigned in the loop and read behind it: a run that is resumed at the loop's end would not have it")
	}}
	behind.block(run.Body[at+1:], map[string]bool{})
}

func copied(m map[string]bool) map[string]bool {
	out := make(map[string]bool, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// bindings collects the names that statements assign.
func bindings(stmts []syntax.Stmt, into map[string]bool) {
	add := func(e syntax.Expr) {
		for _, name := range bound(e) {
			into[name] = true
		}
	}
	for _, stmt := range stmts {
		switch stmt := stmt.(type) {
		case *syntax.AssignStmt:
			add(stmt.LHS)
		case *syntax.ForStmt:
			add(stmt.Vars)
			bindings(stmt.Body, into)
		case *syntax.WhileStmt:
			bindings(stmt.Body, into)
		case *syntax.IfStmt:
			bindings(stmt.True, into)
			bindings(stmt.False, into)
		case *syntax.DefStmt:
			into[stmt.Name.Name] = true
		}
	}
}

// bound lists the names that a target or a parameter binds.
func bound(e syntax.Expr) []string {
	switch e := e.(type) {
	case *syntax.Ident:
		return []string{e.Name}
	case *syntax.ParenExpr:
		return bound(e.X)
	case *syntax.TupleExpr:
		return boundAll(e.List)
	case *syntax.ListExpr:
		return boundAll(e.List)
	case *syntax.BinaryExpr: // a parameter with a default
		return bound(e.X)
	case *syntax.UnaryExpr: // *args, **kwargs
		if e.X != nil {
			return bound(e.X)
		}
	}
	return nil
}

func boundAll(list []syntax.Expr) []string {
	var names []string
	for _, e := range list {
		names = append(names, bound(e)...)
	}
	return names
}
