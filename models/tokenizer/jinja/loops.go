package jinja

import (
	"errors"
	"fmt"
)

// loop is the variable of that name inside a for.
type loop struct {
	items   []any
	index   int // from 0
	depth   int
	changed any
	recurse func(items any) (any, error) // nil unless the loop is recursive
}

func (l *loop) attribute(name string) any {
	switch name {
	case "index":
		return int64(l.index + 1)
	case "index0":
		return int64(l.index)
	case "revindex":
		return int64(len(l.items) - l.index)
	case "revindex0":
		return int64(len(l.items) - l.index - 1)
	case "first":
		return l.index == 0
	case "last":
		return l.index == len(l.items)-1
	case "length":
		return int64(len(l.items))
	case "depth":
		return int64(l.depth + 1)
	case "depth0":
		return int64(l.depth)
	case "previtem":
		if l.index > 0 {
			return l.items[l.index-1]
		}
		return undefined{"there is no previous item: previtem"}
	case "nextitem":
		if l.index+1 < len(l.items) {
			return l.items[l.index+1]
		}
		return undefined{"there is no next item: nextitem"}
	case "cycle":
		return &function{"cycle", func(_ *render, a arguments) (any, error) {
			if len(a.list) == 0 {
				return nil, errors.New("no items for cycling given")
			}
			return a.list[l.index%len(a.list)], nil
		}}
	case "changed":
		return &function{"changed", func(r *render, a arguments) (any, error) {
			now := &list{items: a.list}
			before := l.changed
			l.changed = now
			same, err := r.equal(before, now, 0)
			return !same, err
		}}
	}
	return undefined{"'loop." + name + "'"}
}

// forLoop is {% for names in items if test recursive %} body {% else %} none {% endfor %}.
type forLoop struct {
	names     []string
	items     expression
	test      expression // nil if there is none
	recursive bool
	body      []statement
	none      []statement
}

func (p *parser) loop() (statement, error) {
	f := new(forLoop)
	names, attribute, err := p.target()
	if err != nil {
		return nil, err
	}
	if f.names = names; attribute != "" {
		return nil, at(p.peek().line, "a loop cannot set an attribute")
	}
	if err := p.expect(nameToken, "in"); err != nil {
		return nil, err
	}
	if f.items, err = p.tupleOf(p.or); err != nil {
		return nil, err
	}
	if p.match(nameToken, "if") {
		if f.test, err = p.expression(); err != nil {
			return nil, err
		}
	}
	f.recursive = p.match(nameToken, "recursive")
	var end string
	if f.body, end, err = p.block("else", "endfor"); err != nil {
		return nil, err
	}
	if end == "else" {
		if f.none, _, err = p.block("endfor"); err != nil {
			return nil, err
		}
	}
	return func(s *scope) error {
		v, err := f.items(s)
		if err != nil {
			return err
		}
		return f.run(s, v, 0)
	}, p.endTag()
}

func (f *forLoop) run(s *scope, v any, depth int) error {
	all, err := s.iterate(v)
	if err != nil {
		return err
	}
	items, err := f.chosen(s, all)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return run(s.inner(), f.none)
	}
	l := &loop{items: items, depth: depth}
	if f.recursive {
		l.recurse = func(items any) (any, error) {
			if err := s.enter(); err != nil {
				return nil, err
			}
			defer s.leave()
			return s.capture(func() error { return f.run(s, items, depth+1) })
		}
	}
	for i, item := range items {
		l.index = i
		inner := s.inner()
		inner.set("loop", l)
		if err := s.spend(stepCost); err != nil {
			return err
		}
		if err := unpack(inner, f.names, item); err != nil {
			return err
		}
		if err := run(inner, f.body); errors.Is(err, errBreak) {
			return nil
		} else if err != nil && !errors.Is(err, errContinue) {
			return err
		}
	}
	return nil
}

// chosen are the items that pass the loop's test.
func (f *forLoop) chosen(s *scope, all []any) ([]any, error) {
	if f.test == nil {
		return all, nil
	}
	var items []any
	for _, item := range all {
		inner := s.inner()
		if err := unpack(inner, f.names, item); err != nil {
			return nil, err
		}
		v, err := f.test(inner)
		if err != nil {
			return nil, err
		}
		if truth(v) {
			items = append(items, item)
		}
	}
	return items, s.spend(stepCost * len(all))
}

// iterate lists what a for over a value goes through.
func (r *render) iterate(v any) ([]any, error) {
	switch v := v.(type) {
	case *list:
		return v.items, nil
	case *dict:
		return v.keys, nil
	case undefined:
		return nil, nil
	case string:
		if err := r.spend(itemCost * len(v)); err != nil {
			return nil, err
		}
		items := make([]any, 0, len(v))
		for _, c := range v {
			items = append(items, string(c))
		}
		return items, nil
	}
	return nil, fmt.Errorf("a %s cannot be gone through", typeName(v))
}

// macro is {% macro name(parameters) %}: a function whose result is what its body writes.
func (p *parser) macro() (statement, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	parameters, defaults, err := p.parameters()
	if err != nil {
		return nil, err
	}
	body, _, err := p.block("endmacro")
	if err != nil {
		return nil, err
	}
	return func(s *scope) error {
		s.set(name, &function{name, func(r *render, a arguments) (any, error) {
			given, err := a.bind(name, parameters...)
			if err != nil {
				return nil, err
			}
			if err := r.enter(); err != nil {
				return nil, err
			}
			defer r.leave()
			inner := s.inner()
			for i, parameter := range parameters {
				v := given.or(i, undefined{"'" + parameter + "'"})
				if !given.given[i] && defaults[i] != nil {
					if v, err = defaults[i](inner); err != nil {
						return nil, err
					}
				}
				inner.set(parameter, v)
			}
			return r.capture(func() error { return run(inner, body) })
		}})
		return nil
	}, p.endTag()
}

func (p *parser) parameters() (names []string, defaults []expression, err error) {
	if err := p.expect(operator, "("); err != nil {
		return nil, nil, err
	}
	for !p.match(operator, ")") {
		if len(names) > 0 {
			if err := p.expect(operator, ","); err != nil {
				return nil, nil, err
			}
		}
		name, err := p.name()
		if err != nil {
			return nil, nil, err
		}
		var absent expression
		if p.match(operator, "=") {
			if absent, err = p.expression(); err != nil {
				return nil, nil, err
			}
		}
		names, defaults = append(names, name), append(defaults, absent)
	}
	return names, defaults, nil
}
