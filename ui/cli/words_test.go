package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// splitWords splits a command line as a shell would: at spaces, with '…' and "…" kept together.
func splitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' && inWord:
			words = append(words, word.String())
			word.Reset()
			inWord = false
		case r != ' ':
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("%c is never closed in %s", quote, text)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

func TestSplitWords(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" a  b ", []string{"a", "b"}},
		{`--prompt "two words" -`, []string{"--prompt", "two words", "-"}},
		{`'a "b"' ''`, []string{`a "b"`, ""}},
		{`x='1 2'`, []string{"x=1 2"}},
	} {
		got, err := splitWords(tt.text)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("splitWords(%q) = %q, %v, want %q", tt.text, got, err, tt.want)
		}
	}
	if _, err := splitWords(`"open`); err == nil {
		t.Error(`splitWords("open) accepted a quote that is never closed`)
	}
}
