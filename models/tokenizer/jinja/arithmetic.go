package jinja

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

var (
	errOverflow = errors.New("a whole number beyond 64 bits")
	errZero     = errors.New("division by zero")
)

// arithmetic is Python's binary operators.
func (r *render) arithmetic(op string, x, y any) (any, error) {
	if op == "~" {
		return r.joinText(x, y)
	}
	for _, v := range []any{x, y} {
		if u, ok := v.(undefined); ok {
			return nil, u.err()
		}
	}
	if i, ok := integer(x); ok {
		if j, ok := integer(y); ok && op != "/" {
			return integers(op, i, j)
		}
	}
	a, isNumber := number(x)
	b, areNumbers := number(y)
	if isNumber && areNumbers {
		return floats(op, a, b)
	}
	if op == "+" {
		if v, ok, err := r.concatenate(x, y); ok {
			return v, err
		}
	}
	if op == "*" {
		if n, ok := integer(y); ok {
			return r.repeat(x, n)
		}
		if n, ok := integer(x); ok {
			return r.repeat(y, n)
		}
	}
	return nil, fmt.Errorf("%s does not work between %s and %s", op, typeName(x), typeName(y))
}

// joinText is ~, which prints both sides.
func (r *render) joinText(x, y any) (any, error) {
	a, err := r.text(x)
	if err != nil {
		return nil, err
	}
	b, err := r.text(y)
	if err != nil {
		return nil, err
	}
	if err := r.spend(len(a) + len(b)); err != nil {
		return nil, err
	}
	return a + b, nil
}

// concatenate joins two strings or two lists; ok is false for anything else.
func (r *render) concatenate(x, y any) (v any, ok bool, err error) {
	switch a := x.(type) {
	case string:
		b, ok := y.(string)
		if !ok {
			return nil, false, nil
		}
		if err := r.spend(len(a) + len(b)); err != nil {
			return nil, true, err
		}
		return a + b, true, nil
	case *list:
		b, ok := y.(*list)
		if !ok || a.tuple != b.tuple {
			return nil, false, nil
		}
		if err := r.spend(stepCost * (len(a.items) + len(b.items))); err != nil {
			return nil, true, err
		}
		return &list{items: append(append([]any{}, a.items...), b.items...), tuple: a.tuple}, true, nil
	}
	return nil, false, nil
}

func (r *render) repeat(v any, n int64) (any, error) {
	n = max(n, 0)
	switch v := v.(type) {
	case string:
		if err := r.product(len(v), n); err != nil {
			return nil, err
		}
		return strings.Repeat(v, int(n)), nil
	case *list:
		if err := r.product(stepCost*len(v.items), n); err != nil {
			return nil, err
		}
		out := &list{tuple: v.tuple}
		for range n {
			out.items = append(out.items, v.items...)
			if len(v.items) == 0 {
				break
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("a %s cannot be repeated", typeName(v))
}

// product spends size times n.
func (r *render) product(size int, n int64) error {
	high, low := bits.Mul64(uint64(size), uint64(n))
	if high > 0 || low > math.MaxInt32 {
		low = math.MaxInt32
	}
	return r.spend(int(low))
}

func integers(op string, i, j int64) (any, error) {
	switch op {
	case "+":
		if sum := i + j; (sum > i) == (j > 0) {
			return sum, nil
		}
		return nil, errOverflow
	case "-":
		if difference := i - j; (difference < i) == (j > 0) {
			return difference, nil
		}
		return nil, errOverflow
	case "*":
		return times(i, j)
	case "//", "%":
		if j == 0 {
			return nil, errZero
		}
		if i == math.MinInt64 && j == -1 {
			return nil, errOverflow
		}
		quotient, rest := i/j, i%j
		if rest != 0 && (rest < 0) != (j < 0) { // Python rounds down
			quotient, rest = quotient-1, rest+j
		}
		if op == "%" {
			return rest, nil
		}
		return quotient, nil
	case "**":
		if j < 0 {
			return floats(op, float64(i), float64(j))
		}
		return power(i, j)
	}
	return nil, fmt.Errorf("no operator %s", op)
}

func times(i, j int64) (any, error) {
	if p := i * j; i == 0 || p/i == j && (i != -1 || j != math.MinInt64) {
		return p, nil
	}
	return nil, errOverflow
}

func power(base, exponent int64) (any, error) {
	if base == 0 || base == 1 {
		if exponent == 0 {
			return int64(1), nil
		}
		return base, nil
	}
	if base == -1 {
		return 1 - 2*(exponent%2), nil
	}
	result := int64(1)
	for range exponent { // overflows within 64 rounds
		next, err := times(result, base)
		if err != nil {
			return nil, err
		}
		result = next.(int64)
	}
	return result, nil
}

func floats(op string, a, b float64) (any, error) {
	switch op {
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	case "**":
		return math.Pow(a, b), nil
	}
	if b == 0 {
		return nil, errZero
	}
	switch op {
	case "/":
		return a / b, nil
	case "//":
		return math.Floor(a / b), nil
	}
	rest := math.Mod(a, b)
	if rest != 0 && (rest < 0) != (b < 0) {
		rest += b
	}
	return rest, nil
}
