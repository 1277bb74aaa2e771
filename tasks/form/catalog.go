package form

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
)

// partKind is a way of showing fields of an item.
type partKind struct{ fields int } // how many it shows

var partKinds = map[string]partKind{
	"text":    {1}, // a question, a prompt
	"passage": {1}, // a long text to read
	"pair":    {2}, // two texts side by side, left and right
}

// fieldKind is a kind of question.
type fieldKind struct {
	clear   func(a *Field)                                                   // empties the settings that it has
	check   func(a Field, f Form) error                                      // refuses settings that make no sense
	read    func(a Field, item Item, raw json.RawMessage) (any, bool, error) // an answer, and whether it says anything
	example func(a Field, item Item, random *rand.Rand) (any, error)         // an answer that would be taken
}

var fieldKinds = map[string]fieldKind{
	"choice":   {clearChoice, checkChoice, readChoice, exampleChoice},
	"scale":    {clearScale, checkScale, readScale, exampleScale},
	"longtext": {clearLongText, checkLongText, readLongText, exampleLongText},
	"quote":    {clearQuote, checkQuote, readQuote, exampleQuote},
}

// Parts lists the ways of showing fields.
func Parts() []string { return slices.Sorted(maps.Keys(partKinds)) }

// Fields lists the kinds of questions.
func Fields() []string { return slices.Sorted(maps.Keys(fieldKinds)) }
