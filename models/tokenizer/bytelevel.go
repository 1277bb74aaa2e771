package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// byteAlphabet spells each byte as a printable character, as GPT-2 does
// (Radford et al. 2019): printable Latin-1 stands for itself, and the other 68
// bytes are, in order, U+0100 and up.
var byteAlphabet = makeByteAlphabet()

// maxAlphabet is one more than the highest character of the alphabet.
const maxAlphabet = 0x100 + 68

func makeByteAlphabet() (alphabet [256]rune) {
	next := rune(0x100)
	for b := range alphabet {
		if b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE {
			alphabet[b] = rune(b)
			continue
		}
		alphabet[b] = next
		next++
	}
	return alphabet
}

// alphabetBytes is the way back: byte by character, -1 for other characters.
var alphabetBytes = makeAlphabetBytes()

func makeAlphabetBytes() (bytes [maxAlphabet]int16) {
	for c := range bytes {
		bytes[c] = -1
	}
	for b, c := range byteAlphabet {
		bytes[c] = int16(b)
	}
	return bytes
}

// spell writes raw bytes in the byte alphabet.
func spell(raw string) string {
	var out strings.Builder
	out.Grow(2 * len(raw))
	for i := range len(raw) {
		out.WriteRune(byteAlphabet[raw[i]])
	}
	return out.String()
}

// unspell appends the bytes that a token spells. A token with any character
// outside the alphabet, as an added token may have, stands for itself.
func unspell(dst []byte, token string) []byte {
	start := len(dst)
	for _, c := range token {
		if c >= maxAlphabet || alphabetBytes[c] < 0 {
			return append(dst[:start], token...)
		}
		dst = append(dst, byte(alphabetBytes[c]))
	}
	return dst
}

// byteLevel is the pre-tokenizer of GPT-2: optionally a space in front, the
// word pattern, and bytes in the byte alphabet.
type byteLevel struct {
	prefixSpace bool
	words       bool // split by GPT-2's pattern
	raw         bool // leave bytes raw: the model expects them so
}

func (b byteLevel) split(text string, start bool, yield func(string, bool)) {
	if b.prefixSpace && !strings.HasPrefix(text, " ") {
		text = " " + text
	}
	for text != "" {
		n := len(text)
		if b.words {
			n = gpt2Word(text)
		}
		word := text[:n]
		if !b.raw {
			word = spell(word)
		}
		yield(word, start)
		text, start = text[n:], false
	}
}

// gpt2Word is the length of the first match in text of GPT-2's pattern
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// where text is not empty. The pattern matches at every position, so that its
// matches are the words. A property test holds it to a regular expression.
func gpt2Word(text string) int {
	if text[0] == '\'' {
		if n := contraction(text); n > 0 {
			return n
		}
	}
	at := 0
	if text[0] == ' ' {
		at = 1
	}
	if at < len(text) {
		c, size := classAt(text, at)
		if kind := c & (letter | number | space); kind != space {
			return runOf(text, at+size, kind)
		}
	}
	return spaces(text)
}

// contraction is the length of the English contraction that text starts with, or 0.
func contraction(text string) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(text) < 3 {
		return 0
	}
	switch text[1:3] {
	case "re", "ve", "ll":
		return 3
	}
	return 0
}

// runOf returns where the run of one kind of character ends.
func runOf(text string, at int, kind class) int {
	for at < len(text) {
		c, size := classAt(text, at)
		if c&(letter|number|space) != kind {
			return at
		}
		at += size
	}
	return at
}

// spaces is the length of the white space that text starts with, less its last
// character where something follows: that one belongs to the next word.
func spaces(text string) int {
	end, last := 0, 0
	for end < len(text) {
		c, size := classAt(text, end)
		if c&space == 0 {
			if last > 0 {
				return last
			}
			return end
		}
		last = end
		end += size
	}
	return end
}

// classAt is the class and size in bytes of the character at an offset.
func classAt(text string, at int) (class, int) {
	if b := text[at]; b < utf8.RuneSelf {
		return asciiClasses[b], 1
	}
	c, size := utf8.DecodeRuneInString(text[at:])
	return classOf(c), size
}
