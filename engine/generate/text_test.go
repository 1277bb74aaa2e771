package generate

import (
	"strings"
	"testing"
)

func TestStopTexts(t *testing.T) {
	tok := letters(t)
	for _, tc := range []struct {
		text  string
		stops []string
		want  string
		stop  bool
	}{
		{"plain text", nil, "plain text", false},
		{"one. two. three", []string{". t"}, "one", true},
		{"aab", []string{"ab"}, "a", true},
		{"aaaaab!", []string{"aaab"}, "aa", true},
		{"a\n\nb", []string{"\n\n"}, "a", true},
		{"ends with half a sto", []string{"stop"}, "ends with half a sto", false},
		{"first of two: END stop", []string{"stop", "END"}, "first of two: ", true},
		{"stop", []string{"stop"}, "", true},
		{"xabcabd", []string{"abcabc", "abd"}, "xabc", true},
	} {
		x := newTextOf(tok, tc.stops)
		var given strings.Builder
		stopped := false
		for _, id := range tok.Encode(tc.text) {
			var text string
			text, stopped = x.push(id)
			given.WriteString(text)
			for _, stop := range tc.stops {
				for n := 1; n <= len(stop); n++ {
					if part := stop[:n]; tc.stop && strings.HasPrefix(tc.want, given.String()) == false {
						t.Fatalf("%q, stops %q: gave %q, which has %q in it", tc.text, tc.stops, given.String(), part)
					}
				}
			}
			if stopped {
				break
			}
		}
		if !stopped {
			given.WriteString(x.finish())
		}
		if given.String() != tc.want || stopped != tc.stop {
			t.Errorf("%q, stops %q: text %q, stopped %t, want %q, %t", tc.text, tc.stops, given.String(), stopped, tc.want, tc.stop)
		}
	}
}
