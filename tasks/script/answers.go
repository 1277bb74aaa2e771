package script

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"workbench/tasks/form"
)

// answerAttributes are what every answer says besides what was asked; no question has such a name.
var answerAttributes = []string{"id", "task", "person", "seconds", "missing"}

// Answer is what one person said. Its attributes are the form's questions, None (or an empty list)
// where one was left open, and who answered.
type Answer struct {
	id, task, person string
	seconds          float64
	values           *starlark.Dict
}

// Answers are what people said to one ask(…): a list. Of one person the answer's attributes can be read
// from it directly.
type Answers struct {
	task    string
	wanted  int
	missing int
	list    []*Answer
}

// newAnswer gives an answer a value for every question of its form.
func newAnswer(id, task, person string, seconds float64, questions []form.Field, said map[string]any) (*Answer, error) {
	a := &Answer{id: id, task: task, person: person, seconds: seconds, values: starlark.NewDict(len(questions))}
	for _, q := range questions {
		value := said[q.Name]
		if value == nil && q.Several {
			value = []any{}
		}
		v, err := toStarlark(value)
		if err != nil {
			return nil, fmt.Errorf("answer %s: %s: %w", id, q.Name, err)
		}
		if err := a.values.SetKey(starlark.String(q.Name), v); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// String shows what was said.
func (a *Answer) String() string { return "answer(" + a.values.String() + ")" }

// Type is answer.
func (a *Answer) Type() string { return "answer" }

// Freeze freezes what was said.
func (a *Answer) Freeze() { a.values.Freeze() }

// Truth is always true.
func (a *Answer) Truth() starlark.Bool { return true }

// Hash is refused.
func (a *Answer) Hash() (uint32, error) {
	return 0, errors.New("an answer cannot be a key; take its id")
}

// Attr is what was said to a question, or id, task, person or seconds.
func (a *Answer) Attr(name string) (starlark.Value, error) {
	switch name {
	case "id":
		return starlark.String(a.id), nil
	case "task":
		return starlark.String(a.task), nil
	case "person":
		return starlark.String(a.person), nil
	case "seconds":
		return starlark.Float(a.seconds), nil
	}
	if v, ok, _ := a.values.Get(starlark.String(name)); ok {
		return v, nil
	}
	return nil, advise(suggest(name, a.AttrNames()), "the form does not ask %s; an answer has %s", name, strings.Join(a.AttrNames(), ", "))
}

// AttrNames lists the questions and what every answer says.
func (a *Answer) AttrNames() []string {
	return append(texts(a.values), "id", "task", "person", "seconds")
}

// Get is answer[question].
func (a *Answer) Get(k starlark.Value) (starlark.Value, bool, error) { return a.values.Get(k) }

// Iterate goes through the names of the questions.
func (a *Answer) Iterate() starlark.Iterator { return a.values.Iterate() }

// Items are the questions and what was said, for  item | answer.
func (a *Answer) Items() []starlark.Tuple { return a.values.Items() }

// row is the answer as records keep it.
func (a *Answer) row() *starlark.Dict {
	row := newRow(a.values.Len() + 4)
	for _, kv := range a.values.Items() {
		row.put(string(kv[0].(starlark.String)), kv[1])
	}
	row.put("id", starlark.String(a.id))
	row.put("task", starlark.String(a.task))
	row.put("person", starlark.String(a.person))
	row.put("seconds", starlark.Float(a.seconds))
	return row.dict
}

// String shows the answers.
func (a *Answers) String() string {
	parts := make([]string, len(a.list))
	for i, one := range a.list {
		parts[i] = one.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Type is answers.
func (a *Answers) Type() string { return "answers" }

// Freeze freezes them all.
func (a *Answers) Freeze() {
	for _, one := range a.list {
		one.Freeze()
	}
}

// Truth says whether there are any.
func (a *Answers) Truth() starlark.Bool { return len(a.list) > 0 }

// Hash is refused.
func (a *Answers) Hash() (uint32, error) { return 0, errors.New("answers cannot be a key") }

// Len is how many there are.
func (a *Answers) Len() int { return len(a.list) }

// Index is the i-th, in the order in which they were given.
func (a *Answers) Index(i int) starlark.Value { return a.list[i] }

// Iterate goes through the answers.
func (a *Answers) Iterate() starlark.Iterator { return &indexed{of: a} }

// Attr is missing, how many did not come in time; or an attribute of the only answer.
func (a *Answers) Attr(name string) (starlark.Value, error) {
	switch {
	case name == "missing":
		return starlark.MakeInt(a.missing), nil
	case name == "task":
		return starlark.String(a.task), nil
	case a.wanted > 1:
		return nil, advise("write  [a."+name+" for a in answers]", "%d people were asked: each of their answers has its own %s", a.wanted, name)
	case len(a.list) == 0:
		return nil, advise("look at answers.missing before", "nobody answered in time, so there is no %s", name)
	}
	return a.list[0].Attr(name)
}

// AttrNames lists missing, task, and the attributes of the only answer.
func (a *Answers) AttrNames() []string {
	names := []string{"missing", "task"}
	if a.wanted == 1 && len(a.list) == 1 {
		names = append(names, a.list[0].AttrNames()...)
	}
	return names
}

// answers of several people are a list of rows, that of one is a row: as records keep them.
func (f *flattener) answers(a *Answers, depth int) (any, error) {
	if a.wanted > 1 {
		return f.list(a, depth)
	}
	if len(a.list) == 0 {
		return nil, nil
	}
	return f.value(a.list[0], depth)
}
