package runs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// floatKey marks an object that stands for a number which JSON cannot write.
const floatKey = "$float"

// EncodeValue writes a value of a script as JSON that [DecodeValue] reads back unchanged, which
// plain JSON does not promise: a float64 that happens to be whole is written 1.0, so that it does
// not come back as an int, and NaN and the infinities are written {"$float": "NaN"}. Maps are
// written with their keys sorted. Equal values give equal bytes.
func EncodeValue(v any) ([]byte, error) {
	var buf bytes.Buffer
	if err := encodeValue(&buf, v); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// DecodeValue reads EncodeValue's bytes into nil, bool, string, int64, float64, []any and
// map[string]any. No bytes at all are nil. An integer beyond int64 becomes a float64.
func DecodeValue(data []byte) (any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, err
	}
	return plain(v)
}

func encodeValue(buf *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case float64:
		buf.WriteString(encodeFloat(v))
	case float32:
		buf.WriteString(encodeFloat(float64(v)))
	case map[string]any:
		return encodeMap(buf, v)
	case []any:
		return encodeList(buf, len(v), func(i int) any { return v[i] })
	case []float64:
		return encodeList(buf, len(v), func(i int) any { return v[i] })
	case []map[string]any:
		return encodeList(buf, len(v), func(i int) any { return v[i] })
	default:
		data, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("a %T cannot be kept: %w", v, err)
		}
		buf.Write(data)
	}
	return nil
}

func encodeMap(buf *bytes.Buffer, m map[string]any) error {
	if m == nil {
		buf.WriteString("null")
		return nil
	}
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	buf.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			buf.WriteByte(',')
		}
		name, err := json.Marshal(key)
		if err != nil {
			return err
		}
		buf.Write(name)
		buf.WriteByte(':')
		if err := encodeValue(buf, m[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	buf.WriteByte('}')
	return nil
}

func encodeList(buf *bytes.Buffer, n int, at func(int) any) error {
	buf.WriteByte('[')
	for i := range n {
		if i > 0 {
			buf.WriteByte(',')
		}
		if err := encodeValue(buf, at(i)); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	buf.WriteByte(']')
	return nil
}

func encodeFloat(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return `{"` + floatKey + `":"` + strconv.FormatFloat(f, 'g', -1, 64) + `"}`
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// plain turns the numbers of a decoded value into int64 or float64.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil && v != "-0" {
			return i, nil
		}
		return v.Float64()
	case map[string]any:
		if text, ok := v[floatKey].(string); ok && len(v) == 1 {
			return strconv.ParseFloat(text, 64)
		}
		for key := range v {
			var err error
			if v[key], err = plain(v[key]); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
		}
	case []any:
		for i := range v {
			var err error
			if v[i], err = plain(v[i]); err != nil {
				return nil, fmt.Errorf("item %d: %w", i, err)
			}
		}
	}
	return v, nil
}

// number is a float64 that may be NaN or infinite in JSON; loss curves have both.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte(`"` + strconv.FormatFloat(f, 'g', -1, 64) + `"`), nil
	}
	return strconv.AppendFloat(nil, f, 'g', -1, 64), nil
}

func (n *number) UnmarshalJSON(data []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	*n = number(f)
	return err
}
