package jinja

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

func first(_ *render, items []any) (any, error) {
	if len(items) == 0 {
		return undefined{"the first item of nothing"}, nil
	}
	return items[0], nil
}

func last(_ *render, items []any) (any, error) {
	if len(items) == 0 {
		return undefined{"the last item of nothing"}, nil
	}
	return items[len(items)-1], nil
}

func reversed(r *render, v any, _ arguments) (any, error) {
	items, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	items = slices.Clone(items)
	slices.Reverse(items)
	if err := r.spend(stepCost * len(items)); err != nil {
		return nil, err
	}
	if _, ok := v.(string); ok {
		return r.joinItems(items, "")
	}
	return &list{items: items}, nil
}

func unique(r *render, items []any) (any, error) {
	out := &list{}
	for _, item := range items {
		seen := false
		for _, before := range out.items {
			same, err := r.equal(folded(item), folded(before), 0)
			if err != nil {
				return nil, err
			}
			if seen = same; seen {
				break
			}
		}
		if !seen {
			out.items = append(out.items, item)
		}
	}
	return out, nil
}

// folded drops case, to which sort and unique pay no regard.
func folded(v any) any {
	if s, ok := v.(string); ok {
		return strings.ToLower(s)
	}
	return v
}

func sum(r *render, v any, a arguments) (any, error) {
	b, err := a.bind("sum", "attribute", "start")
	if err != nil {
		return nil, err
	}
	items, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	total := b.or(1, int64(0))
	for _, item := range items {
		if b.given[0] {
			if item, err = r.path(item, b.values[0]); err != nil {
				return nil, err
			}
		}
		if total, err = r.arithmetic("+", total, item); err != nil {
			return nil, err
		}
	}
	return total, nil
}

// extreme is min for a negative sign and max for a positive one.
func extreme(sign int) func(*render, []any) (any, error) {
	return func(r *render, items []any) (any, error) {
		if len(items) == 0 {
			return undefined{"the extreme of nothing"}, nil
		}
		best := items[0]
		for _, item := range items[1:] {
			order, err := r.order(folded(item), folded(best))
			if err != nil {
				return nil, err
			}
			if order*sign > 0 {
				best = item
			}
		}
		return best, nil
	}
}

func joinFilter(r *render, v any, a arguments) (any, error) {
	b, err := a.bind("join", "d", "attribute")
	if err != nil {
		return nil, err
	}
	items, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	sep, err := r.text(b.or(0, ""))
	if err != nil {
		return nil, err
	}
	if b.given[1] {
		items = slices.Clone(items)
		for i := range items {
			if items[i], err = r.path(items[i], b.values[1]); err != nil {
				return nil, err
			}
		}
	}
	return r.joinItems(items, sep)
}

// path follows "a.b.0" from a value.
func (r *render) path(v, path any) (any, error) {
	text, ok := path.(string)
	if !ok {
		return r.item(v, path)
	}
	if err := r.spend(stepCost); err != nil {
		return nil, err
	}
	for _, part := range strings.Split(text, ".") {
		var err error
		if v, err = r.item(v, part); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func sorted(r *render, v any, a arguments) (any, error) {
	b, err := a.bind("sort", "reverse", "case_sensitive", "attribute")
	if err != nil {
		return nil, err
	}
	items, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	keys := make([]any, len(items))
	for i, item := range items {
		if b.given[2] && b.values[2] != nil {
			if item, err = r.path(item, b.values[2]); err != nil {
				return nil, err
			}
		}
		if keys[i] = item; !truth(b.values[1]) {
			keys[i] = folded(item)
		}
	}
	return r.sortBy(items, keys, truth(b.values[0]))
}

// sortBy orders items by their keys, equal ones as they were.
func (r *render) sortBy(items, keys []any, reverse bool) (any, error) {
	places := make([]int, len(items))
	for i := range places {
		places[i] = i
	}
	var problem error
	slices.SortStableFunc(places, func(i, j int) int {
		order, err := r.order(keys[i], keys[j])
		if err == nil {
			err = r.spend(stepCost)
		}
		if problem == nil {
			problem = err
		}
		if reverse {
			return -order
		}
		return order
	})
	out := &list{}
	for _, i := range places {
		out.items = append(out.items, items[i])
	}
	return out, problem
}

func pairsOf(_ *render, v any, _ arguments) (any, error) {
	switch v := v.(type) {
	case *dict:
		return v.pairs(), nil
	case undefined:
		return &list{}, nil
	}
	return nil, fmt.Errorf("a %s has no items", typeName(v))
}

func sortedPairs(r *render, v any, a arguments) (any, error) {
	b, err := a.bind("dictsort", "case_sensitive", "by", "reverse")
	if err != nil {
		return nil, err
	}
	d, ok := v.(*dict)
	if !ok {
		return nil, fmt.Errorf("a %s has no items", typeName(v))
	}
	keys := d.keys
	if b.or(1, "key") == "value" {
		keys = d.values().items
	}
	if !truth(b.values[0]) {
		keys = slices.Clone(keys)
		for i := range keys {
			keys[i] = folded(keys[i])
		}
	}
	return r.sortBy(d.pairs().items, keys, truth(b.values[2]))
}

// mapped is map(attribute='a') and map('filter', arguments).
func mapped(r *render, v any, a arguments) (any, error) {
	if !truth(v) {
		return &list{}, nil
	}
	items, err := r.iterate(v)
	if err != nil {
		return nil, err
	}
	each, err := mapping(r, a)
	if err != nil {
		return nil, err
	}
	out := &list{items: make([]any, len(items))}
	for i, item := range items {
		if out.items[i], err = each(item); err != nil {
			return nil, err
		}
	}
	return out, r.spend(stepCost * len(items))
}

func mapping(r *render, a arguments) (func(any) (any, error), error) {
	if attribute, ok := a.named["attribute"]; ok {
		absent, hasDefault := a.named["default"]
		return func(v any) (any, error) {
			found, err := r.path(v, attribute)
			if _, missing := found.(undefined); missing && hasDefault {
				return absent, err
			}
			return found, err
		}, nil
	}
	if len(a.list) == 0 {
		return nil, errors.New("needs an attribute or a filter")
	}
	name, _ := a.list[0].(string)
	f, ok := r.filters[name]
	if !ok {
		return nil, fmt.Errorf("no filter is named %q", name)
	}
	rest := arguments{list: a.list[1:], named: a.named}
	return func(v any) (any, error) {
		if err := r.enter(); err != nil {
			return nil, err
		}
		defer r.leave()
		return f(r, v, rest)
	}, nil
}

// selected keeps the items for which a test is as wanted: of the item itself,
// or of an attribute of it. Without a test, truth is tested.
func selected(wanted, byAttribute bool) filter {
	return func(r *render, v any, a arguments) (any, error) {
		if !truth(v) {
			return &list{}, nil
		}
		items, err := r.iterate(v)
		if err != nil {
			return nil, err
		}
		args := a.list
		var attribute any
		if byAttribute {
			if len(args) == 0 {
				return nil, errors.New("needs an attribute")
			}
			attribute, args = args[0], args[1:]
		}
		holds := func(_ *render, v any, _ []any) (bool, error) { return truth(v), nil }
		if len(args) > 0 {
			name, _ := args[0].(string)
			var ok bool
			if holds, ok = tests[testName(name)]; !ok {
				return nil, fmt.Errorf("no test is named %q", name)
			}
			args = args[1:]
		}
		out := &list{}
		for _, item := range items {
			tested := item
			if byAttribute {
				if tested, err = r.path(item, attribute); err != nil {
					return nil, err
				}
			}
			yes, err := holds(r, tested, args)
			if err != nil {
				return nil, err
			}
			if yes == wanted {
				out.items = append(out.items, item)
			}
		}
		return out, r.spend(stepCost * len(items))
	}
}

// testName maps the operators, which are names of tests too.
func testName(name string) string {
	switch name {
	case "==":
		return "eq"
	case "!=":
		return "ne"
	case "<":
		return "lt"
	case "<=":
		return "le"
	case ">":
		return "gt"
	case ">=":
		return "ge"
	}
	return name
}
