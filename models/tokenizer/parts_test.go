package tokenizer

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// partCase is one component by itself; one of the three is set.
type partCase struct {
	PreTokenizer json.RawMessage `json:"pre_tokenizer"`
	Normalizer   json.RawMessage `json:"normalizer"`
	Decoder      json.RawMessage `json:"decoder"`
	Text         string          `json:"text"`
	Tokens       []string        `json:"tokens"`
	Pieces       []string        `json:"pieces"`
	Out          string          `json:"out"`
}

func TestPartsEqualReference(t *testing.T) {
	failures := 0
	for _, c := range readLines[partCase](t, "parts.jsonl") {
		tok := &Tokenizer{model: &bpe{}}
		switch {
		case c.PreTokenizer != nil:
			if err := tok.buildPreTokenizer(c.PreTokenizer); err != nil {
				t.Fatalf("%s: %v", c.PreTokenizer, err)
			}
			if got := pieces(tok, c.Text); !slices.Equal(got, c.Pieces) {
				differ(t, &failures, "%s of %q\n got %q\nwant %q", c.PreTokenizer, c.Text, got, c.Pieces)
			}
		case c.Normalizer != nil:
			if err := tok.buildNormalizer(c.Normalizer); err != nil {
				t.Fatalf("%s: %v", c.Normalizer, err)
			}
			if got := tok.normalize(c.Text); got != c.Out {
				differ(t, &failures, "%s of %q\n got %q\nwant %q", c.Normalizer, c.Text, got, c.Out)
			}
		case c.Decoder != nil:
			if err := tok.buildDecoder(c.Decoder); err != nil {
				t.Fatalf("%s: %v", c.Decoder, err)
			}
			if got := decodeTokens(tok, c.Tokens); got != c.Out {
				differ(t, &failures, "%s of %q\n got %q\nwant %q", c.Decoder, c.Tokens, got, c.Out)
			}
		default:
			t.Fatalf("a case without a component: %+v", c)
		}
	}
}

// pieces are the words of a text, spelt in the byte alphabet where the last
// splitter is byte-level, as the reference shows them.
func pieces(tok *Tokenizer, text string) (out []string) {
	if text == "" {
		return nil
	}
	e := &encoder{Tokenizer: tok}
	e.build(func(word string, _ bool) {
		if tok.model.byteIDs != nil {
			word = spell(word)
		}
		out = append(out, word)
	})
	e.words(text, true)
	return out
}

func decodeTokens(tok *Tokenizer, tokens []string) string {
	var text strings.Builder
	s := tok.newStream(true, func(piece string) { text.WriteString(piece) })
	for _, token := range tokens {
		s.emits[0](token)
	}
	s.flush()
	return text.String()
}

func TestClassesEqualReference(t *testing.T) {
	data, err := os.ReadFile("testdata/classes.json")
	if err != nil {
		t.Fatal(err)
	}
	var ranges struct {
		Letter, Number, Space, Digit, Word [][2]rune
		Lower                              [][2]any
	}
	if err := json.Unmarshal(data, &ranges); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		class  class
		ranges [][2]rune
	}{
		{"letter", letter, ranges.Letter},
		{"number", number, ranges.Number},
		{"space", space, ranges.Space},
		{"digit", digit, ranges.Digit},
		{"word", word, ranges.Word},
	} {
		failures := 0
		rest := c.ranges
		for p := rune(0); p <= unicode.MaxRune; p++ {
			for len(rest) > 0 && rest[0][1] < p {
				rest = rest[1:]
			}
			want := len(rest) > 0 && rest[0][0] <= p
			if got := classOf(p)&c.class != 0; got != want && (p < 0xD800 || p >= 0xE000) {
				differ(t, &failures, "%s: U+%04X: got %v, want %v", c.name, p, got, want)
			}
		}
	}
	failures, lower := 0, make(map[rune]string)
	for _, pair := range ranges.Lower {
		lower[rune(pair[0].(float64))] = pair[1].(string)
	}
	for p := rune(0); p <= unicode.MaxRune; p++ {
		if p >= 0xD800 && p < 0xE000 {
			continue
		}
		want, ok := lower[p]
		if !ok {
			want = string(p)
		}
		if got := lowercase(string(p)); got != want {
			differ(t, &failures, "lowercase of U+%04X: got %q, want %q", p, got, want)
		}
	}
}
