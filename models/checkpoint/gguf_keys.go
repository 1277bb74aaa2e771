package checkpoint

import (
	"fmt"
	"math"
	"strconv"
)

// ggufKeys reads typed values out of a GGUF file's metadata and remembers what was wrong first.
type ggufKeys struct {
	meta map[string]any
	err  error
}

func (k *ggufKeys) fail(err error) {
	if k.err == nil {
		k.err = err
	}
}

func (k *ggufKeys) has(key string) bool { _, ok := k.meta[key]; return ok }

// count reads a size, 1 or more; fallback stands in where the key is absent, 0 makes it required.
func (k *ggufKeys) count(key string, fallback int) int {
	value, ok := k.meta[key]
	if !ok && fallback != 0 {
		return fallback
	}
	n, isInt := value.(int64)
	switch {
	case !ok:
		k.fail(damaged("metadata %s is missing", key))
	case !isInt:
		k.fail(unsupported("metadata %s is %s, not one number", key, brief(value)))
	case n < 1 || n > math.MaxInt32:
		k.fail(damaged("metadata %s is %d", key, n))
	default:
		return int(n)
	}
	return 1
}

// id reads a token's number, which must be below limit; false where the file has none.
func (k *ggufKeys) id(key string, limit int) (int, bool) {
	value, ok := k.meta[key]
	if !ok {
		return 0, false
	}
	n, isInt := value.(int64)
	if !isInt || n < 0 || n >= int64(limit) {
		k.fail(damaged("metadata %s is %s, not one of %d tokens", key, brief(value), limit))
		return 0, false
	}
	return int(n), true
}

// positive reads a number above zero; fallback as for count. A float32 is given as the shortest
// decimal that means it, so that 1e-5 is not written as 9.99999974e-06.
func (k *ggufKeys) positive(key string, fallback float64) float64 {
	value, ok := k.meta[key]
	if !ok && fallback != 0 {
		return fallback
	}
	var x float64
	switch v := value.(type) {
	case float32:
		x, _ = strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
	case float64:
		x = v
	}
	if !(x > 0) || math.IsInf(x, 0) {
		k.fail(damaged("metadata %s is %s, not a positive number", key, brief(value)))
		return 1
	}
	return x
}

func (k *ggufKeys) text(key string) string { s, _ := k.meta[key].(string); return s }

func (k *ggufKeys) flag(key string) bool { b, _ := k.meta[key].(bool); return b }

// brief prints a value from a file without letting the file decide how long the message gets.
func brief(value any) string {
	switch v := value.(type) {
	case nil:
		return "absent"
	case string:
		return fmt.Sprintf("%.60q", v)
	case []string, []int32:
		return "a list"
	}
	return fmt.Sprint(value)
}
