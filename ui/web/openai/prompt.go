package openai

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// roles are who speaks in a conversation, by how requests call them. A developer is a system to our templates.
var roles = map[string]string{"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}

func messages(r *Request, name string, raw json.RawMessage) error {
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return Refuse(name, "messages must be a list of objects with role and content.")
	}
	if len(list) == 0 || len(list) > maxMessages {
		return Refuse(name, "There are %d messages; 1 to %d are possible.", len(list), maxMessages)
	}
	for i, m := range list {
		turn, err := message(fmt.Sprintf("messages[%d]", i), m)
		if err != nil {
			return err
		}
		r.Messages = append(r.Messages, turn)
	}
	return nil
}

// message reads one turn. Clients send back what they were given, with parts that are empty; those are fine.
func message(at string, m map[string]json.RawMessage) (turn Message, err error) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		raw := m[name]
		switch {
		case name == "role":
			var role string
			if json.Unmarshal(raw, &role) != nil || roles[role] == "" {
				return turn, Refuse(at+".role", "%s.role is none of system, developer, user and assistant; tools are not supported.", at)
			}
			turn.Role = roles[role]
		case name == "content":
			if turn.Content, err = content(at+".content", raw); err != nil {
				return turn, err
			}
		case name == "name": // who speaks among several; our templates have no place for it
		case name == "type" && (string(raw) == `"text"` || string(raw) == `"message"`):
		case !isEmpty(raw):
			return turn, Refuse(at+"."+clip(name), "%s.%s is not supported: a message has a role and a content.", at, clip(name)).With(UnsupportedName)
		}
	}
	if turn.Role == "" {
		return turn, Refuse(at, "%s has no role.", at)
	}
	if _, is := m["content"]; !is {
		return turn, Refuse(at, "%s has no content.", at)
	}
	return turn, nil
}

// content is a text, or parts that are texts.
func content(at string, raw json.RawMessage) (string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil { // null is an empty text
		return one, nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return "", Refuse(at, "%s must be a string, or a list of parts of the type text.", at)
	}
	var all strings.Builder
	for _, p := range parts {
		if p.Type != "text" {
			return "", Refuse(at, "%s has a part of the type %s; models here read text only.", at, clip(p.Type)).With(UnsupportedName)
		}
		all.WriteString(p.Text)
	}
	return all.String(), nil
}

// prompts reads a text, texts, tokens, or lists of tokens.
func prompts(r *Request, name string, raw json.RawMessage) error {
	var text string
	var tokens []int
	if json.Unmarshal(raw, &text) == nil {
		r.Prompts = []Prompt{{Text: text}}
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return Refuse(name, "prompt must be a string, a list of strings, a list of token ids, or a list of such lists.")
	}
	if len(list) == 0 {
		return Refuse(name, "prompt is an empty list.")
	}
	if json.Unmarshal(raw, &tokens) == nil && !hasNull(list) {
		r.Prompts = []Prompt{{Tokens: tokens}}
		return nil
	}
	if len(list) > maxChoices {
		return Refuse(name, "There are %d prompts; at most %d are possible at once.", len(list), maxChoices)
	}
	for i, one := range list {
		p, err := promptOf(one)
		if err != nil {
			return Refuse(name, "prompt[%d] must be a string, or a list of token ids that is not empty.", i)
		}
		r.Prompts = append(r.Prompts, p)
	}
	return nil
}

func hasNull(list []json.RawMessage) bool { return slices.ContainsFunc(list, isNull) }

func promptOf(raw json.RawMessage) (p Prompt, err error) {
	if isNull(raw) {
		return p, errKind
	}
	if json.Unmarshal(raw, &p.Text) == nil {
		return p, nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 || hasNull(list) || json.Unmarshal(raw, &p.Tokens) != nil {
		return p, errKind
	}
	return p, nil
}
