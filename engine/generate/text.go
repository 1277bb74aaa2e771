package generate

import (
	"strings"

	"workbench/models/tokenizer"
)

// textOf turns a response's tokens into text and watches for stop texts. Text that may become part of
// a stop text is held back, so that what has been given out never contains even a part of one.
type textOf struct {
	stream *tokenizer.Stream // nil for a model without a tokenizer: then all text is empty
	stops  []string
	held   string
}

func newTextOf(t *tokenizer.Tokenizer, stops []string) *textOf {
	x := &textOf{stops: stops}
	if t != nil {
		x.stream = t.NewStream()
	}
	return x
}

// push takes a token and returns the text that is now certain, and whether a stop text has come.
func (x *textOf) push(id int) (text string, stopped bool) {
	if x.stream == nil {
		return "", false
	}
	return x.take(x.stream.Push(id))
}

// finish returns what was held back, up to a stop text.
func (x *textOf) finish() string {
	if x.stream == nil {
		return ""
	}
	text, stopped := x.take(x.stream.Flush())
	if !stopped {
		text += x.held
	}
	x.held = ""
	return text
}

// take adds text and lets go of what no stop text can begin in any more.
func (x *textOf) take(more string) (text string, stopped bool) {
	x.held += more
	if at := x.found(); at >= 0 {
		text, x.held = x.held[:at], ""
		return text, true
	}
	keep := x.unsure()
	text, x.held = x.held[:len(x.held)-keep], x.held[len(x.held)-keep:]
	return text, false
}

// found is where the first stop text begins, or -1.
func (x *textOf) found() int {
	first := -1
	for _, stop := range x.stops {
		if at := strings.Index(x.held, stop); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// unsure is the length of the longest end of the held text with which a stop text begins.
func (x *textOf) unsure() int {
	longest := 0
	for _, stop := range x.stops {
		for n := min(len(stop)-1, len(x.held)); n > longest; n-- {
			if strings.HasSuffix(x.held, stop[:n]) {
				longest = n
			}
		}
	}
	return longest
}
