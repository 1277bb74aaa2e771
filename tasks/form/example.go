package form

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Example is an answer that [Form.Read] takes, drawn at random: it stands in for people when a script is
// tried. Optional fields are left open half of the time. The error names a field that nobody could answer.
func (f Form) Example(item Item, random *rand.Rand) (Answer, error) {
	answer := Answer{}
	for _, a := range f.Ask {
		if a.Optional && random.IntN(2) == 0 {
			continue
		}
		value, err := fieldKinds[a.Kind].example(a, item, random)
		switch {
		case err != nil && a.Optional:
		case err != nil:
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		default:
			answer[a.Name] = value
		}
	}
	return answer, nil
}

func exampleChoice(a Field, _ Item, random *rand.Rand) (any, error) {
	if !a.Several {
		return a.Options[random.IntN(len(a.Options))], nil
	}
	some := slices.Clone(a.Options)
	random.Shuffle(len(some), func(i, k int) { some[i], some[k] = some[k], some[i] })
	return some[:1+random.IntN(len(some))], nil
}

func exampleScale(a Field, _ Item, random *rand.Rand) (any, error) {
	return 1 + random.IntN(a.Points), nil
}

func exampleLongText(a Field, _ Item, random *rand.Rand) (any, error) {
	least := max(a.MinWords, 1)
	most := least + 10
	if a.MaxWords > 0 {
		most = min(most, a.MaxWords)
	}
	words := make([]string, least+random.IntN(most-least+1))
	for i := range words {
		words[i] = []string{"word", "and", "text", "so", "it", "says"}[random.IntN(6)]
	}
	return strings.Join(words, " "), nil
}

func exampleQuote(a Field, item Item, random *rand.Rand) (any, error) {
	text, _ := item[a.Of].(string)
	letters := []rune(text)
	if len(letters) == 0 {
		return nil, errors.New("the text to quote is empty")
	}
	most := len(letters)
	if a.MaxChars > 0 {
		most = min(most, a.MaxChars)
	}
	start := random.IntN(len(letters))
	end := start + 1 + random.IntN(min(most, len(letters)-start))
	quote := Quote{start, end, string(letters[start:end])}
	if a.Several {
		return []Quote{quote}, nil
	}
	return quote, nil
}
