package jinja

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Bounds on one template and one rendering of it.
const (
	maxSource = 128 << 10
	maxOutput = 16 << 20
	maxWork   = 64 << 20 // bytes made and compared, with stepCost for each step
	maxDepth  = 50       // of calls within calls
	stepCost  = 16
	itemCost  = 64 // of an item of a new list, which takes about as much memory
)

// ErrLimit is wrapped by the errors of templates that do or make too much.
var ErrLimit = errors.New("the template goes beyond what one may do")

// Template is a parsed template. It may be rendered by several goroutines at once.
type Template struct {
	body    []statement
	filters map[string]filter
}

// Parse reads a template. The error is an *Error that says the line.
func Parse(source string) (*Template, error) {
	if len(source) > maxSource {
		return nil, fmt.Errorf("the template has %d bytes, more than %d: %w", len(source), maxSource, ErrLimit)
	}
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens, known: makeFilters()}
	body, err := p.body()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != endOfFile {
		return nil, at(t.line, "unexpected {%% %s %%}", p.tokens[min(p.next+1, len(p.tokens)-1)].text)
	}
	return &Template{body: body, filters: p.known}, nil
}

// Render fills the template in with named values: nil, bool, int, float64,
// string, []any and Dict. now is the clock that strftime_now reads. Errors are
// those that Python would raise, raise_exception's, and ErrLimit.
func (t *Template) Render(values Dict, now func() time.Time) (string, error) {
	r := &render{out: new(strings.Builder), now: now, limit: maxWork, filters: t.filters}
	globals := &scope{render: r, vars: builtins()}
	top := globals.inner()
	for _, v := range values {
		converted, err := fromGo(v.Value)
		if err != nil {
			return "", fmt.Errorf("%s: %w", v.Key, err)
		}
		r.limit += 64 * size(converted) // long chats may take longer
		globals.vars[v.Key] = converted
	}
	if err := run(top, t.body); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

// size is about how many bytes a value holds.
func size(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case *list:
		total := stepCost * len(v.items)
		for _, item := range v.items {
			total += size(item)
		}
		return total
	case *dict:
		total := stepCost * len(v.keys)
		for _, key := range v.keys {
			total += size(key) + size(v.items[key])
		}
		return total
	}
	return stepCost
}

// render is one rendering: where its output goes, and what it has done so far.
type render struct {
	out         *strings.Builder
	now         func() time.Time
	filters     map[string]filter
	work, limit int
	depth       int
}

// spend counts work, in bytes.
func (r *render) spend(n int) error {
	if r.work += n; r.work > r.limit || n < 0 {
		return fmt.Errorf("more than %d units of work: %w", r.limit, ErrLimit)
	}
	return nil
}

func (r *render) enter() error {
	if r.depth++; r.depth > maxDepth {
		return fmt.Errorf("calls are nested deeper than %d: %w", maxDepth, ErrLimit)
	}
	return nil
}

func (r *render) leave() { r.depth-- }

func (r *render) write(text string) error {
	if r.out.Len()+len(text) > maxOutput {
		return fmt.Errorf("more than %d bytes of output: %w", maxOutput, ErrLimit)
	}
	r.out.WriteString(text)
	return r.spend(len(text))
}

// capture returns what body writes.
func (r *render) capture(body func() error) (string, error) {
	outer := r.out
	r.out = new(strings.Builder)
	err := body()
	text := r.out.String()
	r.out = outer
	return text, err
}

// scope holds the names that a part of a template has set.
type scope struct {
	*render
	vars   map[string]any
	parent *scope
}

func (s *scope) inner() *scope { return &scope{render: s.render, parent: s} }

func (s *scope) set(name string, v any) {
	if s.vars == nil {
		s.vars = make(map[string]any)
	}
	s.vars[name] = v
}

func (s *scope) lookup(name string) any {
	for ; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			return v
		}
	}
	return undefined{"'" + name + "'"}
}
