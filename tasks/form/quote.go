package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

func clearQuote(a *Field) { a.Of, a.MaxChars, a.Several = "", 0, false }

func checkQuote(a Field, f Form) error {
	if a.MaxChars < 0 {
		return fmt.Errorf("a quote of at most %d characters can't be made", a.MaxChars)
	}
	if a.Of == "" {
		return errors.New("a quote is of a field that the form shows; name it with of")
	}
	shown := slices.ContainsFunc(f.Show, func(p Part) bool { return slices.Contains(p.Fields, a.Of) })
	if !shown {
		return fmt.Errorf("the form does not show %s, so nobody could quote it", a.Of)
	}
	return nil
}

func readQuote(a Field, item Item, raw json.RawMessage) (any, bool, error) {
	var quotes []Quote
	if a.Several {
		if err := into(raw, &quotes, "a list of quotes with start, end and text"); err != nil {
			return nil, false, err
		}
		if len(quotes) > maxQuotes {
			return nil, false, fmt.Errorf("%d quotes; at most %d", len(quotes), maxQuotes)
		}
	} else {
		quotes = make([]Quote, 1)
		if err := into(raw, &quotes[0], "a quote with start, end and text"); err != nil {
			return nil, false, err
		}
	}
	text, _ := item[a.Of].(string)
	letters := []rune(text)
	for _, q := range quotes {
		if err := q.check(letters, a.MaxChars); err != nil {
			return nil, false, err
		}
	}
	if a.Several {
		return quotes, len(quotes) > 0, nil
	}
	return quotes[0], true, nil
}

// check holds a quote against the text that it is of.
func (q Quote) check(letters []rune, most int) error {
	if q.Start < 0 || q.End > len(letters) || q.Start >= q.End {
		return fmt.Errorf("the quote from %d to %d does not lie in the text of %d characters", q.Start, q.End, len(letters))
	}
	if n := q.End - q.Start; most > 0 && n > most {
		return fmt.Errorf("the quote has %d characters; at most %d", n, most)
	}
	if there := string(letters[q.Start:q.End]); there != q.Text {
		return fmt.Errorf("the quote says %q, and from %d to %d stands %q; select it again", shorten(q.Text), q.Start, q.End, shorten(there))
	}
	return nil
}

func shorten(s string) string {
	const most = 40
	if letters := []rune(s); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return s
}
