package jinja

import (
	"fmt"
	"strconv"
)

// expression computes a value in a scope.
type expression func(*scope) (any, error)

func constant(v any) expression { return func(*scope) (any, error) { return v, nil } }

// step counts the evaluation of an expression.
func step(e expression) expression {
	return func(s *scope) (any, error) {
		if err := s.spend(stepCost); err != nil {
			return nil, err
		}
		return e(s)
	}
}

// two evaluates a pair and combines the values.
func two(a, b expression, combine func(r *render, x, y any) (any, error)) expression {
	return step(func(s *scope) (any, error) {
		x, err := a(s)
		if err != nil {
			return nil, err
		}
		y, err := b(s)
		if err != nil {
			return nil, err
		}
		return combine(s.render, x, y)
	})
}

// tuple is an expression, or several with commas between, without brackets.
func (p *parser) tuple() (expression, error) { return p.tupleOf(p.expression) }

func (p *parser) tupleOf(part func() (expression, error)) (expression, error) {
	first, err := part()
	if err != nil || !p.peek().is(operator, ",") {
		return first, err
	}
	parts := []expression{first}
	for p.match(operator, ",") {
		if t := p.peek(); t.is(tagEnd) || t.is(outputEnd) || t.is(operator, ")", "=") {
			break
		}
		next, err := part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, next)
	}
	return listOf(parts, true), nil
}

func listOf(parts []expression, tuple bool) expression {
	return step(func(s *scope) (any, error) {
		out := &list{items: make([]any, len(parts)), tuple: tuple}
		for i, part := range parts {
			var err error
			if out.items[i], err = part(s); err != nil {
				return nil, err
			}
		}
		return out, s.spend(stepCost * len(parts))
	})
}

// expression is the loosest binding: value if test else other.
func (p *parser) expression() (expression, error) {
	if err := p.down(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	value, err := p.or()
	if err != nil {
		return nil, err
	}
	for p.match(nameToken, "if") {
		test, err := p.or()
		if err != nil {
			return nil, err
		}
		other := constant(undefined{"the inline if-expression without an else"})
		if p.match(nameToken, "else") {
			if other, err = p.expression(); err != nil {
				return nil, err
			}
		}
		then := value
		value = step(func(s *scope) (any, error) {
			v, err := test(s)
			if err != nil {
				return nil, err
			}
			if truth(v) {
				return then(s)
			}
			return other(s)
		})
	}
	return value, nil
}

func (p *parser) or() (expression, error) { return p.either("or", true, p.and) }

func (p *parser) and() (expression, error) { return p.either("and", false, p.not) }

// either reads a chain of and, or of or: the first value whose truth is decisive.
func (p *parser) either(word string, decisive bool, part func() (expression, error)) (expression, error) {
	left, err := part()
	for err == nil && p.match(nameToken, word) {
		var right expression
		if right, err = part(); err != nil {
			break
		}
		first := left
		left = step(func(s *scope) (any, error) {
			v, err := first(s)
			if err != nil || truth(v) == decisive {
				return v, err
			}
			return right(s)
		})
	}
	return left, err
}

func (p *parser) not() (expression, error) {
	count := 0
	for p.match(nameToken, "not") {
		count++
	}
	e, err := p.compare()
	if err != nil || count == 0 {
		return e, err
	}
	return step(func(s *scope) (any, error) {
		v, err := e(s)
		return truth(v) == (count%2 == 0), err
	}), nil
}

// link is one comparison of a chain such as a < b <= c.
type link struct {
	op    string
	right expression
}

func (p *parser) compare() (expression, error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	var chain []link
	for {
		t := p.peek()
		op := t.text
		switch {
		case t.is(operator, "==", "!=", "<", "<=", ">", ">="), t.is(nameToken, "in"):
			p.take()
		case t.is(nameToken, "not") && p.tokens[p.next+1].is(nameToken, "in"):
			p.take()
			p.take()
			op = "not in"
		default:
			if len(chain) == 0 {
				return left, nil
			}
			return compareChain(left, chain), nil
		}
		right, err := p.sum()
		if err != nil {
			return nil, err
		}
		chain = append(chain, link{op, right})
	}
}

func compareChain(left expression, chain []link) expression {
	return step(func(s *scope) (any, error) {
		x, err := left(s)
		if err != nil {
			return nil, err
		}
		for _, l := range chain {
			y, err := l.right(s)
			if err != nil {
				return nil, err
			}
			holds, err := s.compare(l.op, x, y)
			if err != nil || !holds {
				return false, err
			}
			x = y
		}
		return true, nil
	})
}

func (r *render) compare(op string, x, y any) (bool, error) {
	switch op {
	case "==", "!=":
		same, err := r.equal(x, y, 0)
		return same == (op == "=="), err
	case "in", "not in":
		within, err := r.contains(y, x)
		return within == (op == "in"), err
	}
	order, err := r.order(x, y)
	switch op {
	case "<":
		return order < 0, err
	case "<=":
		return order <= 0, err
	case ">":
		return order > 0, err
	}
	return order >= 0, err
}

// chain reads operators of one precedence, from the left.
func (p *parser) chain(part func() (expression, error), operators ...string) (expression, error) {
	left, err := part()
	for err == nil && p.peek().is(operator, operators...) {
		op := p.take().text
		var right expression
		if right, err = part(); err != nil {
			break
		}
		left = two(left, right, func(r *render, x, y any) (any, error) { return r.arithmetic(op, x, y) })
	}
	return left, err
}

func (p *parser) sum() (expression, error)     { return p.chain(p.joined, "+", "-") }
func (p *parser) joined() (expression, error)  { return p.chain(p.product, "~") }
func (p *parser) product() (expression, error) { return p.chain(p.power, "*", "/", "//", "%") }
func (p *parser) power() (expression, error) {
	return p.chain(func() (expression, error) { return p.unary(true) }, "**")
}

func (p *parser) unary(filtered bool) (expression, error) {
	if t := p.peek(); t.is(operator, "-", "+") {
		if err := p.down(); err != nil {
			return nil, err
		}
		defer func() { p.depth-- }()
		p.take()
		e, err := p.unary(false)
		if err != nil {
			return nil, err
		}
		zero := constant(int64(0))
		signed := two(zero, e, func(r *render, x, y any) (any, error) {
			if f, ok := y.(float64); ok && t.text == "-" {
				return -f, nil
			}
			return r.arithmetic(t.text, x, y)
		})
		if filtered {
			return p.filtered(signed)
		}
		return signed, nil
	}
	e, err := p.primary()
	if err == nil {
		e, err = p.postfix(e)
	}
	if err == nil && filtered {
		e, err = p.filtered(e)
	}
	return e, err
}

var constants = map[string]any{
	"true": true, "True": true, "false": false, "False": false, "none": nil, "None": nil,
}

func (p *parser) primary() (expression, error) {
	t := p.take()
	switch t.kind {
	case nameToken:
		if v, ok := constants[t.text]; ok {
			return constant(v), nil
		}
		return step(func(s *scope) (any, error) { return s.lookup(t.text), nil }), nil
	case stringToken:
		text := t.text
		for p.peek().is(stringToken) {
			text += p.take().text
		}
		return constant(text), nil
	case integerToken:
		i, err := strconv.ParseInt(t.text, 0, 64)
		if len(t.text) > 1 && t.text[0] == '0' && t.text[1] <= '9' {
			i, err = strconv.ParseInt(t.text, 10, 64)
		}
		if err != nil {
			return nil, at(t.line, "%s is too large", t.text)
		}
		return constant(i), nil
	case floatToken:
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, at(t.line, "%s is too large", t.text)
		}
		return constant(f), nil
	}
	switch t.text {
	case "(":
		if p.match(operator, ")") {
			return listOf(nil, true), nil
		}
		e, err := p.tuple()
		if err != nil {
			return nil, err
		}
		return e, p.expect(operator, ")")
	case "[":
		parts, err := p.parts("]")
		return listOf(parts, false), err
	case "{":
		return p.mapping()
	}
	return nil, at(t.line, "expected a value, not %q", t.text)
}

// parts reads expressions with commas between, up to a closing bracket.
func (p *parser) parts(end string) (parts []expression, err error) {
	for !p.match(operator, end) {
		if len(parts) > 0 {
			if err := p.expect(operator, ","); err != nil {
				return nil, err
			}
			if p.match(operator, end) {
				break
			}
		}
		part, err := p.expression()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func (p *parser) mapping() (expression, error) {
	var keys, items []expression
	for !p.match(operator, "}") {
		if len(keys) > 0 {
			if err := p.expect(operator, ","); err != nil {
				return nil, err
			}
			if p.match(operator, "}") {
				break
			}
		}
		key, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expect(operator, ":"); err != nil {
			return nil, err
		}
		item, err := p.expression()
		if err != nil {
			return nil, err
		}
		keys, items = append(keys, key), append(items, item)
	}
	return step(func(s *scope) (any, error) {
		out := newDict()
		for i := range keys {
			key, err := keys[i](s)
			if err != nil {
				return nil, err
			}
			item, err := items[i](s)
			if err != nil {
				return nil, err
			}
			if err := out.set(key, item); err != nil {
				return nil, fmt.Errorf("a dict's key: %w", err)
			}
		}
		return out, s.spend(stepCost * len(keys))
	}), nil
}
