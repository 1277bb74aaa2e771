package quality

import (
	"encoding/json"
	"fmt"
	"slices"

	"workbench/tasks/form"
)

// Compare holds two answers to the same task against each other: of so many questions that both answered
// and that have a right to be compared, so many have the same answer. Choices are the same when the same
// options were chosen; points of a scale when they lie on the same side of its middle, or both on it.
// Texts and quotes are not compared.
func Compare(f form.Form, x, y json.RawMessage) (same, of int, err error) {
	var left, right map[string]json.RawMessage
	if err := json.Unmarshal(x, &left); err != nil {
		return 0, 0, fmt.Errorf("compare answers: %w", err)
	}
	if err := json.Unmarshal(y, &right); err != nil {
		return 0, 0, fmt.Errorf("compare answers: %w", err)
	}
	for _, a := range f.Ask {
		sameAs, ok := comparable[a.Kind]
		if !ok || !said(left[a.Name]) || !said(right[a.Name]) {
			continue
		}
		equal, err := sameAs(a, left[a.Name], right[a.Name])
		if err != nil {
			return 0, 0, fmt.Errorf("compare answers to %s: %w", a.Name, err)
		}
		of++
		if equal {
			same++
		}
	}
	return same, of, nil
}

// comparable are the kinds of question whose answers can be the same.
var comparable = map[string]func(a form.Field, x, y json.RawMessage) (bool, error){
	"choice": sameChoice,
	"scale":  sameSide,
}

func said(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func sameChoice(a form.Field, x, y json.RawMessage) (bool, error) {
	left, err := chosen(a, x)
	if err != nil {
		return false, err
	}
	right, err := chosen(a, y)
	return slices.Equal(left, right), err
}

// chosen are the options of an answer in alphabetical order.
func chosen(a form.Field, raw json.RawMessage) ([]string, error) {
	if !a.Several {
		var one string
		err := json.Unmarshal(raw, &one)
		return []string{one}, err
	}
	var some []string
	err := json.Unmarshal(raw, &some)
	slices.Sort(some)
	return some, err
}

func sameSide(a form.Field, x, y json.RawMessage) (bool, error) {
	left, err := side(a, x)
	if err != nil {
		return false, err
	}
	right, err := side(a, y)
	return left == right, err
}

// side is −1, 0 or 1: below, on or above the middle of a scale from 1 to its points.
func side(a form.Field, raw json.RawMessage) (int, error) {
	var point int
	if err := json.Unmarshal(raw, &point); err != nil {
		return 0, err
	}
	switch twice := 2*point - (a.Points + 1); {
	case twice < 0:
		return -1, nil
	case twice > 0:
		return 1, nil
	}
	return 0, nil
}
