package tokenizer

import "unicode/utf8"

// lossy reads bytes as UTF-8, with U+FFFD for each malformed sequence:
// one for each maximal subpart, as the Unicode Standard (§3.9, "U+FFFD
// Substitution of Maximal Subparts") and Rust's from_utf8_lossy have it. Go's
// own conversions put one for each byte.
func lossy(raw []byte) string {
	text := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		c, size := utf8.DecodeRune(raw)
		if c != utf8.RuneError || size > 1 {
			text = append(text, raw[:size]...)
			raw = raw[size:]
			continue
		}
		text = append(text, "\uFFFD"...)
		raw = raw[max(1, partial(raw)):]
	}
	return string(text)
}

// partial is the length of the longest start of raw that begins some character
// without completing it: 0 to 3.
func partial(raw []byte) int {
	if len(raw) == 0 {
		return 0
	}
	// The first continuation byte has a narrower range after some leads (Unicode table 3-7).
	need, low, high := 0, byte(0x80), byte(0xBF)
	switch lead := raw[0]; {
	case lead >= 0xC2 && lead <= 0xDF:
		need = 2
	case lead >= 0xE0 && lead <= 0xEF:
		need = 3
	case lead >= 0xF0 && lead <= 0xF4:
		need = 4
	}
	switch raw[0] {
	case 0xE0:
		low = 0xA0
	case 0xED:
		high = 0x9F
	case 0xF0:
		low = 0x90
	case 0xF4:
		high = 0x8F
	}
	n := 0
	for n < need && n < len(raw) {
		if n > 0 && (raw[n] < low || raw[n] > high) {
			return n
		}
		if n > 0 {
			low, high = 0x80, 0xBF
		}
		n++
	}
	if n == need {
		return 0 // complete, or no lead byte at all
	}
	return n
}

// complete is how much of raw can be decoded now: all but a character at its
// end that more bytes may complete.
func complete(raw []byte) int {
	for back := min(3, len(raw)); back > 0; back-- {
		tail := raw[len(raw)-back:]
		if partial(tail) == back {
			return len(raw) - back
		}
	}
	return len(raw)
}
