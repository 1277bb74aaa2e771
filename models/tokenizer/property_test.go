package tokenizer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// randomText strings together stretches of the kinds that split words
// differently, and now and then any code point.
func randomText(rng *rand.Rand) string {
	kinds := []string{
		" ", "\n\t\r ", "abcXYZ", "'", "strevmld", "0189", ".,!?-", "\u00a0\u3000\u2003\u0085\u180e\u200b\u2028",
		"éßжя中あ한", "\u0301\u0302\u094d\u20dd", "½²Ⅷ٣①𝟗", "😀\u200d🏽🇩🇪\ufe0f", "<|im_end|>", "\x00\x1f\x7f\u0080\u009f",
	}
	var text strings.Builder
	for range rng.IntN(20) {
		letters := []rune(kinds[rng.IntN(len(kinds))])
		for range rng.IntN(4) + 1 {
			text.WriteRune(letters[rng.IntN(len(letters))])
		}
		if rng.IntN(8) == 0 {
			text.WriteRune(rune(rng.IntN(0xD800)))
		}
	}
	return text.String()
}

// The hand-written scanner and the pattern it stands for cut alike.
func TestGPT2WordEqualsPattern(t *testing.T) {
	translated, err := translate(gpt2Pattern)
	if err != nil {
		t.Fatal(err)
	}
	re, err := regexp2.Compile(translated, regexp2.None)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		text := randomText(rng)
		if got, want := gpt2Cuts(text), regexCuts(re, text); !slices.Equal(got, want) {
			t.Fatalf("%q\n got %v\nwant %v", text, got, want)
		}
	}
}

// The scan for short words and the heap for long ones apply the same merges.
func TestShortAndLongMergesAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, family := range []string{"smollm2", "tiny-bytelevel", "tiny-llama"} {
		m := load(t, family).model
		for range 20000 {
			word := randomText(rng)
			if family != "tiny-llama" && rng.IntN(2) == 0 {
				word = strings.Repeat(" ", rng.IntN(9)) + strings.Repeat("the", rng.IntN(9))
			}
			symbols := m.symbols(word)
			if len(symbols) >= longWord {
				continue
			}
			short, long := m.mergeShort(slices.Clone(symbols)), m.mergeLong(slices.Clone(symbols))
			if !slices.Equal(short, long) {
				t.Fatalf("%s: %q: short %v, long %v", family, word, short, long)
			}
		}
	}
}

// A tokenizer that knows all bytes gives every text back.
func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	tok := load(t, "tiny-llama3")
	for range 5000 {
		text := randomText(rng)
		if got := tok.Decode(tok.EncodeOrdinary(text)); got != text {
			t.Fatalf("%q comes back as %q", text, got)
		}
	}
}

// A cached word has the ids of a fresh one, and a cache that overflows stays right.
func TestCacheIsTransparent(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	warm := load(t, "tiny-bytelevel")
	for range 3 * cacheSlots {
		word := make([]byte, 3)
		for i := range word {
			word[i] = byte(rng.IntN(256))
		}
		if got, want := warm.model.ids(string(word)), warm.model.encode(string(word)); !slices.Equal(got, want) {
			t.Fatalf("%q: cached %v, fresh %v", word, got, want)
		}
	}
}

func TestMalformedTextIsReadAsReplaced(t *testing.T) {
	tok := load(t, "smollm2")
	for _, c := range []struct{ text, want string }{
		{"a\xffb", "a\uFFFDb"},
		{"\xe2\x82", "\uFFFD"},                 // cut off in the middle: one
		{"\xe2\x82a", "\uFFFDa"},               // maximal subpart, then a
		{"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"}, // a surrogate: three
		{"\xf0\x9f\x98\x80\xf0\x9f", "😀\uFFFD"},
		{"\xc0\xaf", "\uFFFD\uFFFD"},
		{"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
	} {
		if got := lossy([]byte(c.text)); got != c.want {
			t.Errorf("lossy %q: got %q, want %q", c.text, got, c.want)
		}
		if got, want := tok.Encode(c.text), tok.Encode(c.want); !slices.Equal(got, want) {
			t.Errorf("Encode(%q): got %v, want %v", c.text, got, want)
		}
	}
}

// Whatever the bytes, a byte-level stream gives what whole decoding gives, and
// never a broken character.
func TestStreamOfAnyBytes(t *testing.T) {
	tok := load(t, "tiny-llama3")
	rng := rand.New(rand.NewPCG(9, 10))
	for range 3000 {
		ids := make([]int, rng.IntN(12))
		for i := range ids {
			if ids[i] = rng.IntN(tok.Vocab() + 2); rng.IntN(2) == 0 {
				leads := []byte{0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xC3, 0xA9, 0xED, 0xFF, 'a'}
				ids[i] = int(tok.model.byteIDs[leads[rng.IntN(len(leads))]])
			}
		}
		got, _ := streamed(t, tok, ids)
		if want := tok.DecodeKeepSpecial(ids); got != want {
			t.Fatalf("%v: stream %q, whole %q", ids, got, want)
		}
	}
}

// A character comes out with its last byte, not later.
func TestStreamIsPrompt(t *testing.T) {
	tok := load(t, "tiny-llama3")
	s := tok.NewStream()
	for i := range len("é€😀a") {
		b := "é€😀a"[i]
		piece := s.Push(int(tok.model.byteIDs[b]))
		if done := i+1 == len("é€😀a") || utf8.RuneStart("é€😀a"[i+1]); (piece != "") != done {
			t.Errorf("after byte %d (%#x): got %q, want a character: %v", i, b, piece, done)
		}
	}
	if rest := s.Flush(); rest != "" {
		t.Errorf("Flush gives %q after whole characters", rest)
	}
}

// One tokenizer serves several goroutines, which share its cache of words.
func TestConcurrentUse(t *testing.T) {
	tok := load(t, "tiny-llama3")
	cases := readLines[textCase](t, "tiny-llama3.jsonl")
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range cases {
				c := cases[(i+worker*17)%len(cases)]
				if got := tok.Encode(c.Text); !slices.Equal(got, c.IDs) {
					t.Errorf("worker %d: %s: got %v, want %v", worker, c.Name, got, c.IDs)
				}
				tok.Decode(c.IDs)
			}
		})
	}
	group.Wait()
}
