package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"workbench/storage"
	"workbench/tasks/people"
	"workbench/ui/web/openai"
)

// chosen is a choice of a completion that feedback is about.
type chosen struct {
	of    storage.Completion
	index int
}

func (x chosen) text() string { return x.of.Choices[x.index].Text }

// prompt is what the choice completes, as it was kept.
func (x chosen) prompt() json.RawMessage {
	return x.of.Prompts[x.index/(len(x.of.Choices)/len(x.of.Prompts))]
}

// before says whether x was asked for before y; it decides which of two is a, whichever was chosen.
func (x chosen) before(y chosen) bool {
	if x.of.ID != y.of.ID {
		return x.of.ID < y.of.ID
	}
	return x.index < y.index
}

// find reads the choice that a name means. With a key that was given away only what was made with it is there.
func (s *Server) find(who visitor, field, name string) (x chosen, err error) {
	if name == "" {
		return x, Fail(Invalid, "%s is missing: it names a completion by its id.", field)
	}
	id, index, _ := storage.CompletionNamed(name)
	indexed := index != ""
	x.of, err = s.o.Store.Completion(id)
	foreign := who.role() == string(people.User) && x.of.Key != who.credential.ID
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && foreign:
		return x, Fail(NotFound, "There is no completion %.80q for you.", name).
			Then(`Those that were made with "store": false are not kept, and feedback on them is not possible; a key that was given away knows only its own.`)
	case err != nil:
		return x, err
	case !indexed && len(x.of.Choices) > 1:
		return x, Fail(Invalid, "The completion %s has %d choices.", name, len(x.of.Choices)).Then("Say which one: %s#0, and so on.", name)
	}
	if indexed {
		x.index, err = strconv.Atoi(index)
		if err != nil || x.index < 0 || x.index >= len(x.of.Choices) {
			return x, Fail(Invalid, "The completion %.80q has %d choices, numbered from 0.", name, len(x.of.Choices))
		}
	}
	return x, nil
}

// about is what every row says of the choice that it is about.
func (x chosen) about() (map[string]any, error) {
	value, err := x.promptFields()
	if err != nil {
		return nil, err
	}
	value["model"] = x.of.Model
	return value, nil
}

// promptFields are the prompt as recipes read it: a text as it is; of a conversation the one turn of a user,
// or more turns as a transcript; and what the system was told beside it.
func (x chosen) promptFields() (map[string]any, error) {
	if x.of.Object == storage.TextCompletion {
		var text string
		if json.Unmarshal(x.prompt(), &text) != nil {
			return nil, Fail(Invalid, "The prompt of this completion was given as token ids, and rows hold texts.").
				Then("Give prompts as texts where feedback is to be given.")
		}
		return map[string]any{"prompt": text, "group": text}, nil
	}
	var turns []openai.Message
	if err := json.Unmarshal(x.prompt(), &turns); err != nil {
		return nil, err
	}
	var system, spoken []openai.Message
	for _, m := range turns {
		if m.Role == "system" {
			system = append(system, m)
		} else {
			spoken = append(spoken, m)
		}
	}
	prompt := transcript(spoken)
	fields := map[string]any{"prompt": prompt, "group": prompt}
	if len(system) > 0 {
		var told []string
		for _, m := range system {
			told = append(told, m.Content)
		}
		fields["system"] = strings.Join(told, "\n\n")
	}
	return fields, nil
}

// transcript is a conversation as one text, in the form that script.Turns reads.
func transcript(turns []openai.Message) string {
	if len(turns) == 1 && turns[0].Role == "user" {
		return turns[0].Content
	}
	var text strings.Builder
	for _, m := range turns {
		name := "Human"
		if m.Role == "assistant" {
			name = "Assistant"
		}
		text.WriteString("\n\n" + name + ": " + m.Content)
	}
	return text.String() + "\n\nAssistant:"
}

func (s *Server) thumbsRow(who visitor, in Feedback) (map[string]any, []chosen, error) {
	if in.Value != "up" && in.Value != "down" {
		return nil, nil, Fail(Invalid, "value is %.40q, and must be up or down.", in.Value)
	}
	x, err := s.find(who, "completion_id", in.Completion)
	if err != nil {
		return nil, nil, err
	}
	value, err := x.about()
	if err != nil {
		return nil, nil, err
	}
	value["response"], value["value"] = x.text(), in.Value
	return value, []chosen{x}, nil
}

func (s *Server) correctionRow(who visitor, in Feedback) (map[string]any, []chosen, error) {
	x, err := s.find(who, "completion_id", in.Completion)
	if err != nil {
		return nil, nil, err
	}
	if strings.TrimSpace(in.Text) == "" || in.Text == x.text() {
		return nil, nil, Fail(Invalid, "text must be what should have been said, and differ from what was.")
	}
	value, err := x.about()
	if err != nil {
		return nil, nil, err
	}
	value["response"], value["rejected"] = in.Text, x.text()
	return value, []chosen{x}, nil
}

// comparisonRow is a comparison as the recipe compare records them.
func (s *Server) comparisonRow(who visitor, in Feedback) (map[string]any, []chosen, error) {
	tie := in.Tie != nil
	names, fields := []string{in.Chosen, in.Rejected}, []string{"chosen", "rejected"}
	if tie {
		if len(in.Tie) != 2 || in.Chosen+in.Rejected != "" {
			return nil, nil, Fail(Invalid, "tie holds two completions that are equally good, and stands instead of chosen and rejected.")
		}
		names, fields = in.Tie, []string{"tie", "tie"}
	}
	better, err := s.find(who, fields[0], names[0])
	if err != nil {
		return nil, nil, err
	}
	worse, err := s.find(who, fields[1], names[1])
	if err != nil {
		return nil, nil, err
	}
	switch {
	case !better.before(worse) && !worse.before(better):
		return nil, nil, Fail(Invalid, "A completion can't be compared with itself.")
	case better.of.Object != worse.of.Object || !bytes.Equal(better.prompt(), worse.prompt()):
		return nil, nil, Fail(Invalid, "The two completions answer different prompts, so which one is better says nothing about either model.").
			Then("Compare completions of the same messages, or of the same prompt.")
	case !tie && better.text() == worse.text():
		return nil, nil, Fail(Invalid, "The two completions are the same text.").Then("Say that it is a tie.")
	}
	return compared(better, worse, tie)
}

// compared makes the row: a is the one that was asked for first, so that the place says nothing.
func compared(better, worse chosen, tie bool) (map[string]any, []chosen, error) {
	a, b, label := better, worse, "a"
	if worse.before(better) {
		a, b, label = worse, better, "b"
	}
	if tie {
		label = "tie"
	}
	value, err := a.promptFields()
	if err != nil {
		return nil, nil, err
	}
	value["a"], value["b"], value["label"] = a.text(), b.text(), label
	value["model_a"], value["model_b"] = a.of.Model, b.of.Model
	of := []chosen{a, b}
	if a.of.ID == b.of.ID {
		of = of[:1]
	}
	return value, of, nil
}
