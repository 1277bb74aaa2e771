package tokenizer

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Files of any content give a tokenizer that works or an error.
func FuzzFromJSON(f *testing.F) {
	f.Add([]byte(minimal("")), "ab a")
	f.Add([]byte(minimal(`"added_tokens":[{"id":3,"content":" x","lstrip":true,"rstrip":true,"special":true}]`)), "a  x  x b")
	f.Add([]byte(minimal(`"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\s*|b"},"behavior":"MergedWithNext"}`)), "ab a")
	f.Add([]byte(minimal(`"normalizer":{"type":"NFKC"},"decoder":{"type":"Strip","content":"a","start":1,"stop":1}`)), "ａ")
	for _, family := range families[1:] {
		data, err := os.ReadFile(filepath.Join("testdata", family+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "word <mask> é\u00e9\xff 12 Day")
	}
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		tok, err := FromJSON(data)
		if err != nil {
			return
		}
		for _, ids := range [][]int{tok.Encode(text), tok.EncodeOrdinary(text), tok.EncodeWithSpecial(text)} {
			for _, id := range ids {
				if id < 0 || id >= tok.Vocab() {
					t.Fatalf("Encode(%q) gives id %d of a vocabulary of %d", text, id, tok.Vocab())
				}
			}
			if got, _ := streamed(t, tok, ids); utf8.ValidString(got) && got != tok.DecodeKeepSpecial(ids) {
				t.Fatalf("stream %q, whole %q", got, tok.DecodeKeepSpecial(ids))
			}
			tok.Decode(ids)
		}
	})
}

// Any text is encoded, and comes back where all its bytes have tokens.
func FuzzEncode(f *testing.F) {
	for _, c := range readLines[textCase](f, "smollm2.jsonl")[:80] {
		f.Add(c.Text)
	}
	all, real := load(f, "tiny-llama3"), load(f, "smollm2")
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.ToValidUTF8(text, "")
		if got := all.DecodeKeepSpecial(all.EncodeOrdinary(want)); got != want {
			t.Fatalf("%q comes back as %q", want, got)
		}
		first := real.Encode(text)
		if again := real.Encode(text); !slices.Equal(first, again) {
			t.Fatalf("%q: %v, then %v", text, first, again)
		}
		real.DecodeKeepSpecial(first)
	})
}
