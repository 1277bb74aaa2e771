package jinja

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// method finds what v.name calls: the methods of Python's str, list and dict
// that change nothing.
func method(v any, name string) (*function, bool) {
	bind := func(call func(r *render, args arguments) (any, error)) (*function, bool) {
		return &function{name, call}, true
	}
	switch v := v.(type) {
	case string:
		if m, ok := stringMethods[name]; ok {
			return bind(func(r *render, a arguments) (any, error) {
				b, err := a.bind(name, m.parameters...)
				if err != nil {
					return nil, err
				}
				if err := r.spend(2 * len(v)); err != nil {
					return nil, err
				}
				return m.call(r, v, b)
			})
		}
	case *dict:
		if m, ok := dictMethods[name]; ok {
			return bind(func(r *render, a arguments) (any, error) {
				if err := r.spend(stepCost * len(v.keys)); err != nil {
					return nil, err
				}
				return m(r, v, a)
			})
		}
	case *list:
		switch name {
		case "index", "count":
			return bind(func(r *render, a arguments) (any, error) { return occurrences(r, v, name, a) })
		case "append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort":
			return bind(func(*render, arguments) (any, error) {
				return nil, fmt.Errorf("%s would change a list, which templates may not", name)
			})
		}
	}
	return nil, false
}

type stringMethod struct {
	parameters []string
	call       func(r *render, s string, b bound) (any, error)
}

var stringMethods = map[string]stringMethod{
	"strip":        {[]string{"chars"}, stripped(true, true)},
	"lstrip":       {[]string{"chars"}, stripped(true, false)},
	"rstrip":       {[]string{"chars"}, stripped(false, true)},
	"upper":        {nil, plain(func(s string) any { return strings.ToUpper(s) })},
	"lower":        {nil, plain(func(s string) any { return strings.ToLower(s) })},
	"title":        {nil, plain(func(s string) any { return titled(s) })},
	"capitalize":   {nil, plain(func(s string) any { return capitalized(s) })},
	"isdigit":      {nil, plain(all(unicode.IsDigit))},
	"isalpha":      {nil, plain(all(unicode.IsLetter))},
	"isspace":      {nil, plain(all(isSpace))},
	"isalnum":      {nil, plain(all(func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }))},
	"splitlines":   {[]string{"keepends"}, splitLines},
	"split":        {[]string{"sep", "maxsplit"}, split},
	"rsplit":       {[]string{"sep", "maxsplit"}, rsplit},
	"partition":    {[]string{"sep"}, partition},
	"startswith":   {[]string{"prefix"}, affix(strings.HasPrefix)},
	"endswith":     {[]string{"suffix"}, affix(strings.HasSuffix)},
	"removeprefix": {[]string{"prefix"}, onText(func(s, x string) any { return strings.TrimPrefix(s, x) })},
	"removesuffix": {[]string{"suffix"}, onText(func(s, x string) any { return strings.TrimSuffix(s, x) })},
	"count":        {[]string{"sub"}, onText(func(s, x string) any { return int64(strings.Count(s, x)) })},
	"find":         {[]string{"sub"}, onText(func(s, x string) any { return runeIndex(s, strings.Index(s, x)) })},
	"rfind":        {[]string{"sub"}, onText(func(s, x string) any { return runeIndex(s, strings.LastIndex(s, x)) })},
	"replace":      {[]string{"old", "new", "count"}, replaced},
	"join":         {[]string{"iterable"}, joinMethod},
}

func plain(f func(string) any) func(*render, string, bound) (any, error) {
	return func(_ *render, s string, _ bound) (any, error) { return f(s), nil }
}

func onText(f func(s, x string) any) func(*render, string, bound) (any, error) {
	return func(_ *render, s string, b bound) (any, error) {
		x, ok := b.values[0].(string)
		if !ok {
			return nil, errors.New("the argument is not a string")
		}
		return f(s, x), nil
	}
}

func all(is func(rune) bool) func(string) any {
	return func(s string) any {
		return s != "" && strings.IndexFunc(s, func(c rune) bool { return !is(c) }) < 0
	}
}

func runeIndex(s string, i int) any {
	if i < 0 {
		return int64(-1)
	}
	return int64(utf8.RuneCountInString(s[:i]))
}

// trimmed cuts the given characters, or white space, from the ends of s.
func trimmed(s string, chars any, left, right bool) (string, error) {
	cut := isSpace
	switch c := chars.(type) {
	case nil:
	case string:
		cut = func(r rune) bool { return strings.ContainsRune(c, r) }
	default:
		return "", errors.New("the characters to strip are not a string")
	}
	if left {
		s = strings.TrimLeftFunc(s, cut)
	}
	if right {
		s = strings.TrimRightFunc(s, cut)
	}
	return s, nil
}

func stripped(left, right bool) func(*render, string, bound) (any, error) {
	return func(r *render, s string, b bound) (any, error) {
		if c, ok := b.values[0].(string); ok {
			if err := r.product(len(c), int64(len(s))); err != nil {
				return nil, err
			}
		}
		return trimmed(s, b.values[0], left, right)
	}
}

func titled(s string) string {
	inWord := false
	return strings.Map(func(c rune) rune {
		first := !inWord
		inWord = unicode.IsLetter(c)
		if first {
			return unicode.ToTitle(c)
		}
		return unicode.ToLower(c)
	}, s)
}

func capitalized(s string) string {
	c, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToTitle(c)) + strings.ToLower(s[size:])
}

// strung makes a list of strings.
func (r *render) strung(parts []string) (any, error) {
	out := &list{items: make([]any, len(parts))}
	for i, part := range parts {
		out.items[i] = part
	}
	return out, nil
}

// lineBreaks are what str.splitlines splits at.
const lineBreaks = "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029"

// countFunc counts the characters of a kind: at most so many cuts can be made.
func countFunc(s string, is func(rune) bool) (n int) {
	for _, c := range s {
		if is(c) {
			n++
		}
	}
	return n
}

func splitLines(r *render, s string, b bound) (any, error) {
	if err := r.spend(itemCost * countFunc(s, func(c rune) bool { return strings.ContainsRune(lineBreaks, c) })); err != nil {
		return nil, err
	}
	keep := truth(b.values[0])
	var parts []string
	for s != "" {
		i := strings.IndexAny(s, lineBreaks)
		if i < 0 {
			parts = append(parts, s)
			break
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			size = 2
		}
		line := s[:i]
		if keep {
			line = s[:i+size]
		}
		parts = append(parts, line)
		s = s[i+size:]
	}
	return r.strung(parts)
}

// splitLimit reads maxsplit: -1 for no limit.
func splitLimit(b bound) (int, error) {
	n, ok := integer(b.or(1, int64(-1)))
	if !ok {
		return 0, errors.New("maxsplit is not a whole number")
	}
	return int(min(n, 1<<30)), nil
}

func split(r *render, s string, b bound) (any, error) {
	limit, err := splitLimit(b)
	if err != nil {
		return nil, err
	}
	if b.values[0] == nil {
		if err := r.spend(itemCost * countFunc(s, isSpace)); err != nil {
			return nil, err
		}
		return r.strung(splitSpace(s, limit))
	}
	sep, ok := b.values[0].(string)
	if !ok || sep == "" {
		return nil, errors.New("the separator is not a string, or empty")
	}
	if err := r.spend(itemCost * strings.Count(s, sep)); err != nil {
		return nil, err
	}
	if limit < 0 {
		return r.strung(strings.Split(s, sep))
	}
	return r.strung(strings.SplitN(s, sep, limit+1))
}

func splitSpace(s string, limit int) (parts []string) {
	for s = strings.TrimLeftFunc(s, isSpace); s != ""; limit-- {
		i := strings.IndexFunc(s, isSpace)
		if i < 0 || limit == 0 {
			return append(parts, s)
		}
		parts = append(parts, s[:i])
		s = strings.TrimLeftFunc(s[i:], isSpace)
	}
	return parts
}

func rsplit(r *render, s string, b bound) (any, error) {
	limit, err := splitLimit(b)
	if err != nil {
		return nil, err
	}
	sep, ok := b.values[0].(string)
	if !ok || sep == "" {
		return nil, errors.New("rsplit needs a separator here")
	}
	if err := r.spend(itemCost * strings.Count(s, sep)); err != nil {
		return nil, err
	}
	parts := strings.Split(s, sep)
	if over := len(parts) - 1 - limit; limit >= 0 && over > 0 {
		parts = append([]string{strings.Join(parts[:over+1], sep)}, parts[over+1:]...)
	}
	return r.strung(parts)
}

func partition(r *render, s string, b bound) (any, error) {
	sep, ok := b.values[0].(string)
	if !ok || sep == "" {
		return nil, errors.New("the separator is not a string, or empty")
	}
	before, after, found := strings.Cut(s, sep)
	if !found {
		sep = ""
	}
	return &list{items: []any{before, sep, after}, tuple: true}, nil
}

// affix is startswith and endswith, which also take a tuple of strings.
func affix(has func(s, x string) bool) func(*render, string, bound) (any, error) {
	return func(_ *render, s string, b bound) (any, error) {
		switch x := b.values[0].(type) {
		case string:
			return has(s, x), nil
		case *list:
			for _, item := range x.items {
				if t, ok := item.(string); ok && has(s, t) {
					return true, nil
				}
			}
			return false, nil
		}
		return nil, fmt.Errorf("the argument is a %s, not a string", typeName(b.values[0]))
	}
}

func replaced(r *render, s string, b bound) (any, error) {
	from, ok1 := b.values[0].(string)
	to, ok2 := b.values[1].(string)
	n, ok3 := integer(b.or(2, int64(-1)))
	if !ok1 || !ok2 || !ok3 {
		return nil, errors.New("replace takes two strings and a count")
	}
	if err := r.product(len(to)+1, int64(strings.Count(s, from))); err != nil {
		return nil, err
	}
	return strings.Replace(s, from, to, int(min(n, 1<<30))), nil
}

func joinMethod(r *render, s string, b bound) (any, error) {
	items, err := r.iterate(b.values[0])
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if _, ok := item.(string); !ok {
			return nil, fmt.Errorf("a %s cannot be joined to strings", typeName(item))
		}
	}
	return r.joinItems(items, s)
}

// joinItems prints items with a separator between.
func (r *render) joinItems(items []any, sep string) (any, error) {
	var out strings.Builder
	for i, item := range items {
		if i > 0 {
			out.WriteString(sep)
		}
		text, err := r.text(item)
		if err != nil {
			return nil, err
		}
		if err := r.spend(len(text) + len(sep)); err != nil {
			return nil, err
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

var dictMethods = map[string]func(r *render, d *dict, a arguments) (any, error){
	"keys":   func(_ *render, d *dict, _ arguments) (any, error) { return &list{items: d.keys}, nil },
	"values": func(_ *render, d *dict, _ arguments) (any, error) { return d.values(), nil },
	"items":  func(_ *render, d *dict, _ arguments) (any, error) { return d.pairs(), nil },
	"copy":   func(_ *render, d *dict, _ arguments) (any, error) { return d, nil },
	"get": func(_ *render, d *dict, a arguments) (any, error) {
		b, err := a.bind("get", "key", "default")
		if err != nil {
			return nil, err
		}
		if item, ok := d.get(b.values[0]); ok {
			return item, nil
		}
		return b.values[1], nil
	},
}

func (d *dict) values() *list {
	out := &list{}
	for _, key := range d.keys {
		out.items = append(out.items, d.items[key])
	}
	return out
}

func (d *dict) pairs() *list {
	out := &list{}
	for _, key := range d.keys {
		out.items = append(out.items, &list{items: []any{key, d.items[key]}, tuple: true})
	}
	return out
}

// occurrences is list.index and list.count.
func occurrences(r *render, v *list, name string, a arguments) (any, error) {
	if len(a.list) != 1 {
		return nil, fmt.Errorf("%s takes one argument", name)
	}
	count := int64(0)
	for i, item := range v.items {
		same, err := r.equal(item, a.list[0], 0)
		if err != nil {
			return nil, err
		}
		if same && name == "index" {
			return int64(i), nil
		}
		if same {
			count++
		}
	}
	if name == "index" {
		return nil, errors.New("the value is not in the list")
	}
	return count, nil
}
