package dataset

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep lists and objects may nest; deeper is refused before the stack is.
const maxDepth = 100

// parser reads one JSON object out of a text. It is stricter than the standard library's where that
// would change data without a word: a key that comes twice, text that is not UTF-8, half of a
// surrogate pair, an integer that does not fit 64 bits and a number that overflows are mistakes.
type parser struct {
	text  []byte
	at    int
	depth int
	names map[string]string // keys seen before, to share their memory
}

// mistake is what is wrong with a text, and at which byte.
type mistake struct {
	at      int
	problem string
}

func (m *mistake) Error() string { return m.problem }

func (p *parser) wrong(at int, format string, args ...any) *mistake {
	return &mistake{at, fmt.Sprintf(format, args...)}
}

// parseRecord reads a text that is one object, with white space around it.
func parseRecord(text []byte, names map[string]string) (Record, *mistake) {
	p := &parser{text: bytes.TrimRight(text, " \t\r\n"), names: names}
	p.space()
	if p.peek() != '{' {
		return Record{}, p.wrong(p.at, "a record is an object in braces, this is %s", p.found())
	}
	r, err := p.object()
	if err != nil {
		return Record{}, err
	}
	p.space()
	if p.at < len(p.text) {
		return Record{}, p.wrong(p.at, "the record is over, but then comes %s; each line is one record", p.found())
	}
	return r, nil
}

func (p *parser) value() (any, *mistake) {
	switch c := p.peek(); {
	case c == '"':
		return p.string()
	case c == '{':
		return p.object()
	case c == '[':
		return p.list()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case p.word("null"):
		return nil, nil
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	}
	for _, word := range []string{"NaN", "Infinity", "None", "True", "False", "undefined"} {
		if p.word(word) {
			return nil, p.wrong(p.at-len(word), "%s is not JSON; write null, true, false or a number", word)
		}
	}
	return nil, p.wrong(p.at, "a value is missing: found %s", p.found())
}

func (p *parser) object() (Record, *mistake) {
	var r Record
	if err := p.enter(); err != nil {
		return r, err
	}
	defer p.leave()
	if p.space(); p.take('}') {
		return r, nil
	}
	for {
		p.space()
		start := p.at
		if p.peek() != '"' {
			return r, p.wrong(p.at, "a key in double quotes is missing: found %s", p.found())
		}
		key, err := p.key()
		if err != nil {
			return r, err
		}
		if p.space(); !p.take(':') {
			return r, p.wrong(p.at, "a colon is missing after the key %q: found %s", key, p.found())
		}
		p.space()
		value, err := p.value()
		if err != nil {
			return r, err
		}
		if !r.add(key, value) {
			return r, p.wrong(start, "the key %q comes twice", key)
		}
		p.space()
		switch {
		case p.take(','):
		case p.take('}'):
			return r, nil
		default:
			return r, p.wrong(p.at, "a comma or a closing brace is missing after the value of %q: found %s", key, p.found())
		}
	}
}

func (p *parser) list() (any, *mistake) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	list := []any{}
	if p.space(); p.take(']') {
		return list, nil
	}
	for {
		p.space()
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, value)
		p.space()
		switch {
		case p.take(','):
		case p.take(']'):
			return list, nil
		default:
			return nil, p.wrong(p.at, "a comma or a closing bracket is missing after item %d: found %s", len(list), p.found())
		}
	}
}

// number reads -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (p *parser) number() (any, *mistake) {
	start, whole := p.at, true
	p.take('-')
	zero := p.peek() == '0'
	if n := p.digits(); n == 0 || zero && n > 1 {
		return nil, p.wrong(start, "%s is not a number in JSON", p.text[start:p.at])
	}
	if p.take('.') {
		if whole = false; p.digits() == 0 {
			return nil, p.wrong(start, "the number %s has no digits after its point", p.text[start:p.at])
		}
	}
	if p.take('e') || p.take('E') {
		_ = p.take('+') || p.take('-')
		if whole = false; p.digits() == 0 {
			return nil, p.wrong(start, "the number %s has no digits in its exponent", p.text[start:p.at])
		}
	}
	text := string(p.text[start:p.at])
	if whole {
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, p.wrong(start, "the integer %.40s does not fit 64 bits; write it as a text in quotes", text)
		}
		return i, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, p.wrong(start, "the number %.40s is too large", text)
	}
	return f, nil
}

func (p *parser) string() (string, *mistake) {
	text, err := p.quoted()
	return string(text), err
}

// key reads a string, giving the same memory to the same key each time.
func (p *parser) key() (string, *mistake) {
	text, err := p.quoted()
	if err != nil {
		return "", err
	}
	if name, ok := p.names[string(text)]; ok {
		return name, nil
	}
	name := string(text)
	const enough = 1000 // a file whose keys are data must not fill the memory
	if p.names != nil && len(p.names) < enough {
		p.names[name] = name
	}
	return name, nil
}

// quoted reads a string and returns its content; it is a part of the text where nothing is escaped.
func (p *parser) quoted() ([]byte, *mistake) {
	open := p.at
	p.at++
	start := p.at
	var out []byte // what was read before start, once there was an escape
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			if out == nil {
				return p.text[start : p.at-1], nil
			}
			return append(out, p.text[start:p.at-1]...), nil
		case c == '\\':
			out = append(out, p.text[start:p.at]...)
			r, err := p.escape()
			if err != nil {
				return nil, err
			}
			out, start = utf8.AppendRune(out, r), p.at
		case c < ' ':
			return nil, p.wrong(p.at, "a control character (code %d) stands in a text; write it as \\u%04x", c, c)
		case c < utf8.RuneSelf:
			p.at++
		default:
			r, size := utf8.DecodeRune(p.text[p.at:])
			if r == utf8.RuneError && size == 1 {
				return nil, p.wrong(p.at, "byte 0x%02x is not UTF-8; convert the file to UTF-8 first", c)
			}
			p.at += size
		}
	}
	return nil, p.wrong(open, "the text that begins here has no closing quote")
}

// escapes are the characters after a backslash and what they mean.
var escapes = map[byte]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

func (p *parser) escape() (rune, *mistake) {
	start := p.at
	p.at++
	if p.at == len(p.text) {
		return 0, p.wrong(start, "the line ends in an escape")
	}
	c := p.text[p.at]
	p.at++
	if r, ok := escapes[c]; ok {
		return r, nil
	}
	if c != 'u' {
		p.at--
		return 0, p.wrong(start, "a backslash before %s means nothing in JSON", p.found())
	}
	r, ok := p.hex()
	if !ok {
		return 0, p.wrong(start, "\\u is followed by four hexadecimal digits")
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if p.take('\\') && p.take('u') {
		if low, ok := p.hex(); ok {
			if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
				return whole, nil
			}
		}
	}
	return 0, p.wrong(start, "\\u%04x is half of a surrogate pair; the text was cut inside a character", r)
}

func (p *parser) hex() (rune, bool) {
	if p.at+4 > len(p.text) {
		return 0, false
	}
	var r rune
	for _, c := range p.text[p.at : p.at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	p.at += 4
	return r, true
}

func (p *parser) enter() *mistake {
	if p.depth == maxDepth {
		return p.wrong(p.at, "more than %d lists and objects inside each other", maxDepth)
	}
	p.depth++
	p.at++
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t' || p.text[p.at] == '\r' || p.text[p.at] == '\n') {
		p.at++
	}
}

// peek returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) take(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) word(word string) bool {
	if end := p.at + len(word); end <= len(p.text) && string(p.text[p.at:end]) == word {
		p.at = end
		return true
	}
	return false
}

func (p *parser) digits() (n int) {
	for ; p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9'; n++ {
		p.at++
	}
	return n
}

// found names what stands at the current place.
func (p *parser) found() string {
	if p.at >= len(p.text) {
		return "the end of the line"
	}
	switch p.text[p.at] {
	case '[':
		return "a list"
	case '"':
		return "a text in quotes"
	}
	r, _ := utf8.DecodeRune(p.text[p.at:])
	return strconv.QuoteRune(r)
}
