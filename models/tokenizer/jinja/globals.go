package jinja

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrRaised is wrapped by the error of a template that calls raise_exception:
// it refuses these values, in its own words.
var ErrRaised = errors.New("the template refuses")

// maxRange bounds range, as Jinja's sandbox does.
const maxRange = 100_000

// builtins are the functions that every template can call.
func builtins() map[string]any {
	out := make(map[string]any)
	for name, call := range map[string]func(*render, arguments) (any, error){
		"range":     rangeOf,
		"namespace": makeNamespace,
		"dict":      func(_ *render, a arguments) (any, error) { return dictOf(a) },
		"raise_exception": func(r *render, a arguments) (any, error) {
			b, err := a.bind("raise_exception", "message")
			if err != nil {
				return nil, err
			}
			message, err := r.text(b.values[0])
			if err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %s", ErrRaised, message)
		},
		"strftime_now": func(r *render, a arguments) (any, error) {
			b, err := a.bind("strftime_now", "format")
			if err != nil {
				return nil, err
			}
			layout, ok := b.values[0].(string)
			if !ok {
				return nil, errors.New("strftime_now takes a format")
			}
			return strftime(r.now(), layout)
		},
	} {
		out[name] = &function{name, call}
	}
	return out
}

func rangeOf(r *render, a arguments) (any, error) {
	bounds := []int64{0, 0, 1}
	if len(a.list) < 1 || len(a.list) > 3 || len(a.named) > 0 {
		return nil, errors.New("range takes one to three whole numbers")
	}
	for i, v := range a.list {
		n, ok := integer(v)
		if !ok {
			return nil, fmt.Errorf("range takes whole numbers, not a %s", typeName(v))
		}
		if len(a.list) == 1 {
			i = 1
		}
		bounds[i] = n
	}
	from, to, by := bounds[0], bounds[1], bounds[2]
	if by == 0 {
		return nil, errors.New("range has step 0")
	}
	out := &list{}
	for i := from; by > 0 && i < to || by < 0 && i > to; i += by {
		if len(out.items) >= maxRange {
			return nil, fmt.Errorf("a range of more than %d: %w", maxRange, ErrLimit)
		}
		out.items = append(out.items, i)
		if by > 0 && i > to-by || by < 0 && i < to-by { // the next could overflow
			break
		}
	}
	return out, r.spend(stepCost * len(out.items))
}

func dictOf(a arguments) (*dict, error) {
	out := newDict()
	for _, v := range a.list {
		d, ok := v.(*dict)
		if !ok {
			return nil, errors.New("takes named values and dicts")
		}
		for _, key := range d.keys {
			if err := out.set(key, d.items[key]); err != nil {
				return nil, err
			}
		}
	}
	for _, name := range a.names {
		if err := out.set(name, a.named[name]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func makeNamespace(_ *render, a arguments) (any, error) {
	d, err := dictOf(a)
	if err != nil {
		return nil, err
	}
	return &namespace{d}, nil
}

// strftime is Python's, for the C locale, without the directives that depend
// on a platform.
func strftime(t time.Time, format string) (string, error) {
	layouts := map[byte]string{
		'd': "02", 'm': "01", 'y': "06", 'Y': "2006", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
		'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'Z': "MST", 'z': "-0700",
		'F': "2006-01-02", 'T': "15:04:05", 'D': "01/02/06", 'R': "15:04", 'e': "_2", 'h': "Jan",
	}
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out.WriteByte(format[i])
			continue
		}
		i++
		c := format[i]
		if c == '-' && i+1 < len(format) { // without padding
			i++
			c = format[i]
			out.WriteString(strings.TrimLeft(t.Format(layouts[c]), "0 "))
			continue
		}
		switch layout, ok := layouts[c]; {
		case ok:
			out.WriteString(t.Format(layout))
		case c == '%':
			out.WriteByte('%')
		case c == 'j':
			fmt.Fprintf(&out, "%03d", t.YearDay())
		default:
			return "", fmt.Errorf("strftime_now does not know %%%c", c)
		}
	}
	return out.String(), nil
}
