package script

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.starlark.net/starlark"
)

// durationOf unpacks a time span: a number of seconds, or a text such as 90s, 15m, 2h, 3d.
func durationOf(to *time.Duration) starlark.Unpacker { return (*durationArg)(to) }

type durationArg time.Duration

// longestSpan is a century: more is a mistake, and time.Duration ends after three.
const longestSpan = 100 * 365 * 24 * time.Hour

// Unpack takes seconds or a text.
func (d *durationArg) Unpack(v starlark.Value) error {
	if v == starlark.None {
		return nil
	}
	seconds, ok := starlark.AsFloat(v)
	if text, is := starlark.AsString(v); is {
		seconds, ok = spanOf(text)
	}
	if !ok {
		return fmt.Errorf(`got %s, want a number of seconds or a text such as "90s", "15m", "2h" or "3d"`, v)
	}
	if !(seconds >= 0) || seconds > longestSpan.Seconds() {
		return fmt.Errorf("got %s, want 0 seconds to 100 years", v)
	}
	*d = durationArg(math.Round(seconds * float64(time.Second)))
	return nil
}

// spanOf reads a number with its unit, in seconds.
func spanOf(text string) (seconds float64, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, false
	}
	unit, known := map[byte]float64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400}[text[len(text)-1]]
	n, err := strconv.ParseFloat(strings.TrimSpace(text[:len(text)-1]), 64)
	return n * unit, known && err == nil
}
