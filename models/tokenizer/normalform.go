package tokenizer

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is from how many combining marks in a row normalForm works by hand:
// x/text puts a joiner after thirty, as the Stream-Safe Text Process asks,
// which the reference does not.
const maxMarks = 16

// normalForm is the Unicode normalization of whole texts.
func normalForm(form norm.Form) func(string) string {
	return func(text string) string {
		if form.IsNormalString(text) && !crowded(text) {
			return text
		}
		if !crowded(text) {
			return form.String(text)
		}
		runes := decompose(text, form)
		if form == norm.NFC || form == norm.NFKC {
			runes = compose(runes)
		}
		return string(runes)
	}
}

// crowded says whether many combining marks stand in a row.
func crowded(text string) bool {
	marks := 0
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i, marks = i+1, 0
			continue
		}
		p := norm.NFD.PropertiesString(text[i:])
		if p.LeadCCC() == 0 && p.TrailCCC() == 0 {
			marks = 0
		} else if marks++; marks > maxMarks {
			return true
		}
		i += max(1, p.Size())
	}
	return false
}

func combiningClass(c rune) uint8 { return norm.NFD.PropertiesString(string(c)).CCC() }

// decompose takes characters apart and puts marks in canonical order
// (Unicode §3.11, D68 and D108).
func decompose(text string, form norm.Form) []rune {
	apart := norm.NFD
	if form == norm.NFKC || form == norm.NFKD {
		apart = norm.NFKD
	}
	var runes []rune
	for _, c := range text {
		runes = append(runes, []rune(apart.String(string(c)))...)
	}
	for from := 0; from < len(runes); {
		if combiningClass(runes[from]) == 0 {
			from++
			continue
		}
		to := from + 1
		for to < len(runes) && combiningClass(runes[to]) != 0 {
			to++
		}
		slices.SortStableFunc(runes[from:to], func(a, b rune) int {
			return int(combiningClass(a)) - int(combiningClass(b))
		})
		from = to
	}
	return runes
}

// compose puts each mark into the starter before it where a composed character
// exists and nothing blocks the way (Unicode §3.11, D117).
func compose(runes []rune) []rune {
	var out []rune
	starter := -1 // where in out
	blocked := uint8(0)
	for _, c := range runes {
		class := combiningClass(c)
		adjacent := starter >= 0 && starter == len(out)-1
		if starter >= 0 && (adjacent || blocked < class) {
			if joined, ok := pairOf(out[starter], c); ok {
				out[starter] = joined
				continue
			}
		}
		if class == 0 {
			starter, blocked = len(out), 0
		} else {
			blocked = class
		}
		out = append(out, c)
	}
	return out
}

// pairOf is the character that two compose to.
func pairOf(a, b rune) (rune, bool) {
	both := norm.NFC.String(string(a) + string(b))
	c, size := utf8.DecodeRuneInString(both)
	return c, size == len(both) && !strings.HasPrefix(both, string(utf8.RuneError))
}
