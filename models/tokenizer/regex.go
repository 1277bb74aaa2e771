package tokenizer

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// finder covers a text with the matches of a pattern and the gaps between.
type finder func(text string) []cut

// maxPattern bounds a regular expression's length in bytes.
const maxPattern = 16 << 10

// matchTime bounds the search for one match: patterns are untrusted, and a
// backtracking one can take exponential time. Where it runs out, the rest of
// the text counts as unmatched.
const matchTime = 2 * time.Second

func (p pattern) finder() (finder, error) {
	switch {
	case p.String != nil:
		of := *p.String
		return func(text string) []cut { return literalCuts(text, of) }, nil
	case p.Regex != nil:
		return regexFinder(*p.Regex)
	}
	return nil, errors.New("its pattern is neither a String nor a Regex")
}

func regexFinder(source string) (finder, error) {
	if len(source) > maxPattern {
		return nil, fmt.Errorf("regex has %d bytes, more than %d", len(source), maxPattern)
	}
	if source == gpt2Pattern {
		return gpt2Cuts, nil
	}
	translated, err := translate(source)
	if err != nil {
		return nil, fmt.Errorf("regex %q: %w", source, err)
	}
	re, err := regexp2.Compile(translated, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("regex %q: %w", source, err)
	}
	re.MatchTimeout = matchTime
	return func(text string) []cut { return regexCuts(re, text) }, nil
}

// gpt2Pattern is the pattern for which gpt2Word stands.
const gpt2Pattern = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

func gpt2Cuts(text string) (cuts []cut) {
	for at := 0; at < len(text); {
		n := gpt2Word(text[at:])
		cuts = append(cuts, cut{at, at + n, true})
		at += n
	}
	return cuts
}

// regexCuts counts in runes, as regexp2 does, and answers in bytes. As in the
// reference, an empty match right after a match is none.
func regexCuts(re *regexp2.Regexp, text string) (cuts []cut) {
	runes := []rune(text)
	at, runesAt := 0, 0 // one place in the text, in bytes and in runes
	advance := func(to int) int {
		for ; runesAt < to; runesAt++ {
			at += utf8.RuneLen(runes[runesAt])
		}
		return at
	}
	from := 0
	found, err := re.FindRunesMatch(runes)
	for ; found != nil && err == nil; found, err = re.FindNextMatch(found) {
		begin := advance(found.Index)
		if found.Length == 0 && len(cuts) > 0 && begin == from {
			continue
		}
		end := advance(found.Index + found.Length)
		cuts = appendGap(cuts, from, begin)
		cuts = append(cuts, cut{begin, end, true})
		from = end
	}
	return appendGap(cuts, from, len(text))
}

// translate rewrites a pattern from Oniguruma's Ruby syntax, which the
// reference uses, to regexp2's. What both read alike passes; the differences
// that checkpoints rely on are spelt out; what would silently mean something
// else is refused. Scripts follow Go's Unicode tables, a version older than the
// reference's.
func translate(source string) (string, error) {
	var out strings.Builder
	inClass := false
	fold := []bool{false} // is case ignored, by depth of groups
	for i := 0; i < len(source); {
		c, size := utf8.DecodeRuneInString(source[i:])
		rest := source[i:]
		i += size
		switch {
		case c == '\\':
			n, err := translateEscape(&out, rest, inClass)
			if err != nil {
				return "", err
			}
			i += n - size
			continue
		case inClass && (c == '[' || strings.HasPrefix(rest, "&&")):
			return "", fmt.Errorf("a character class within a class: %w", ErrUnsupported)
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		case inClass:
		case c == '(':
			fold = append(fold, fold[len(fold)-1] || strings.HasPrefix(rest, "(?i:"))
		case c == ')' && len(fold) > 1:
			fold = fold[:len(fold)-1]
		case (c == 's' || c == 'S') && fold[len(fold)-1]:
			// Unicode folds the long s to s; regexp2 only lowers case.
			out.WriteString("[sſ]")
			continue
		}
		out.WriteRune(c)
	}
	return out.String(), nil
}

// translateEscape writes the escape that rest starts with, and returns its length.
func translateEscape(out *strings.Builder, rest string, inClass bool) (int, error) {
	if len(rest) < 2 {
		return 0, errors.New("ends in a backslash")
	}
	if p := property.FindStringSubmatch(rest); p != nil {
		writeProperty(out, p[0], literalRanges(newer(p[2])), p[1] == "P", inClass)
		return len(p[0]), nil
	}
	switch extra := literalRanges(newer("Nd")); rest[:2] {
	case `\d`:
		writeProperty(out, `\d`, extra, false, inClass)
		return 2, nil
	case `\D`:
		writeProperty(out, `\D`, extra, true, inClass)
		return 2, nil
	}
	if c := rest[1]; c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))) &&
		!strings.ContainsRune(`sSdDwWpPrntfvxubBAzZ`, rune(c)) {
		return 0, fmt.Errorf(`escape \%c: %w`, c, ErrUnsupported)
	}
	_, size := utf8.DecodeRuneInString(rest[1:])
	out.WriteString(rest[:1+size])
	return 1 + size, nil
}

// property matches \p{L}, \P{Lu} and the like.
var property = regexp.MustCompile(`^\\([pP])\{([A-Z][a-z]?)\}`)

// writeProperty writes an escape for a category, and with it the characters
// that Go's Unicode tables lack. A negated one within a class stays as it is:
// there is no way to say it.
func writeProperty(out *strings.Builder, escape, extra string, negated, inClass bool) {
	switch {
	case extra == "" || negated && inClass:
		out.WriteString(escape)
	case inClass:
		out.WriteString(escape + extra)
	case negated:
		out.WriteString("[^" + strings.ToLower(escape[:2]) + escape[2:] + extra + "]")
	default:
		out.WriteString("[" + escape + extra + "]")
	}
}

// literalRanges spells ranges as the inside of a character class.
func literalRanges(ranges [][2]rune) string {
	var out strings.Builder
	for _, r := range ranges {
		out.WriteString(string(r[0]) + "-" + string(r[1]))
	}
	return out.String()
}
