package openai

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// The fields below are OpenAI's that the engine has nothing for. Values that change nothing are taken, since
// clients send them; all others are refused by name and not ignored.

func onlyZero(_ *Request, name string, raw json.RawMessage) error {
	var v float64
	if err := json.Unmarshal(raw, &v); err != nil {
		return Refuse(name, "%s must be a number.", name)
	}
	if v != 0 {
		return Refuse(name, "%s is not supported: the sampler draws from the model's own probabilities. Leave it out, or give 0.", name).With(UnsupportedName)
	}
	return nil
}

// onlyEmpty takes what holds nothing.
func onlyEmpty(_ *Request, name string, raw json.RawMessage) error {
	if isEmpty(raw) {
		return nil
	}
	return Refuse(name, "%s is not supported. Leave it out.", name).With(UnsupportedName)
}

// isEmpty says whether a value is null, "", [] or {}.
func isEmpty(raw json.RawMessage) bool {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return false
	}
	return slices.Contains([]string{"null", `""`, "[]", "{}"}, b.String())
}

// onlyOf takes some words, or a list of them.
func onlyOf(words ...string) field {
	return func(_ *Request, name string, raw json.RawMessage) error {
		var one string
		var list []string
		if json.Unmarshal(raw, &one) == nil {
			list = []string{one}
		} else if json.Unmarshal(raw, &list) != nil {
			list = []string{"another kind of value"}
		}
		for _, word := range list {
			if !slices.Contains(words, word) {
				return Refuse(name, "%s is not supported, but for %s. Leave it out.", name, strings.Join(words, " and ")).With(UnsupportedName)
			}
		}
		return nil
	}
}

// onlyText takes a response format that is no format.
func onlyText(_ *Request, name string, raw json.RawMessage) error {
	var f struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &f) == nil && f.Type == "text" {
		return nil
	}
	return Refuse(name, `%s is not supported, but for {"type": "text"}.`, name).With(UnsupportedName)
}

// ignored changes nothing here, whatever it says.
func ignored(*Request, string, json.RawMessage) error { return nil }
