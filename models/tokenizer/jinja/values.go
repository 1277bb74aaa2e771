package jinja

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The values of templates are nil (None), undefined, bool, int64, float64,
// string, *list, *dict, *namespace and *function.

// undefined is the value of a name or item that does not exist. It prints
// nothing and is false; most other uses are errors that say its name.
type undefined struct{ name string }

func (u undefined) err() error { return fmt.Errorf("%s is undefined", u.name) }

type list struct {
	items []any
	tuple bool
}

// dict keeps its keys in the order of insertion, as Python does.
type dict struct {
	keys  []any
	items map[any]any
}

func newDict() *dict { return &dict{items: make(map[any]any)} }

func (d *dict) set(key, item any) error {
	key, err := hashable(key)
	if err != nil {
		return err
	}
	if _, ok := d.items[key]; !ok {
		d.keys = append(d.keys, key)
	}
	d.items[key] = item
	return nil
}

func (d *dict) get(key any) (any, bool) {
	key, err := hashable(key)
	if err != nil {
		return nil, false
	}
	item, ok := d.items[key]
	return item, ok
}

// hashable checks and normalizes a dict's key: 1, 1.0 and True are one key.
func hashable(key any) (any, error) {
	switch k := key.(type) {
	case nil, string, int64:
		return key, nil
	case bool:
		if k {
			return int64(1), nil
		}
		return int64(0), nil
	case float64:
		if k == math.Trunc(k) && math.Abs(k) < 1<<53 {
			return int64(k), nil
		}
		return k, nil
	}
	return nil, fmt.Errorf("unhashable type: %s", typeName(key))
}

// namespace is an object whose attributes a template may set.
type namespace struct{ *dict }

// function is what a template can call.
type function struct {
	name string
	call func(r *render, args arguments) (any, error)
}

// arguments are those of a call.
type arguments struct {
	list  []any
	named map[string]any
	names []string // in order
}

// bind puts arguments into the order of parameters; those left out are absent
// (nil, false) in the result.
func (a arguments) bind(name string, parameters ...string) (bound, error) {
	if len(a.list) > len(parameters) {
		return bound{}, fmt.Errorf("%s takes at most %d arguments, not %d", name, len(parameters), len(a.list))
	}
	b := bound{values: make([]any, len(parameters)), given: make([]bool, len(parameters))}
	for i, v := range a.list {
		b.values[i], b.given[i] = v, true
	}
	for key, v := range a.named {
		i := slices.Index(parameters, key)
		if i < 0 || b.given[i] {
			return bound{}, fmt.Errorf("%s has an unexpected argument %s", name, key)
		}
		b.values[i], b.given[i] = v, true
	}
	return b, nil
}

type bound struct {
	values []any
	given  []bool
}

func (b bound) or(i int, absent any) any {
	if b.given[i] {
		return b.values[i]
	}
	return absent
}

// fromGo converts plain Go values: what encoding/json makes, and slices and
// maps of them.
func fromGo(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, int64, float64, string, *list, *dict, *namespace, *function, undefined:
		return v, nil
	case int:
		return int64(v), nil
	case []any:
		out := &list{}
		for _, item := range v {
			converted, err := fromGo(item)
			if err != nil {
				return nil, err
			}
			out.items = append(out.items, converted)
		}
		return out, nil
	case Dict:
		out := newDict()
		for _, pair := range v {
			converted, err := fromGo(pair.Value)
			if err != nil {
				return nil, err
			}
			if err := out.set(pair.Key, converted); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("a template cannot use a %T", v)
}

// Dict is a mapping whose keys are in order, for the values given to a template.
type Dict []Pair

// Pair is one entry of a Dict.
type Pair struct {
	Key   string
	Value any
}

func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case undefined:
		return "Undefined"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case *list:
		if v.tuple {
			return "tuple"
		}
		return "list"
	case *dict:
		return "dict"
	case *namespace:
		return "namespace"
	}
	return "function"
}

// truth is Python's bool(v).
func truth(v any) bool {
	switch v := v.(type) {
	case nil, undefined:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case *list:
		return len(v.items) > 0
	case *dict:
		return len(v.keys) > 0
	}
	return true
}

// maxNesting bounds how deep values are followed: a template can make a list
// hold itself.
const maxNesting = 50

// text is Python's str(v), and show its repr(v).
func (r *render) text(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	if _, ok := v.(undefined); ok {
		return "", nil
	}
	var out strings.Builder
	if err := r.show(&out, v, 0); err != nil {
		return "", err
	}
	return out.String(), nil
}

func (r *render) show(out *strings.Builder, v any, depth int) error {
	before := out.Len()
	if depth > maxNesting {
		return errNesting
	}
	switch v := v.(type) {
	case nil:
		out.WriteString("None")
	case bool:
		out.WriteString(map[bool]string{true: "True", false: "False"}[v])
	case int64:
		out.WriteString(strconv.FormatInt(v, 10))
	case float64:
		out.WriteString(formatFloat(v))
	case string:
		out.WriteString(quote(v))
	case undefined:
		out.WriteString("Undefined")
	case *list:
		if err := r.showList(out, v, depth); err != nil {
			return err
		}
	case *dict:
		out.WriteByte('{')
		for i, key := range v.keys {
			if i > 0 {
				out.WriteString(", ")
			}
			if err := r.show(out, key, depth+1); err != nil {
				return err
			}
			out.WriteString(": ")
			if err := r.show(out, v.items[key], depth+1); err != nil {
				return err
			}
		}
		out.WriteByte('}')
	default:
		out.WriteString("<" + typeName(v) + ">")
	}
	return r.spend(out.Len() - before)
}

func (r *render) showList(out *strings.Builder, v *list, depth int) error {
	brackets := "[]"
	if v.tuple {
		brackets = "()"
	}
	out.WriteByte(brackets[0])
	for i, item := range v.items {
		if i > 0 {
			out.WriteString(", ")
		}
		if err := r.show(out, item, depth+1); err != nil {
			return err
		}
	}
	if v.tuple && len(v.items) == 1 {
		out.WriteByte(',')
	}
	out.WriteByte(brackets[1])
	return nil
}

// formatFloat is Python's repr: shortest digits, an exponent below 1e-4 and
// from 1e16.
func formatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
