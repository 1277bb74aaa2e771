package jinja

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// toJSON is Python's json.dumps with ensure_ascii off: ", " and ": " between,
// keys in their order, nothing escaped for HTML.
func toJSON(r *render, v any, a arguments) (any, error) {
	b, err := a.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys")
	if err != nil {
		return nil, err
	}
	w := &jsonWriter{render: r, item: ", ", key: ": ", ascii: truth(b.values[0]), sortKeys: truth(b.values[3])}
	switch indent := b.values[1].(type) {
	case nil:
	case int64:
		if indent < 0 || indent > 16 {
			return nil, errors.New("indent is not from 0 to 16")
		}
		w.newline, w.indent, w.item = true, strings.Repeat(" ", int(indent)), ","
	case string:
		w.newline, w.indent, w.item = true, indent[:min(len(indent), 16)], ","
	}
	if separators, ok := b.values[2].(*list); ok && len(separators.items) == 2 {
		item, ok1 := separators.items[0].(string)
		key, ok2 := separators.items[1].(string)
		if !ok1 || !ok2 {
			return nil, errors.New("separators are two strings")
		}
		w.item, w.key = item, key
	}
	if err := w.write(v, 0); err != nil {
		return nil, err
	}
	return w.out.String(), nil
}

type jsonWriter struct {
	*render
	out       strings.Builder
	item, key string
	newline   bool
	indent    string
	ascii     bool
	sortKeys  bool
}

func (w *jsonWriter) write(v any, depth int) error {
	if depth > maxNesting {
		return errNesting
	}
	before := w.out.Len()
	switch v := v.(type) {
	case nil:
		w.out.WriteString("null")
	case bool:
		w.out.WriteString(strconv.FormatBool(v))
	case int64:
		w.out.WriteString(strconv.FormatInt(v, 10))
	case float64:
		w.out.WriteString(jsonFloat(v))
	case string:
		w.string(v)
	case *list:
		return w.brackets("[]", len(v.items), depth, func(i int) error { return w.write(v.items[i], depth+1) })
	case *dict:
		keys, err := w.keys(v)
		if err != nil {
			return err
		}
		return w.brackets("{}", len(keys), depth, func(i int) error {
			w.string(fmt.Sprint(keys[i]))
			w.out.WriteString(w.key)
			return w.write(v.items[keys[i]], depth+1)
		})
	case undefined:
		return v.err()
	default:
		return fmt.Errorf("a %s is not JSON", typeName(v))
	}
	return w.spend(w.out.Len() - before)
}

func (w *jsonWriter) keys(d *dict) ([]any, error) {
	for _, key := range d.keys {
		switch key.(type) {
		case string, int64:
		default:
			return nil, fmt.Errorf("a %s is no key in JSON", typeName(key))
		}
	}
	if !w.sortKeys {
		return d.keys, nil
	}
	ordered, err := w.sortBy(d.keys, d.keys, false)
	if err != nil {
		return nil, err
	}
	return ordered.(*list).items, nil
}

func (w *jsonWriter) brackets(pair string, n, depth int, part func(int) error) error {
	w.out.WriteByte(pair[0])
	for i := range n {
		if i > 0 {
			w.out.WriteString(w.item)
		}
		w.line(depth + 1)
		if err := w.spend(stepCost + depth*len(w.indent)); err != nil {
			return err
		}
		if err := part(i); err != nil {
			return err
		}
	}
	if n > 0 {
		w.line(depth)
	}
	w.out.WriteByte(pair[1])
	return nil
}

func (w *jsonWriter) line(depth int) {
	if w.newline {
		w.out.WriteByte('\n')
		w.out.WriteString(strings.Repeat(w.indent, depth))
	}
}

func (w *jsonWriter) string(s string) {
	w.out.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			w.out.WriteByte('\\')
			w.out.WriteRune(c)
		case c == '\n':
			w.out.WriteString(`\n`)
		case c == '\r':
			w.out.WriteString(`\r`)
		case c == '\t':
			w.out.WriteString(`\t`)
		case c == '\b':
			w.out.WriteString(`\b`)
		case c == '\f':
			w.out.WriteString(`\f`)
		case c < 0x20 || w.ascii && c > 0x7E && c < 0x10000:
			fmt.Fprintf(&w.out, `\u%04x`, c)
		case w.ascii && c >= 0x10000: // a surrogate pair
			fmt.Fprintf(&w.out, `\u%04x\u%04x`, 0xD800+(c-0x10000)>>10, 0xDC00+(c-0x10000)&0x3FF)
		default:
			w.out.WriteRune(c)
		}
	}
	w.out.WriteByte('"')
}

func jsonFloat(f float64) string {
	switch s := formatFloat(f); s {
	case "nan":
		return "NaN"
	case "inf":
		return "Infinity"
	case "-inf":
		return "-Infinity"
	default:
		return s
	}
}
