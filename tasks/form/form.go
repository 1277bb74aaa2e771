package form

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// Form is one kind of question.
type Form struct {
	Title string  `json:"title"`
	Guide string  `json:"guide,omitempty"` // what annotators should know, in a little Markdown
	Show  []Part  `json:"show"`
	Ask   []Field `json:"ask"`
}

// Part shows fields of an item.
type Part struct {
	Kind   string   `json:"kind"`   // of [Parts]
	Fields []string `json:"fields"` // of the item
}

// Field asks for one answer. Settings that its kind does not have must be empty.
type Field struct {
	Name     string `json:"name"` // of the answer
	Kind     string `json:"kind"` // of [Fields]
	Label    string `json:"label,omitempty"`
	Optional bool   `json:"optional,omitempty"`

	Options  []string `json:"options,omitempty"`   // that can be chosen
	Several  bool     `json:"several,omitempty"`   // more than one may be chosen or quoted
	Points   int      `json:"points,omitempty"`    // of a scale, from 1
	Left     string   `json:"left,omitempty"`      // what the lowest point means
	Right    string   `json:"right,omitempty"`     // what the highest point means
	MinWords int      `json:"min_words,omitempty"` // of a text
	MaxWords int      `json:"max_words,omitempty"` // of a text, 0 for no limit
	Of       string   `json:"of,omitempty"`        // the item's field that is quoted
	MaxChars int      `json:"max_chars,omitempty"` // of a quote, in code points, 0 for no limit
}

// Limits of forms and answers: enough for people, small enough for a record.
const (
	maxParts      = 50
	maxOptions    = 100
	maxPoints     = 101
	maxAnswerText = 100_000 // code points of one text
	maxGuide      = 100_000
	maxQuotes     = 50
)

var identifier = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,63}$`)

// Check refuses a form that nobody could answer, naming each thing that is wrong with it.
func (f Form) Check() error {
	var errs []error
	if f.Title == "" {
		errs = append(errs, errors.New("the form has no title"))
	}
	if n := len([]rune(f.Guide)); n > maxGuide {
		errs = append(errs, fmt.Errorf("the guide has %d characters; at most %d", n, maxGuide))
	}
	if len(f.Ask) == 0 {
		errs = append(errs, errors.New("the form asks nothing"))
	}
	if len(f.Show) > maxParts || len(f.Ask) > maxParts {
		errs = append(errs, fmt.Errorf("the form shows %d parts and asks %d; at most %d of each", len(f.Show), len(f.Ask), maxParts))
	}
	for i, p := range f.Show {
		if err := p.Check(); err != nil {
			errs = append(errs, fmt.Errorf("show %d: %w", i+1, err))
		}
	}
	seen := map[string]bool{}
	for i, a := range f.Ask {
		if err := a.Check(f); err != nil {
			errs = append(errs, fmt.Errorf("ask %d (%s): %w", i+1, a.Name, err))
		}
		if seen[a.Name] {
			errs = append(errs, fmt.Errorf("ask %d: the name %s is taken", i+1, a.Name))
		}
		seen[a.Name] = true
	}
	return errors.Join(errs...)
}

// Check refuses a part that cannot be shown.
func (p Part) Check() error {
	k, ok := partKinds[p.Kind]
	if !ok {
		return fmt.Errorf("there is no part called %q; there are %v", p.Kind, Parts())
	}
	if len(p.Fields) != k.fields {
		return fmt.Errorf("%s shows %d fields of the item, not %d", p.Kind, k.fields, len(p.Fields))
	}
	for _, name := range p.Fields {
		if !identifier.MatchString(name) {
			return fmt.Errorf("%q is no name of a field", name)
		}
	}
	return nil
}

// Check refuses a question that cannot be answered where the form shows what f shows.
func (a Field) Check(f Form) error {
	k, ok := fieldKinds[a.Kind]
	if !ok {
		return fmt.Errorf("there is no kind of question called %q; there are %v", a.Kind, Fields())
	}
	if !identifier.MatchString(a.Name) {
		return fmt.Errorf("%q is no name: letters, digits and _, at most 64", a.Name)
	}
	if err := a.onlyOwn(k); err != nil {
		return err
	}
	return k.check(a, f)
}

// onlyOwn refuses settings that the kind does not have.
func (a Field) onlyOwn(k fieldKind) error {
	a.Name, a.Kind, a.Label, a.Optional = "", "", "", false
	k.clear(&a)
	left, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if string(left) != `{"name":"","kind":""}` {
		return fmt.Errorf("it has settings that are not its own: %s", left)
	}
	return nil
}

// Version is the form's identity: the SHA-256 of its content. Forms that ask the same have the same.
func (f Form) Version() string {
	data, err := json.Marshal(f)
	if err != nil {
		panic(err) // strings and numbers always have a form in JSON
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Item is what a form is asked about: texts and whatever else belongs to them, by name.
type Item map[string]any

// Fits says whether an item has every text that the form shows or lets people quote.
func (f Form) Fits(item Item) error {
	var errs []error
	need := func(name, why string) {
		v, ok := item[name]
		if !ok {
			errs = append(errs, fmt.Errorf("the item has no field %s, and %s", name, why))
		} else if _, ok := v.(string); !ok {
			errs = append(errs, fmt.Errorf("the item's field %s is no text (%T), and %s", name, v, why))
		}
	}
	for _, p := range f.Show {
		for _, name := range p.Fields {
			need(name, "the form shows it")
		}
	}
	for _, a := range f.Ask {
		if a.Of != "" {
			need(a.Of, "people quote it for "+a.Name)
		}
	}
	return errors.Join(errs...)
}
