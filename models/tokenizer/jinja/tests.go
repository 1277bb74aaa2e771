package jinja

import (
	"errors"
	"strings"
)

// tests are what may follow "is".
var tests = map[string]func(r *render, v any, args []any) (bool, error){
	"defined":     is(func(v any) bool { _, absent := v.(undefined); return !absent }),
	"undefined":   is(func(v any) bool { _, absent := v.(undefined); return absent }),
	"none":        is(func(v any) bool { return v == nil }),
	"true":        is(func(v any) bool { return v == true }),
	"false":       is(func(v any) bool { return v == false }),
	"boolean":     is(func(v any) bool { _, ok := v.(bool); return ok }),
	"string":      is(func(v any) bool { _, ok := v.(string); return ok }),
	"integer":     is(func(v any) bool { _, ok := v.(int64); return ok }),
	"float":       is(func(v any) bool { _, ok := v.(float64); return ok }),
	"number":      is(func(v any) bool { _, ok := number(v); return ok }),
	"mapping":     is(func(v any) bool { _, ok := v.(*dict); return ok }),
	"sequence":    is(sequence),
	"iterable":    is(func(v any) bool { _, absent := v.(undefined); return absent || sequence(v) }),
	"callable":    is(func(v any) bool { _, ok := v.(*function); return ok }),
	"lower":       cased(strings.ToLower, strings.ToUpper),
	"upper":       cased(strings.ToUpper, strings.ToLower),
	"odd":         divides(2, 1),
	"even":        divides(2, 0),
	"divisibleby": divisible,
	"sameas": func(_ *render, v any, args []any) (bool, error) {
		if len(args) != 1 {
			return false, errArgument
		}
		return v == args[0], nil
	},
	"in": func(r *render, v any, args []any) (bool, error) {
		if len(args) != 1 {
			return false, errArgument
		}
		return r.contains(args[0], v)
	},
	"eq": comparison("=="), "equalto": comparison("=="), "ne": comparison("!="),
	"lt": comparison("<"), "lessthan": comparison("<"), "le": comparison("<="),
	"gt": comparison(">"), "greaterthan": comparison(">"), "ge": comparison(">="),
}

var errArgument = errors.New("takes one argument")

func is(holds func(any) bool) func(*render, any, []any) (bool, error) {
	return func(_ *render, v any, _ []any) (bool, error) { return holds(v), nil }
}

// cased says whether a value's text has letters, all in one case.
func cased(this, other func(string) string) func(*render, any, []any) (bool, error) {
	return func(r *render, v any, _ []any) (bool, error) {
		s, err := r.text(v)
		if err != nil {
			return false, err
		}
		return s == this(s) && s != other(s), r.spend(2 * len(s))
	}
}

func sequence(v any) bool {
	switch v.(type) {
	case string, *list, *dict:
		return true
	}
	return false
}

func divides(by, rest int64) func(*render, any, []any) (bool, error) {
	return func(_ *render, v any, _ []any) (bool, error) {
		i, ok := integer(v)
		if !ok {
			return false, errors.New("not a whole number")
		}
		return (i%by+by)%by == rest, nil
	}
}

func divisible(r *render, v any, args []any) (bool, error) {
	if len(args) != 1 {
		return false, errArgument
	}
	rest, err := r.arithmetic("%", v, args[0])
	return err == nil && !truth(rest), err
}

func comparison(op string) func(*render, any, []any) (bool, error) {
	return func(r *render, v any, args []any) (bool, error) {
		if len(args) != 1 {
			return false, errArgument
		}
		return r.compare(op, v, args[0])
	}
}
