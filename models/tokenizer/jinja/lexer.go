package jinja

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// kind is what a token is.
type kind uint8

const (
	textToken   kind = iota
	outputBegin      // {{
	outputEnd        // }}
	tagBegin         // {%
	tagEnd           // %}
	nameToken
	stringToken
	integerToken
	floatToken
	operator
	endOfFile
)

type token struct {
	kind kind
	text string // of a string: its value
	line int
}

// Error is a template's mistake, at a line.
type Error struct {
	Line int
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is what went wrong there.
func (e *Error) Unwrap() error { return e.Err }

func at(line int, format string, args ...any) error {
	return &Error{Line: line, Err: fmt.Errorf(format, args...)}
}

// lexer cuts a template into tokens. White space goes as in jinja2's lexer.py
// with trim_blocks and lstrip_blocks on.
type lexer struct {
	source    string
	at, line  int
	tokens    []token
	lineStart bool // what was read last ended a line
}

func lex(source string) ([]token, error) {
	source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	l := &lexer{source: strings.TrimSuffix(source, "\n"), line: 1, lineStart: true}
	for l.at < len(l.source) {
		if err := l.text(); err != nil {
			return nil, err
		}
	}
	l.add(endOfFile, "")
	return l.tokens, nil
}

func (l *lexer) add(k kind, text string) {
	l.tokens = append(l.tokens, token{k, text, l.line})
}

// skip moves on by n bytes.
func (l *lexer) skip(n int) {
	read := l.source[l.at : l.at+n]
	l.line += strings.Count(read, "\n")
	l.lineStart = strings.HasSuffix(read, "\n")
	l.at += n
}

// text reads up to the next tag and that tag.
func (l *lexer) text() error {
	rest := l.source[l.at:]
	begin := nextTag(rest)
	text, tag := rest[:begin], rest[begin:]
	if len(tag) > 2 && tag[2] == '-' {
		text = strings.TrimRightFunc(text, isSpace)
	} else if tag != "" && tag[1] != '{' && !strings.HasPrefix(tag[2:], "+") {
		text = l.stripIndent(text)
	}
	if text != "" {
		l.add(textToken, text)
	}
	lineStart := l.lineStart
	l.skip(begin)
	l.lineStart = lineStart && begin == 0
	switch {
	case tag == "":
		return nil
	case tag[1] == '#':
		return l.comment(tag)
	case tag[1] == '{':
		return l.code(outputBegin, outputEnd, "}}")
	}
	if m := rawBegin.FindString(tag); m != "" {
		return l.raw(m)
	}
	return l.code(tagBegin, tagEnd, "%}")
}

// nextTag is where the first {{, {% or {# is.
func nextTag(text string) int {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '{' && strings.IndexByte("{%#", text[i+1]) >= 0 {
			return i
		}
	}
	return len(text)
}

// stripIndent drops white space between the start of a line and a tag.
func (l *lexer) stripIndent(text string) string {
	line := strings.LastIndexByte(text, '\n') + 1
	if (line > 0 || l.lineStart) && strings.TrimFunc(text[line:], isSpace) == "" {
		return text[:line]
	}
	return text
}

func (l *lexer) comment(tag string) error {
	end := strings.Index(tag[2:], "#}")
	if end < 0 {
		return at(l.line, "a comment is not closed")
	}
	end += 2
	l.skip(end)
	l.closing(tag[end-1] == '-' && end > 2, false, 2)
	return nil
}

// closing skips the end of a tag and the white space that goes with it:
// all after a minus, the line's end otherwise, nothing after a plus.
func (l *lexer) closing(minus, plus bool, n int) {
	l.skip(n)
	rest := l.source[l.at:]
	switch {
	case minus:
		if n := len(rest) - len(strings.TrimLeftFunc(rest, isSpace)); n > 0 {
			l.skip(n)
		}
	case !plus && strings.HasPrefix(rest, "\n"):
		l.skip(1)
	}
}

var (
	rawBegin = regexp.MustCompile(`^\{%[-+]?\s*raw\s*(-%\}\s*|%\})`)
	rawEnd   = regexp.MustCompile(`\{%[-+]?\s*endraw\s*(\+%\}|-%\}\s*|%\}\n?)`)
)

func (l *lexer) raw(begin string) error {
	l.skip(len(begin))
	rest := l.source[l.at:]
	end := rawEnd.FindStringIndex(rest)
	if end == nil {
		return at(l.line, "raw is not closed by endraw")
	}
	text := rest[:end[0]]
	switch rest[end[0]+2] {
	case '-':
		text = strings.TrimRightFunc(text, isSpace)
	case '+':
	default:
		text = l.stripIndent(text)
	}
	if text != "" {
		l.add(textToken, text)
	}
	l.skip(end[1])
	return nil
}

var lexeme = regexp.MustCompile(`^(?:` +
	`(?P<space>\s+)|` +
	`(?P<float>(?:\d+_)*\d+(?:\.(?:\d+_)*\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+))|` +
	`(?P<integer>0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|(?:\d+_)*\d+)|` +
	`(?P<name>[\p{L}_][\p{L}\p{N}\p{M}_]*)|` +
	`(?P<string>'(?s:[^'\\]|\\.)*'|"(?s:[^"\\]|\\.)*")|` +
	`(?P<operator>\*\*|//|==|!=|>=|<=|[-+*/%~\[\](){}<>=.:|,;]))`)

// code reads a tag's tokens up to its end.
func (l *lexer) code(begin, end kind, closer string) error {
	l.add(begin, "")
	l.skip(2)
	if l.at < len(l.source) && (l.source[l.at] == '-' || l.source[l.at] == '+' && begin == tagBegin) {
		l.skip(1)
	}
	var open []byte // brackets
	for l.at < len(l.source) {
		rest := l.source[l.at:]
		minus := strings.HasPrefix(rest, "-"+closer)
		plus := end == tagEnd && strings.HasPrefix(rest, "+"+closer)
		if len(open) == 0 && (minus || plus || strings.HasPrefix(rest, closer)) {
			l.add(end, "")
			n := 2
			if minus || plus {
				n = 3
			}
			l.closing(minus, plus || end == outputEnd, n)
			return nil
		}
		if err := l.lexeme(rest, &open); err != nil {
			return err
		}
	}
	return at(l.line, "the template ends inside a tag")
}

func (l *lexer) lexeme(rest string, open *[]byte) error {
	m := lexeme.FindStringSubmatch(rest)
	if m == nil {
		return at(l.line, "unexpected %q", []rune(rest)[0])
	}
	switch {
	case m[2] != "":
		l.add(floatToken, strings.ReplaceAll(m[2], "_", ""))
	case m[3] != "":
		l.add(integerToken, strings.ReplaceAll(m[3], "_", ""))
	case m[4] != "":
		l.add(nameToken, m[4])
	case m[5] != "":
		value, err := unquote(m[5][1 : len(m[5])-1])
		if err != nil {
			return at(l.line, "string %s: %w", m[5], err)
		}
		l.add(stringToken, value)
	case m[6] != "":
		if err := l.balance(m[6], open); err != nil {
			return err
		}
		l.add(operator, m[6])
	}
	l.skip(len(m[0]))
	return nil
}

// maxBrackets bounds how deep expressions nest, and so the parser's recursion.
const maxBrackets = 100

func (l *lexer) balance(text string, open *[]byte) error {
	switch text {
	case "(", "[", "{":
		if len(*open) >= maxBrackets {
			return at(l.line, "brackets are nested deeper than %d: %w", maxBrackets, ErrLimit)
		}
		*open = append(*open, text[0])
	case ")", "]", "}":
		last := len(*open) - 1
		if last < 0 || strings.IndexByte(")]}", text[0]) != strings.IndexByte("([{", (*open)[last]) {
			return at(l.line, "unexpected %q", text)
		}
		*open = (*open)[:last]
	}
	return nil
}

// isSpace is Python's str.isspace for one character.
func isSpace(c rune) bool { return unicode.IsSpace(c) || c >= 0x1C && c <= 0x1F }
