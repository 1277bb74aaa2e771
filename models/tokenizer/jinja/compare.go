package jinja

import (
	"cmp"
	"fmt"
	"strings"
)

var errNesting = fmt.Errorf("values are nested deeper than %d: %w", maxNesting, ErrLimit)

// number reads int, float and bool as Python's arithmetic does.
func number(v any) (f float64, ok bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// integer reads int and bool.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// equal is Python's ==.
func (r *render) equal(a, b any, depth int) (bool, error) {
	if err := r.spend(1); err != nil || depth > maxNesting {
		return false, cmp.Or(err, errNesting)
	}
	if i, ok := integer(a); ok {
		if j, ok := integer(b); ok {
			return i == j, nil
		}
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y, nil
	}
	switch a := a.(type) {
	case nil:
		return b == nil, nil
	case undefined:
		_, ok := b.(undefined)
		return ok, nil
	case string:
		b, ok := b.(string)
		return ok && a == b, nil
	case *list:
		b, ok := b.(*list)
		if !ok || a.tuple != b.tuple || len(a.items) != len(b.items) {
			return false, nil
		}
		for i := range a.items {
			if same, err := r.equal(a.items[i], b.items[i], depth+1); err != nil || !same {
				return false, err
			}
		}
		return true, nil
	case *dict:
		b, ok := b.(*dict)
		if !ok || len(a.keys) != len(b.keys) {
			return false, nil
		}
		for _, key := range a.keys {
			other, ok := b.items[key]
			if !ok {
				return false, nil
			}
			if same, err := r.equal(a.items[key], other, depth+1); err != nil || !same {
				return false, err
			}
		}
		return true, nil
	}
	return a == b, nil
}

// order is negative, zero or positive as a is less than, equal to or greater
// than b, where Python would compare them.
func (r *render) order(a, b any) (int, error) {
	if i, ok := integer(a); ok {
		if j, ok := integer(b); ok {
			return cmp.Compare(i, j), nil
		}
	}
	x, isNumber := number(a)
	y, areNumbers := number(b)
	if isNumber && areNumbers {
		return cmp.Compare(x, y), nil
	}
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			return cmp.Compare(s, t), r.spend(min(len(s), len(t)))
		}
	}
	if s, ok := a.(*list); ok {
		if t, ok := b.(*list); ok {
			return r.orderLists(s, t)
		}
	}
	for _, v := range []any{a, b} {
		if u, ok := v.(undefined); ok {
			return 0, u.err()
		}
	}
	return 0, fmt.Errorf("%s and %s have no order", typeName(a), typeName(b))
}

func (r *render) orderLists(s, t *list) (int, error) {
	for i := range min(len(s.items), len(t.items)) {
		if err := r.enter(); err != nil {
			return 0, err
		}
		same, err := r.equal(s.items[i], t.items[i], 0)
		order := 0
		if err == nil && !same {
			order, err = r.order(s.items[i], t.items[i])
		}
		r.leave()
		if err != nil || !same {
			return order, err
		}
	}
	return cmp.Compare(len(s.items), len(t.items)), nil
}

// contains is Python's "item in container".
func (r *render) contains(container, item any) (bool, error) {
	switch c := container.(type) {
	case string:
		s, ok := item.(string)
		if !ok {
			return false, fmt.Errorf("a %s cannot be in a string", typeName(item))
		}
		return strings.Contains(c, s), r.spend(len(c))
	case *dict:
		key, err := hashable(item)
		_, ok := c.items[key]
		return ok, err
	case *list:
		for _, x := range c.items {
			if same, err := r.equal(x, item, 0); err != nil || same {
				return same, err
			}
		}
		return false, nil
	case undefined:
		return false, nil
	}
	return false, fmt.Errorf("a %s contains nothing", typeName(container))
}
