package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

func clearLongText(a *Field) { a.MinWords, a.MaxWords = 0, 0 }

func checkLongText(a Field, _ Form) error {
	if a.MinWords < 0 || a.MaxWords < 0 || a.MaxWords > 0 && a.MinWords > a.MaxWords {
		return fmt.Errorf("a text of %d to %d words can't be written", a.MinWords, a.MaxWords)
	}
	return nil
}

func readLongText(a Field, _ Item, raw json.RawMessage) (any, bool, error) {
	var text string
	if err := into(raw, &text, "a text"); err != nil {
		return nil, false, err
	}
	if n := utf8.RuneCountInString(text); n > maxAnswerText {
		return nil, false, fmt.Errorf("it has %d characters; at most %d", n, maxAnswerText)
	}
	if strings.ContainsRune(text, 0) {
		return nil, false, errors.New("it holds a character that is no text (NUL)")
	}
	words := len(strings.Fields(text))
	switch {
	case words == 0:
		return nil, false, nil
	case words < a.MinWords:
		return nil, false, fmt.Errorf("%d words; at least %d", words, a.MinWords)
	case a.MaxWords > 0 && words > a.MaxWords:
		return nil, false, fmt.Errorf("%d words; at most %d", words, a.MaxWords)
	}
	return text, true, nil
}
