package jinja

import (
	"errors"
	"fmt"
	"strings"
)

// postfix reads what follows a value: .name, [index], (arguments).
func (p *parser) postfix(e expression) (expression, error) {
	for {
		var err error
		switch {
		case p.match(operator, "."):
			e, err = p.attribute(e)
		case p.match(operator, "["):
			e, err = p.subscript(e)
		case p.match(operator, "("):
			e, err = p.call(e)
		default:
			return e, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) attribute(of expression) (expression, error) {
	t := p.take()
	if !t.is(nameToken) {
		return nil, at(t.line, "expected a name after the point, not %q", t.text)
	}
	return step(func(s *scope) (any, error) {
		v, err := of(s)
		if err != nil {
			return nil, err
		}
		return s.attribute(v, t.text)
	}), nil
}

// attribute is v.name: as Python has it an object's own, and as Jinja then has
// it the item of that name.
func (r *render) attribute(v any, name string) (any, error) {
	missing := undefined{"'" + typeName(v) + " object' has no attribute '" + name + "', which"}
	if strings.HasPrefix(name, "_") {
		return missing, nil
	}
	switch v := v.(type) {
	case undefined:
		return nil, v.err()
	case *loop:
		return v.attribute(name), nil
	case *namespace:
		if item, ok := v.get(name); ok {
			return item, nil
		}
		return missing, nil
	}
	if m, ok := method(v, name); ok {
		return m, nil
	}
	if d, ok := v.(*dict); ok {
		if item, ok := d.get(name); ok {
			return item, nil
		}
	}
	return missing, nil
}

// item is v[key]: the item, and then the attribute of that name.
func (r *render) item(v, key any) (any, error) {
	missing := undefined{"the item"}
	if s, ok := key.(string); ok {
		missing.name = "'" + typeName(v) + " object' has no attribute '" + s + "', which"
	}
	switch c := v.(type) {
	case undefined:
		return nil, c.err()
	case *dict:
		if item, ok := c.get(key); ok {
			return item, nil
		}
	case *list:
		if i, ok := integer(key); ok {
			if i < 0 {
				i += int64(len(c.items))
			}
			if i >= 0 && i < int64(len(c.items)) {
				return c.items[i], nil
			}
			return missing, nil
		}
	case string:
		if i, ok := integer(key); ok {
			runes := []rune(c)
			if i < 0 {
				i += int64(len(runes))
			}
			if err := r.spend(len(c)); err != nil || i < 0 || i >= int64(len(runes)) {
				return missing, err
			}
			return string(runes[i]), nil
		}
	}
	if name, ok := key.(string); ok {
		return r.attribute(v, name)
	}
	return missing, nil
}

func (p *parser) subscript(of expression) (expression, error) {
	if p.match(operator, ":") {
		return p.slice(of, nil)
	}
	key, err := p.tuple()
	if err != nil {
		return nil, err
	}
	if p.match(operator, ":") {
		return p.slice(of, key)
	}
	return two(of, key, func(r *render, v, key any) (any, error) { return r.item(v, key) }), p.expect(operator, "]")
}

// slice reads the rest of [start:stop:step], after the first colon.
func (p *parser) slice(of, start expression) (expression, error) {
	bounds := [3]expression{start}
	for i := 1; i < 3; i++ {
		if t := p.peek(); !t.is(operator, ":", "]") {
			e, err := p.expression()
			if err != nil {
				return nil, err
			}
			bounds[i] = e
		}
		if i == 1 && !p.match(operator, ":") {
			break
		}
	}
	return step(func(s *scope) (any, error) {
		v, err := of(s)
		if err != nil {
			return nil, err
		}
		var values [3]any
		for i, bound := range bounds {
			if bound == nil {
				continue
			}
			if values[i], err = bound(s); err != nil {
				return nil, err
			}
		}
		return s.sliced(v, values)
	}), p.expect(operator, "]")
}

func (r *render) sliced(v any, bounds [3]any) (any, error) {
	switch v := v.(type) {
	case *list:
		items, err := cutOut(v.items, bounds)
		if err != nil {
			return nil, err
		}
		return &list{items: items, tuple: v.tuple}, r.spend(stepCost * len(items))
	case string:
		runes, err := cutOut([]rune(v), bounds)
		if err != nil {
			return nil, err
		}
		return string(runes), r.spend(4 * len(v))
	case undefined:
		return nil, v.err()
	}
	return undefined{"a part of a " + typeName(v)}, nil
}

// cutOut is Python's items[start:stop:step].
func cutOut[T any](items []T, bounds [3]any) ([]T, error) {
	n := int64(len(items))
	by := int64(1)
	if bounds[2] != nil {
		var ok bool
		if by, ok = integer(bounds[2]); !ok || by == 0 {
			return nil, errors.New("a slice's step is a number other than 0")
		}
	}
	low, high := int64(0), n // where start and stop are clamped to
	if by < 0 {
		low, high = -1, n-1
	}
	clamp := func(v any, absent int64) (int64, error) {
		if v == nil {
			return absent, nil
		}
		i, ok := integer(v)
		if !ok {
			return 0, errors.New("a slice's bounds are whole numbers")
		}
		if i < 0 {
			i += n
		}
		return min(max(i, low), high), nil
	}
	from, to := low, high
	if by < 0 {
		from, to = high, low
	}
	from, err := clamp(bounds[0], from)
	if err != nil {
		return nil, err
	}
	to, err = clamp(bounds[1], to)
	if err != nil {
		return nil, err
	}
	by = min(max(by, -n-1), n+1) // so that the sum below cannot overflow
	var out []T
	for i := from; by > 0 && i < to || by < 0 && i > to; i += by {
		out = append(out, items[i])
	}
	return out, nil
}

// callArguments are the expressions of a call's arguments.
type callArguments struct {
	list  []expression
	names []string // of the named ones
	named []expression
}

// arguments reads what stands between brackets, after the opening one.
func (p *parser) arguments() (a callArguments, err error) {
	for first := true; !p.match(operator, ")"); first = false {
		if !first {
			if err := p.expect(operator, ","); err != nil {
				return a, err
			}
			if p.match(operator, ")") {
				break
			}
		}
		if p.peek().is(nameToken) && p.tokens[p.next+1].is(operator, "=") {
			a.names = append(a.names, p.take().text)
			p.take()
			e, err := p.expression()
			if err != nil {
				return a, err
			}
			a.named = append(a.named, e)
			continue
		}
		e, err := p.expression()
		if err != nil {
			return a, err
		}
		a.list = append(a.list, e)
	}
	return a, nil
}

func (a callArguments) evaluate(s *scope) (out arguments, err error) {
	for _, e := range a.list {
		v, err := e(s)
		if err != nil {
			return out, err
		}
		out.list = append(out.list, v)
	}
	for i, e := range a.named {
		v, err := e(s)
		if err != nil {
			return out, err
		}
		if out.named == nil {
			out.named = make(map[string]any)
		}
		if _, twice := out.named[a.names[i]]; twice {
			return out, fmt.Errorf("argument %s is given twice", a.names[i])
		}
		out.named[a.names[i]] = v
		out.names = append(out.names, a.names[i])
	}
	return out, nil
}

func (p *parser) call(of expression) (expression, error) {
	given, err := p.arguments()
	if err != nil {
		return nil, err
	}
	return step(func(s *scope) (any, error) {
		v, err := of(s)
		if err != nil {
			return nil, err
		}
		a, err := given.evaluate(s)
		if err != nil {
			return nil, err
		}
		switch f := v.(type) {
		case *function:
			return f.call(s.render, a)
		case *loop:
			if f.recurse != nil && len(a.list) == 1 {
				return f.recurse(a.list[0])
			}
		case undefined:
			return nil, f.err()
		}
		return nil, fmt.Errorf("a %s cannot be called", typeName(v))
	}), nil
}

// filtered reads filters and tests: | name(arguments), is name argument.
func (p *parser) filtered(e expression) (expression, error) {
	for {
		var err error
		switch t := p.peek(); {
		case t.is(operator, "|"):
			var apply func(expression) expression
			if apply, err = p.filters(); err == nil {
				e = apply(e)
			}
		case t.is(nameToken, "is"):
			e, err = p.test(e)
		case p.match(operator, "("):
			e, err = p.call(e)
		default:
			return e, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// filters reads any number of filters, to be applied in order.
func (p *parser) filters() (func(expression) expression, error) {
	var all []func(expression) expression
	for p.match(operator, "|") {
		t := p.take()
		f, ok := p.known[t.text]
		if !ok {
			return nil, at(t.line, "no filter is named %q", t.text)
		}
		var given callArguments
		if p.match(operator, "(") {
			var err error
			if given, err = p.arguments(); err != nil {
				return nil, err
			}
		}
		all = append(all, func(e expression) expression {
			return step(func(s *scope) (any, error) {
				v, err := e(s)
				if err != nil {
					return nil, err
				}
				a, err := given.evaluate(s)
				if err != nil {
					return nil, err
				}
				out, err := f(s.render, v, a)
				if err != nil {
					return nil, fmt.Errorf("filter %s: %w", t.text, err)
				}
				return out, nil
			})
		})
	}
	return func(e expression) expression {
		for _, apply := range all {
			e = apply(e)
		}
		return e
	}, nil
}

// test reads "is [not] name argument".
func (p *parser) test(of expression) (expression, error) {
	p.take()
	negated := p.match(nameToken, "not")
	t := p.take()
	holds, ok := tests[t.text]
	if !ok {
		return nil, at(t.line, "no test is named %q", t.text)
	}
	var given callArguments
	var err error
	switch next := p.peek(); {
	case p.match(operator, "("):
		given, err = p.arguments()
	case next.is(stringToken), next.is(integerToken), next.is(floatToken), next.is(operator, "[", "{"),
		next.is(nameToken) && !next.is(nameToken, "else", "or", "and", "is", "if", "not", "in", "recursive"):
		var e expression
		if e, err = p.primary(); err == nil {
			e, err = p.postfix(e)
		}
		given.list = []expression{e}
	}
	if err != nil {
		return nil, err
	}
	return step(func(s *scope) (any, error) {
		v, err := of(s)
		if err != nil {
			return nil, err
		}
		a, err := given.evaluate(s)
		if err != nil {
			return nil, err
		}
		yes, err := holds(s.render, v, a.list)
		if err != nil {
			return nil, fmt.Errorf("test %s: %w", t.text, err)
		}
		return yes != negated, nil
	}), nil
}
