package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

func clearChoice(a *Field) { a.Options, a.Several = nil, false }

func checkChoice(a Field, _ Form) error {
	if len(a.Options) < 2 || len(a.Options) > maxOptions {
		return fmt.Errorf("a choice has 2 to %d options, not %d", maxOptions, len(a.Options))
	}
	for i, o := range a.Options {
		if o == "" {
			return errors.New("an option is empty")
		}
		if slices.Contains(a.Options[:i], o) {
			return fmt.Errorf("the option %q stands there twice", o)
		}
	}
	return nil
}

func readChoice(a Field, _ Item, raw json.RawMessage) (any, bool, error) {
	if !a.Several {
		var one string
		if err := into(raw, &one, "one of the options, as text"); err != nil {
			return nil, false, err
		}
		return one, one != "", a.known(one)
	}
	var some []string
	if err := into(raw, &some, "a list of options"); err != nil {
		return nil, false, err
	}
	for i, one := range some {
		if err := a.known(one); err != nil || one == "" {
			return nil, false, fmt.Errorf("%q is not one of the options", one)
		}
		if slices.Contains(some[:i], one) {
			return nil, false, fmt.Errorf("%q is chosen twice", one)
		}
	}
	return some, len(some) > 0, nil
}

func (a Field) known(option string) error {
	if option != "" && !slices.Contains(a.Options, option) {
		return fmt.Errorf("%q is not one of the options", option)
	}
	return nil
}
