package dataset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Record is a JSON object that keeps its keys in the order of the file. Its values are nil, bool,
// string, int64, float64, []any and Record. Records are values: nothing changes one after it was
// made. The zero Record has no keys.
type Record struct {
	keys   []string
	values []any
	index  map[string]int // nil for few keys
}

// indexFrom is the number of keys from which a record is searched by a map.
const indexFrom = 16

// firstKeys is the number of keys for which there is room in every record.
const firstKeys = 4

// NewRecord makes a record of keys and their values, which must be of the kinds that Record names;
// maps and other numbers are not converted. A key that comes twice is an error.
func NewRecord(keys []string, values []any) (Record, error) {
	if len(keys) != len(values) {
		return Record{}, fmt.Errorf("a record of %d keys and %d values", len(keys), len(values))
	}
	var r Record
	for i, key := range keys {
		if !r.add(key, values[i]) {
			return Record{}, fmt.Errorf("a record has the key %q twice", key)
		}
	}
	return r, nil
}

// add appends a key unless it is there.
func (r *Record) add(key string, value any) bool {
	if _, there := r.find(key); there {
		return false
	}
	if r.keys == nil {
		r.keys, r.values = make([]string, 0, firstKeys), make([]any, 0, firstKeys)
	}
	r.keys, r.values = append(r.keys, key), append(r.values, value)
	switch {
	case r.index != nil:
		r.index[key] = len(r.keys) - 1
	case len(r.keys) == indexFrom:
		r.index = make(map[string]int, 2*indexFrom)
		for i, key := range r.keys {
			r.index[key] = i
		}
	}
	return true
}

func (r Record) find(key string) (int, bool) {
	if r.index != nil {
		i, ok := r.index[key]
		return i, ok
	}
	i := slices.Index(r.keys, key)
	return i, i >= 0
}

// Len returns the number of keys.
func (r Record) Len() int { return len(r.keys) }

// Keys returns the keys in their order; the caller must not change them.
func (r Record) Keys() []string { return r.keys }

// Get returns the value of a key.
func (r Record) Get(key string) (value any, ok bool) {
	i, ok := r.find(key)
	if !ok {
		return nil, false
	}
	return r.values[i], true
}

// At returns the value at a dotted path: "meta.group" is the key group of the record under the key
// meta. A key that itself is "meta.group" comes first.
func (r Record) At(path string) (value any, ok bool) {
	if value, ok := r.Get(path); ok {
		return value, true
	}
	for at := range len(path) {
		if path[at] != '.' {
			continue
		}
		inner, ok := r.Get(path[:at])
		if !ok {
			continue
		}
		if inner, ok := inner.(Record); ok {
			if value, ok := inner.At(path[at+1:]); ok {
				return value, true
			}
		}
	}
	return nil, false
}

// All goes through the keys and values in their order.
func (r Record) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i, key := range r.keys {
			if !yield(key, r.values[i]) {
				return
			}
		}
	}
}

// Map returns the record, and the records inside it, as plain maps.
func (r Record) Map() map[string]any {
	m := make(map[string]any, len(r.keys))
	for i, key := range r.keys {
		m[key] = plain(r.values[i])
	}
	return m
}

func plain(v any) any {
	switch v := v.(type) {
	case Record:
		return v.Map()
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	}
	return v
}

// MarshalJSON writes the keys in their order.
func (r Record) MarshalJSON() ([]byte, error) {
	var buf bytes.Buffer
	err := encode(&buf, r, false)
	return buf.Bytes(), err
}

// String returns the record as JSON, for messages.
func (r Record) String() string {
	text, err := r.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Canonical returns a value as JSON with sorted keys and the shortest numbers, so that 1 and 1.0 are
// the same: equal values have equal text. Groups and indexes compare it.
func Canonical(value any) (string, error) {
	var buf bytes.Buffer
	err := encode(&buf, value, true)
	return buf.String(), err
}

// encode writes a value as JSON. Canonical text sorts keys and takes whole floats for integers.
func encode(buf *bytes.Buffer, value any, canonical bool) error {
	switch v := value.(type) {
	case nil:
		buf.WriteString("null")
	case bool:
		buf.WriteString(strconv.FormatBool(v))
	case int64:
		buf.WriteString(strconv.FormatInt(v, 10))
	case float64:
		return encodeFloat(buf, v, canonical)
	case string:
		return encodeString(buf, v)
	case []any:
		buf.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				buf.WriteByte(',')
			}
			if err := encode(buf, item, canonical); err != nil {
				return err
			}
		}
		buf.WriteByte(']')
	case Record:
		return encodeRecord(buf, v, canonical)
	default:
		return fmt.Errorf("a record cannot hold a %T", value)
	}
	return nil
}

func encodeRecord(buf *bytes.Buffer, r Record, canonical bool) error {
	order := make([]int, len(r.keys))
	for i := range order {
		order[i] = i
	}
	if canonical {
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(r.keys[a], r.keys[b]) })
	}
	buf.WriteByte('{')
	for n, i := range order {
		if n > 0 {
			buf.WriteByte(',')
		}
		if err := encodeString(buf, r.keys[i]); err != nil {
			return err
		}
		buf.WriteByte(':')
		if err := encode(buf, r.values[i], canonical); err != nil {
			return err
		}
	}
	buf.WriteByte('}')
	return nil
}

func encodeFloat(buf *bytes.Buffer, f float64, canonical bool) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("JSON has no %g", f)
	}
	if whole := math.Trunc(f); canonical && whole == f && math.Abs(f) < 1<<53 {
		buf.WriteString(strconv.FormatInt(int64(f), 10))
		return nil
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	buf.WriteString(text)
	if !strings.ContainsAny(text, ".e") {
		buf.WriteString(".0") // or it would be read back as an integer
	}
	return nil
}

// encodeString escapes no more than it must; texts are for people to read.
func encodeString(buf *bytes.Buffer, s string) error {
	encoder := json.NewEncoder(buf)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(s)
	buf.Truncate(buf.Len() - 1) // Encode ends with a newline
	return err
}
