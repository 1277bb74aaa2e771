package script

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// ScriptError is a mistake in a script: where, what, and what to do next.
type ScriptError struct {
	File         string
	Line, Column int    // from 1; 0 where the whole file is meant
	Source       string // the line as written
	What         string
	Next         string // what to do; may be empty
	Calls        []Call // how the script got there, outermost first, without the last
	cause        error
}

// Call is one step of the way to an error.
type Call struct {
	Function     string
	Line, Column int
}

// shownCalls is how many calls an error shows, the innermost and the outermost.
const shownCalls = 8

// Error says file, line and column, what is wrong, the line with a mark under the place, and what to
// do next.
func (e *ScriptError) Error() string {
	var b strings.Builder
	b.WriteString(e.Place() + ": " + e.What)
	if e.Source != "" {
		line := strings.TrimRight(e.Source, " \t\r\n")
		fmt.Fprintf(&b, "\n    %s\n    %s^", line, blank(line, e.Column-1))
	}
	for i := len(e.Calls) - 1; i >= 0; i-- {
		if i == len(e.Calls)-shownCalls && i > 0 {
			fmt.Fprintf(&b, "\n  … and %d calls before", i)
			i = 0
		}
		c := e.Calls[i]
		fmt.Fprintf(&b, "\n  called from %s, line %d", c.Function, c.Line)
	}
	if e.Next != "" {
		b.WriteString("\n  " + e.Next)
	}
	return b.String()
}

// Place is file:line:column.
func (e *ScriptError) Place() string {
	if e.Line == 0 {
		return e.File
	}
	return fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
}

// Unwrap gives the error of the engine or the storage behind it, if there is one.
func (e *ScriptError) Unwrap() error { return e.cause }

// Places lists the mistakes in a script that an error tells of, in its order.
func Places(err error) []*ScriptError {
	switch e := err.(type) { //nolint:errorlint // the tree is walked, not asked for one kind
	case nil:
		return nil
	case *ScriptError:
		return []*ScriptError{e}
	case interface{ Unwrap() []error }:
		var all []*ScriptError
		for _, one := range e.Unwrap() {
			all = append(all, Places(one)...)
		}
		return all
	}
	return Places(errors.Unwrap(err))
}

// blank is as wide as the first n characters of line; tabs stay tabs, so that the mark stands right.
func blank(line string, n int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i >= n {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// advised is an error that knows what to do next.
type advised struct {
	err  error
	next string
}

func (a *advised) Error() string { return a.err.Error() }
func (a *advised) Unwrap() error { return a.err }

// advise joins a complaint with what to do about it.
func advise(next, format string, args ...any) error {
	return &advised{fmt.Errorf(format, args...), next}
}

// adviceOf finds what to do next in a chain of errors.
func adviceOf(err error) string {
	var a *advised
	if errors.As(err, &a) {
		return a.next
	}
	return ""
}

// at makes an error that points into the script.
func (s *Script) at(pos syntax.Position, next, format string, args ...any) *ScriptError {
	return s.locate(pos, fmt.Errorf(format, args...), next)
}

func (s *Script) locate(pos syntax.Position, err error, next string) *ScriptError {
	e := &ScriptError{File: s.Name, Line: int(pos.Line), Column: int(pos.Col), What: err.Error(), Next: next, cause: err}
	if e.Next == "" {
		e.Next = adviceOf(err)
	}
	if n := e.Line - 1; n >= 0 && n < len(s.lines) {
		e.Source = s.lines[n]
	}
	return e
}

// explain turns whatever the interpreter reports into a ScriptError.
func (s *Script) explain(err error) error {
	var done *ScriptError
	var bad syntax.Error
	var names resolve.ErrorList
	var eval *starlark.EvalError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &done):
		return done
	case errors.As(err, &bad):
		return s.at(bad.Pos, syntaxAdvice(bad.Msg), "%s", bad.Msg)
	case errors.As(err, &names):
		return s.unresolved(names)
	case errors.As(err, &eval):
		return s.evaluated(eval)
	}
	return err
}

// syntaxAdvice helps where Starlark is not Python.
func syntaxAdvice(message string) string {
	switch {
	case strings.Contains(message, "got load"):
		return `load is a word of Starlark itself; write  model("name")`
	case strings.Contains(message, "got '**'"), strings.Contains(message, "got **"):
		return "Starlark has no **; write square(x), or exp(p * log(x))"
	case strings.Contains(message, "got try"), strings.Contains(message, "got class"), strings.Contains(message, "got import"), strings.Contains(message, "got with"):
		return "Starlark is Python's syntax without classes, imports, exceptions and with"
	}
	return ""
}

func (s *Script) unresolved(names resolve.ErrorList) error {
	all := make([]error, len(names))
	for i, e := range names {
		next := ""
		if name, ok := strings.CutPrefix(e.Msg, "undefined: "); ok {
			next = suggest(name, s.names())
		}
		all[i] = s.at(e.Pos, next, "%s", e.Msg)
	}
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}

// evaluated places an error of the interpreter or of a primitive.
func (s *Script) evaluated(e *starlark.EvalError) error {
	cause := e.Unwrap()
	if cause == nil {
		cause = errors.New(e.Msg)
	}
	return s.placed(e.CallStack, cause)
}

// placed puts an error at the innermost line of the script itself: built-in functions have no line.
func (s *Script) placed(stack starlark.CallStack, cause error) error {
	for len(stack) > 1 && stack[len(stack)-1].Pos.Line == 0 {
		stack = stack[:len(stack)-1]
	}
	if len(stack) == 0 {
		return cause
	}
	if reason, ok := strings.CutPrefix(cause.Error(), cancelled); ok {
		cause = errors.New(reason)
	}
	out := s.locate(stack[len(stack)-1].Pos, cause, "")
	if out.Next == "" {
		out.Next = interpreterAdvice(cause.Error())
	}
	for _, f := range stack[:len(stack)-1] {
		if f.Pos.Line > 0 && f.Name != "<toplevel>" {
			out.Calls = append(out.Calls, Call{f.Name, int(f.Pos.Line), int(f.Pos.Col)})
		}
	}
	return out
}

// interpreterAdvice helps with the interpreter's own messages that a Python user stumbles over.
func interpreterAdvice(message string) string {
	switch {
	case strings.Contains(message, "tensor") && strings.Contains(message, "not implemented"):
		return "compare tensors with greater, greater_equal, less, less_equal or equal"
	case strings.Contains(message, shut{}.Type()):
		return noReading
	case strings.Contains(message, "too many steps"):
		return "is there a loop without an end? what takes long belongs into a run, or into flows that are spawned"
	case strings.Contains(message, "more than") && strings.HasPrefix(message, "functions call"):
		return "is there a recursion without an end? write a loop, or spawn(…)"
	case strings.Contains(message, "referenced before assignment"):
		return "give it a value on every path that leads here; in a resumed run the loop's earlier iterations are not done again"
	case strings.Contains(message, "frozen"):
		return "top-level values cannot be changed from a function; build them inside run(), or keep what changes in state(…)"
	}
	return ""
}

// suggest names what was probably meant.
func suggest(name string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := editDistance(name, k); d < distance && d < max(len(name), 2) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %s?", best)
}

// editDistance is Levenshtein's: the fewest insertions, deletions and replacements of bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
