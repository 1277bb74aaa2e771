package script

import (
	"strings"
	"testing"
)

func TestTellingWords(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{`told(share([1] * 24 + [0] * 16)).words`, "includes 0.5, which is no change; were 0.6 the truth, about"},
		{`told(share([1] * 39 + [0])).words`, "lies above 0.5"},
		{`told(average([-1.0, -1.2, -0.9, -1.1]), none = 0).words`, "lies below 0"},
		{`told(share([1, 0, 1, 0])).words`, "no effect was seen"},
		{`told(share([1, 0], by = ["g", "g"])).words`, "from 2 in 1 groups nothing can be said"},
		{`[told(share([1] * 24 + [0] * 16)).told, told(share([1, 0])).needed]`, "[False, None]"},
		{`winrate([1] * 9, ["aaaa"] * 9, ["b"] * 9).longest_wins.value`, "1.0"},
		{`winrate([1, 0], ["a", "b"], ["a", "b"], by = ["g", "g"]).length_controlled.low`, "nan"},
	} {
		if got, err := expression(t, c.expression); err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, %v, want %s", c.expression, got, err, c.want)
		}
	}
}

func TestWinrateRefusesWhatDoesNotBelongTogether(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{`winrate([1, 0], ["a"], ["b", "c"])`, "2 results for 1 answers of ours and 2 of theirs"},
		{`winrate([2], ["a"], ["b"])`, "not between 0 and 1"},
		{`winrate([1], ["a"], ["b"], level = 1.0)`, "level is 1"},
		{`told({"value": 1})`, "interval"},
		{`told(winrate([1], ["a"], ["b"]))`, "it is no interval"},
	} {
		if _, err := expression(t, c.expression); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.expression, err, c.want)
		}
	}
}
