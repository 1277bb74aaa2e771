package tokenizer

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

type normalizerFile struct {
	Type    string  `json:"type"`
	Prepend string  `json:"prepend"`
	Pattern pattern `json:"pattern"`
	Content string  `json:"content"`
	Left    bool    `json:"strip_left"`
	Right   bool    `json:"strip_right"`
}

func (t *Tokenizer) buildNormalizer(raw json.RawMessage) error {
	parts, err := flatten(raw, "normalizers")
	if err != nil {
		return err
	}
	for _, part := range parts {
		var f normalizerFile
		if err := json.Unmarshal(part, &f); err != nil {
			return err
		}
		n, err := newNormalizer(f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Type, err)
		}
		t.normalizers = append(t.normalizers, n)
	}
	return nil
}

func newNormalizer(f normalizerFile) (func(string) string, error) {
	switch f.Type {
	case "NFC":
		return normalForm(norm.NFC), nil
	case "NFD":
		return normalForm(norm.NFD), nil
	case "NFKC":
		return normalForm(norm.NFKC), nil
	case "NFKD":
		return normalForm(norm.NFKD), nil
	case "Lowercase":
		return lowercase, nil
	case "ByteLevel":
		return spell, nil
	case "Prepend":
		return func(text string) string {
			if text == "" {
				return ""
			}
			return f.Prepend + text
		}, nil
	case "Strip":
		return strip(f.Left, f.Right), nil
	case "Replace":
		find, err := f.Pattern.finder()
		if err != nil {
			return nil, err
		}
		return func(text string) string { return replace(text, find, f.Content) }, nil
	}
	return nil, ErrUnsupported
}

// normalize is idempotent only if the file's normalizers are.
func (t *Tokenizer) normalize(text string) string {
	for _, n := range t.normalizers {
		text = n(text)
	}
	return text
}

// lowercase maps characters one by one, without regard to their neighbours.
// U+0130 is the one that becomes two.
func lowercase(text string) string {
	return strings.ReplaceAll(strings.Map(lower, text), "\u0130", "i\u0307")
}

func lower(c rune) rune {
	if c == 0x130 {
		return c
	}
	for _, r := range newerLower {
		if c >= r.from && c <= r.to {
			return c + r.distance
		}
	}
	return unicode.ToLower(c)
}

func strip(left, right bool) func(string) string {
	return func(text string) string {
		if left {
			text = strings.TrimLeftFunc(text, unicode.IsSpace)
		}
		if right {
			text = strings.TrimRightFunc(text, unicode.IsSpace)
		}
		return text
	}
}

// replace puts content in place of every match.
func replace(text string, find finder, content string) string {
	var out strings.Builder
	for _, c := range find(text) {
		if c.match {
			out.WriteString(content)
		} else {
			out.WriteString(text[c.from:c.to])
		}
	}
	return out.String()
}
