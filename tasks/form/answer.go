package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Answer holds what somebody answered, by the names of the fields: a string for a choice or a text, a
// []string for several choices, an int for a scale, a [Quote] or a []Quote. Optional fields that were left
// open are not in it.
type Answer map[string]any

// Quote is a stretch of one of the item's texts.
type Quote struct {
	Start int    `json:"start"` // in code points
	End   int    `json:"end"`   // the first one behind it
	Text  string `json:"text"`  // what stands there
}

// Problem is what is wrong with one field of an answer, in words for the person who gave it.
type Problem struct {
	Field string `json:"field"`
	Says  string `json:"says"`
}

// Problems is the error of an answer that was not taken, in the order of the form's fields.
type Problems []Problem

// Error lists them.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Field + ": " + one.Says
	}
	return strings.Join(lines, "; ")
}

// Read takes an answer as JSON (an object with a value for each field) and checks it against the form
// and the item that it is about. The form and the item are taken to fit. The error is [Problems] where
// fields are wrong, all of them at once.
func (f Form) Read(item Item, raw []byte) (Answer, error) {
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, fmt.Errorf("the answer is no JSON object: %w", err)
	}
	answer := Answer{}
	var problems Problems
	for _, a := range f.Ask {
		value, said, err := a.read(item, values[a.Name])
		delete(values, a.Name)
		switch {
		case err != nil:
			problems = append(problems, Problem{a.Name, err.Error()})
		case !said && !a.Optional:
			problems = append(problems, Problem{a.Name, "an answer is needed"})
		case said:
			answer[a.Name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		problems = append(problems, Problem{name, "the form does not ask this"})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return answer, nil
}

// read is one field's answer; null and nothing are the same.
func (a Field) read(item Item, raw json.RawMessage) (value any, said bool, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, false, nil
	}
	return fieldKinds[a.Kind].read(a, item, raw)
}

// into decodes a value strictly; want names it for whoever sent something else.
func into(raw json.RawMessage, to any, want string) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("want %s", want)
	}
	return nil
}
