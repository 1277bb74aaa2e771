package jinja

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// simpleEscapes are Python's escapes of one character.
var simpleEscapes = map[byte]string{
	'n': "\n", 't': "\t", 'r': "\r", '\\': "\\", '\'': "'", '"': `"`,
	'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", '\n': "",
}

// unquote reads the inside of a string literal. As in Python, an unknown
// escape stands for itself.
func unquote(text string) (string, error) {
	var out strings.Builder
	for text != "" {
		i := strings.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			out.WriteString(text)
			break
		}
		out.WriteString(text[:i])
		c := text[i+1]
		text = text[i+2:]
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
		switch simple, ok := simpleEscapes[c]; {
		case ok:
			out.WriteString(simple)
		case digits > 0:
			if len(text) < digits {
				return "", errors.New("an escape is cut off")
			}
			code, err := strconv.ParseUint(text[:digits], 16, 32)
			if err != nil || !utf8.ValidRune(rune(code)) {
				return "", fmt.Errorf(`\%c%s is no character`, c, text[:digits])
			}
			out.WriteRune(rune(code))
			text = text[digits:]
		case c >= '0' && c <= '7':
			n := 1
			for n < 3 && n <= len(text) && text[n-1] >= '0' && text[n-1] <= '7' {
				n++
			}
			code, err := strconv.ParseUint(string(c)+text[:n-1], 8, 32)
			if err != nil {
				return "", err
			}
			out.WriteRune(rune(code))
			text = text[n-1:]
		default:
			out.WriteString(`\` + string(c))
		}
	}
	return out.String(), nil
}

// quote is Python's repr of a string.
func quote(text string) string {
	mark := byte('\'')
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		mark = '"'
	}
	out := []byte{mark}
	for _, c := range text {
		switch {
		case c == '\\' || c == rune(mark):
			out = append(out, '\\', byte(c))
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\r':
			out = append(out, `\r`...)
		case c == '\t':
			out = append(out, `\t`...)
		case c == ' ' || unicode.IsPrint(c):
			out = utf8.AppendRune(out, c)
		case c < 0x100:
			out = fmt.Appendf(out, `\x%02x`, c)
		case c < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, c)
		default:
			out = fmt.Appendf(out, `\U%08x`, c)
		}
	}
	return string(append(out, mark))
}
