package jinja

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// filter is what stands after a bar: it gets the value before it.
type filter func(r *render, v any, a arguments) (any, error)

// makeFilters lists Jinja's, but those for HTML, for output layout and at random.
// They are made by a function, because map looks other filters up in them.
func makeFilters() map[string]filter {
	return map[string]filter{
		"trim": textFilter([]string{"chars"}, func(r *render, s string, b bound) (any, error) {
			return stripped(true, true)(r, s, b)
		}),
		"lower":      textFilter(nil, stringMethods["lower"].call),
		"upper":      textFilter(nil, stringMethods["upper"].call),
		"capitalize": textFilter(nil, stringMethods["capitalize"].call),
		"title":      textFilter(nil, plain(func(s string) any { return titleFilter(s) })),
		"replace":    textFilter([]string{"old", "new", "count"}, replaced),
		"string":     textFilter(nil, plain(func(s string) any { return s })),
		"safe":       textFilter(nil, plain(func(s string) any { return s })),
		"indent":     indentFilter,
		"wordcount":  textFilter(nil, plain(func(s string) any { return int64(len(words.FindAllStringIndex(s, -1))) })),
		"length":     length,
		"count":      length,
		"default":    orDefault,
		"d":          orDefault,
		"int":        toInteger,
		"float":      toFloat,
		"abs":        absolute,
		"round":      rounded,
		"tojson":     toJSON,
		"items":      pairsOf,
		"dictsort":   sortedPairs,
		"list":       listFilter(func(_ *render, items []any) (any, error) { return &list{items: items}, nil }),
		"first":      listFilter(first),
		"last":       listFilter(last),
		"reverse":    reversed,
		"unique":     listFilter(unique),
		"sum":        sum,
		"min":        listFilter(extreme(-1)),
		"max":        listFilter(extreme(1)),
		"join":       joinFilter,
		"sort":       sorted,
		"map":        mapped,
		"select":     selected(true, false),
		"reject":     selected(false, false),
		"selectattr": selected(true, true),
		"rejectattr": selected(false, true),
	}
}

// textFilter is a filter of the value's text.
func textFilter(parameters []string, f func(*render, string, bound) (any, error)) filter {
	return func(r *render, v any, a arguments) (any, error) {
		b, err := a.bind("it", parameters...)
		if err != nil {
			return nil, err
		}
		s, err := r.text(v)
		if err != nil {
			return nil, err
		}
		if err := r.spend(2 * len(s)); err != nil {
			return nil, err
		}
		return f(r, s, b)
	}
}

// listFilter is a filter without arguments of what the value goes through.
func listFilter(f func(*render, []any) (any, error)) filter {
	return func(r *render, v any, a arguments) (any, error) {
		if _, err := a.bind("it"); err != nil {
			return nil, err
		}
		items, err := r.iterate(v)
		if err != nil {
			return nil, err
		}
		if err := r.spend(stepCost * len(items)); err != nil {
			return nil, err
		}
		return f(r, items)
	}
}

// titleFilter begins each word in upper case, where words begin after space,
// hyphen or an opening bracket.
func titleFilter(s string) string {
	begins := true
	return strings.Map(func(c rune) rune {
		first := begins
		begins = isSpace(c) || strings.ContainsRune("-({[<", c)
		if first {
			return unicode.ToTitle(c)
		}
		return unicode.ToLower(c)
	}, s)
}

func indentFilter(r *render, v any, a arguments) (any, error) {
	if _, ok := v.(string); !ok {
		return nil, fmt.Errorf("a %s is not text", typeName(v))
	}
	return textFilter([]string{"width", "first", "blank"}, indent)(r, v, a)
}

func indent(r *render, s string, b bound) (any, error) {
	by := ""
	switch width := b.or(0, int64(4)).(type) {
	case int64:
		if err := r.product(strings.Count(s, "\n")+1, width); err != nil || width < 0 {
			return s, err
		}
		by = strings.Repeat(" ", int(width))
	case string:
		if err := r.product(strings.Count(s, "\n")+1, int64(len(width))); err != nil {
			return nil, err
		}
		by = width
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if (i > 0 || truth(b.values[1])) && (line != "" || truth(b.values[2])) {
			lines[i] = by + line
		}
	}
	return strings.Join(lines, "\n"), nil
}

var words = regexp.MustCompile(`[\p{L}\p{N}_]+`)

func length(_ *render, v any, _ arguments) (any, error) {
	switch v := v.(type) {
	case string:
		return int64(utf8.RuneCountInString(v)), nil
	case *list:
		return int64(len(v.items)), nil
	case *dict:
		return int64(len(v.keys)), nil
	case undefined:
		return int64(0), nil
	}
	return nil, fmt.Errorf("a %s has no length", typeName(v))
}

func orDefault(_ *render, v any, a arguments) (any, error) {
	b, err := a.bind("default", "default_value", "boolean")
	if err != nil {
		return nil, err
	}
	if _, absent := v.(undefined); absent || truth(b.values[1]) && !truth(v) {
		return b.or(0, ""), nil
	}
	return v, nil
}

func toInteger(_ *render, v any, a arguments) (any, error) {
	b, err := a.bind("int", "default", "base")
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case float64:
		if math.Abs(v) < 1<<62 {
			return int64(v), nil
		}
	case string:
		if i, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil {
			return i, nil
		}
		if f, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil && math.Abs(f) < 1<<62 {
			return int64(f), nil
		}
	default:
		if i, ok := integer(v); ok {
			return i, nil
		}
	}
	return b.or(0, int64(0)), nil
}

func toFloat(_ *render, v any, a arguments) (any, error) {
	b, err := a.bind("float", "default")
	if err != nil {
		return nil, err
	}
	if s, ok := v.(string); ok {
		if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
			return f, nil
		}
	}
	if f, ok := number(v); ok {
		return f, nil
	}
	return b.or(0, 0.0), nil
}

func absolute(_ *render, v any, _ arguments) (any, error) {
	if f, ok := v.(float64); ok {
		return math.Abs(f), nil
	}
	if i, ok := integer(v); ok {
		if i == math.MinInt64 {
			return nil, errOverflow
		}
		return max(i, -i), nil
	}
	return nil, fmt.Errorf("a %s has no absolute value", typeName(v))
}

func rounded(_ *render, v any, a arguments) (any, error) {
	b, err := a.bind("round", "precision", "method")
	if err != nil {
		return nil, err
	}
	f, ok := number(v)
	digits, whole := integer(b.or(0, int64(0)))
	if !ok || !whole || digits < 0 || digits > 15 {
		return nil, errors.New("takes a number and a precision from 0 to 15")
	}
	if i, ok := integer(v); ok && b.or(1, "common") == "common" {
		return i, nil
	}
	scale := math.Pow(10, float64(digits))
	switch b.or(1, "common") {
	case "ceil":
		return math.Ceil(f*scale) / scale, nil
	case "floor":
		return math.Floor(f*scale) / scale, nil
	}
	// Python rounds the decimal text, halves to even.
	return strconv.ParseFloat(strconv.FormatFloat(f, 'f', int(digits), 64), 64)
}
