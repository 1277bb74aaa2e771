package jinja

import (
	"errors"
	"slices"
)

// statement does something in a scope: writes, sets, repeats.
type statement func(*scope) error

func run(s *scope, body []statement) error {
	for _, do := range body {
		if err := s.spend(stepCost); err != nil {
			return err
		}
		if err := do(s); err != nil {
			return err
		}
	}
	return nil
}

// Leaving a loop travels as an error through the statements between.
var errBreak, errContinue = errors.New("break outside a loop"), errors.New("continue outside a loop")

// parser turns tokens into statements and expressions.
type parser struct {
	tokens []token
	known  map[string]filter
	next   int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != endOfFile {
		p.next++
	}
	return t
}

func (t token) is(k kind, texts ...string) bool {
	return t.kind == k && (len(texts) == 0 || slices.Contains(texts, t.text))
}

// match takes the next token if it is one of these.
func (p *parser) match(k kind, texts ...string) bool {
	if !p.peek().is(k, texts...) {
		return false
	}
	p.take()
	return true
}

func (p *parser) expect(k kind, text string) error {
	if t := p.peek(); !p.match(k, text) {
		return at(t.line, "expected %q, not %q", text, t.text)
	}
	return nil
}

func (p *parser) name() (string, error) {
	t := p.take()
	if t.kind != nameToken {
		return "", at(t.line, "expected a name, not %q", t.text)
	}
	return t.text, nil
}

// down counts nesting; the parser recurses on it.
func (p *parser) down() error {
	if p.depth++; p.depth > 2*maxBrackets {
		return at(p.peek().line, "nested deeper than %d: %w", 2*maxBrackets, ErrLimit)
	}
	return nil
}

// body reads statements up to a tag whose name is in ends, which it leaves
// standing, or to the end.
func (p *parser) body(ends ...string) ([]statement, error) {
	if err := p.down(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	var out []statement
	for {
		t := p.peek()
		switch t.kind {
		case endOfFile:
			if len(ends) > 0 {
				return nil, at(t.line, "expected {%% %s %%} before the end", ends[len(ends)-1])
			}
			return out, nil
		case textToken:
			p.take()
			out = append(out, func(s *scope) error { return s.write(t.text) })
		case outputBegin:
			p.take()
			do, err := p.output()
			if err != nil {
				return nil, err
			}
			out = append(out, do)
		default: // a tag begins
			name := p.tokens[p.next+1]
			if slices.Contains(ends, name.text) || name.is(nameToken) && isEnd(name.text) {
				return out, nil
			}
			p.take()
			do, err := p.tag()
			if err != nil {
				return nil, err
			}
			out = append(out, do)
		}
	}
}

func isEnd(name string) bool {
	return slices.Contains([]string{"else", "elif", "endif", "endfor", "endset", "endmacro", "endgeneration"}, name)
}

func (p *parser) output() (statement, error) {
	line := p.peek().line
	e, err := p.tuple()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); !p.match(outputEnd) {
		return nil, at(t.line, "expected }}, not %q", t.text)
	}
	return located(line, func(s *scope) error {
		v, err := e(s)
		if err != nil {
			return err
		}
		text, err := s.text(v)
		if err != nil {
			return err
		}
		return s.write(text)
	}), nil
}

// located adds the line to a statement's error, unless one deeper is there.
func located(line int, do statement) statement {
	return func(s *scope) error {
		err := do(s)
		var already *Error
		if err == nil || errors.Is(err, errBreak) || errors.Is(err, errContinue) || errors.As(err, &already) {
			return err
		}
		return &Error{Line: line, Err: err}
	}
}

func (p *parser) tag() (statement, error) {
	t := p.take()
	var do statement
	var err error
	switch t.text {
	case "if":
		do, err = p.conditional()
	case "for":
		do, err = p.loop()
	case "set":
		do, err = p.assignment()
	case "macro":
		do, err = p.macro()
	case "generation":
		// Marks what the assistant said, for training masks; it renders as its body.
		do, err = p.generation()
	case "break", "continue":
		leave := map[string]error{"break": errBreak, "continue": errContinue}[t.text]
		do, err = func(*scope) error { return leave }, p.endTag()
	default:
		err = at(t.line, "the tag %q is not one that chat templates may use", t.text)
	}
	if err != nil {
		return nil, err
	}
	return located(t.line, do), nil
}

func (p *parser) endTag() error {
	if t := p.peek(); !p.match(tagEnd) {
		return at(t.line, "expected %%}, not %q", t.text)
	}
	return nil
}

// block reads the end of a tag, the statements after it, and the tag that ends
// them; it returns that one's name, with its own end still to come.
func (p *parser) block(ends ...string) (body []statement, end string, err error) {
	if err := p.endTag(); err != nil {
		return nil, "", err
	}
	if body, err = p.body(ends...); err != nil {
		return nil, "", err
	}
	p.take()
	t := p.take()
	if !slices.Contains(ends, t.text) {
		return nil, "", at(t.line, "unexpected {%% %s %%}, expected %s", t.text, ends[len(ends)-1])
	}
	return body, t.text, nil
}

func (p *parser) conditional() (statement, error) {
	test, err := p.expression()
	if err != nil {
		return nil, err
	}
	then, end, err := p.block("elif", "else", "endif")
	if err != nil {
		return nil, err
	}
	var otherwise []statement
	switch end {
	case "elif":
		if err := p.down(); err != nil {
			return nil, err
		}
		next, err := p.conditional()
		p.depth--
		if err != nil {
			return nil, err
		}
		otherwise = []statement{next}
	case "else":
		if otherwise, _, err = p.block("endif"); err != nil {
			return nil, err
		}
		fallthrough
	default:
		if err := p.endTag(); err != nil {
			return nil, err
		}
	}
	return func(s *scope) error {
		v, err := test(s)
		if err != nil {
			return err
		}
		if truth(v) {
			return run(s, then)
		}
		return run(s, otherwise)
	}, nil
}

func (p *parser) assignment() (statement, error) {
	names, attribute, err := p.target()
	if err != nil {
		return nil, err
	}
	assign := func(s *scope, v any) error {
		if attribute == "" {
			return unpack(s, names, v)
		}
		ns, ok := s.lookup(names[0]).(*namespace)
		if !ok {
			return errors.New("only namespaces have attributes that can be set")
		}
		return ns.set(attribute, v)
	}
	if p.match(operator, "=") {
		e, err := p.tuple()
		if err != nil {
			return nil, err
		}
		return func(s *scope) error {
			v, err := e(s)
			if err != nil {
				return err
			}
			return assign(s, v)
		}, p.endTag()
	}
	filters, err := p.filters()
	if err != nil {
		return nil, err
	}
	body, _, err := p.block("endset")
	if err != nil {
		return nil, err
	}
	return func(s *scope) error {
		text, err := s.capture(func() error { return run(s.inner(), body) })
		if err != nil {
			return err
		}
		v, err := filters(func(*scope) (any, error) { return text, nil })(s)
		if err != nil {
			return err
		}
		return assign(s, v)
	}, p.endTag()
}

// target is what a value is given to: a name, several, or a namespace's attribute.
func (p *parser) target() (names []string, attribute string, err error) {
	parenthesis := p.match(operator, "(")
	for {
		name, err := p.name()
		if err != nil {
			return nil, "", err
		}
		if names = append(names, name); !p.match(operator, ",") {
			break
		}
	}
	if parenthesis {
		return names, "", p.expect(operator, ")")
	}
	if len(names) == 1 && p.match(operator, ".") {
		attribute, err = p.name()
	}
	return names, attribute, err
}

// unpack gives a value to one name, or its items to several.
func unpack(s *scope, names []string, v any) error {
	if len(names) == 1 {
		s.set(names[0], v)
		return nil
	}
	items, err := s.iterate(v)
	if err != nil {
		return err
	}
	if len(items) != len(names) {
		return errors.New("the number of values and of names differ")
	}
	for i, name := range names {
		s.set(name, items[i])
	}
	return nil
}

func (p *parser) generation() (statement, error) {
	body, _, err := p.block("endgeneration")
	if err != nil {
		return nil, err
	}
	return func(s *scope) error { return run(s.inner(), body) }, p.endTag()
}
