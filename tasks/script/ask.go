package script

import (
	"fmt"
	"strings"
	"time"

	"go.starlark.net/starlark"

	"workbench/tasks/flow"
	"workbench/tasks/form"
)

// mostPeople is how many answers one question may want.
const mostPeople = 1000

// askPrimitive is ask(form, item, …).
func askPrimitive(x *execution, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var f *Form
	var item, person, unlike, after, gold starlark.Value
	a := flow.Ask{People: 1}
	var within time.Duration
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "form", &f, "item", &item, "people?", &a.People, "pool?", &a.Pool,
		"person?", &person, "unlike?", &unlike, "after?", &after, "within?", durationOf(&within), "gold?", &gold); err != nil {
		return nil, err
	}
	if a.People < 1 || a.People > mostPeople {
		return nil, fmt.Errorf("ask: people is %d, want 1 to %d", a.People, mostPeople)
	}
	a.Form, a.Within = f.f, within
	var err error
	if a.Item, err = itemOf(f.f, item); err != nil {
		return nil, err
	}
	if a.Person, err = personOf(person); err != nil {
		return nil, err
	}
	if a.Unlike, err = seenBy(unlike); err != nil {
		return nil, err
	}
	if a.After, err = cited("ask: after", after); err != nil {
		return nil, err
	}
	if a.Gold, err = goldOf(f.f, gold); err != nil {
		return nil, err
	}
	said, err := x.calls.Ask(a)
	if err != nil {
		return nil, err
	}
	return answersOf(a, said)
}

// itemOf is what a form is asked about: a dictionary with the texts that it shows.
func itemOf(f form.Form, v starlark.Value) (map[string]any, error) {
	value, err := crossing(v)
	if err != nil {
		return nil, fmt.Errorf("ask: the item: %w", err)
	}
	item, ok := value.(map[string]any)
	if !ok {
		return nil, advise(`write  {"prompt": item.prompt}  or  item | {"digest": text}`, "ask: the item is a %s, not a dictionary", v.Type())
	}
	if err := f.Fits(item); err != nil {
		return nil, fmt.Errorf("ask: form %q: %w", f.Title, err)
	}
	return item, nil
}

// goldOf is the known answer to some of a form's questions.
func goldOf(f form.Form, v starlark.Value) (flow.Value, error) {
	if v == nil || v == starlark.None {
		return nil, nil
	}
	value, err := crossing(v)
	if err != nil {
		return nil, fmt.Errorf("ask: gold: %w", err)
	}
	gold, ok := value.(map[string]any)
	if !ok {
		return nil, advise(`write  gold = {"preference": 9}`, "ask: gold is a %s, not a dictionary", v.Type())
	}
	for name := range gold {
		known := false
		for _, q := range f.Ask {
			known = known || q.Name == name
		}
		if !known {
			return nil, fmt.Errorf("ask: gold names %s, and form %q does not ask it", name, f.Title)
		}
	}
	return gold, nil
}

// answersOf is what a script gets of a question.
func answersOf(a flow.Ask, said flow.Answers) (starlark.Value, error) {
	out := &Answers{task: said.Task, wanted: a.People, missing: said.Missing}
	for _, one := range said.List {
		answer, err := newAnswer(one.ID, said.Task, one.Person, one.Seconds, a.Form.Ask, one.Values)
		if err != nil {
			return nil, err
		}
		out.list = append(out.list, answer)
	}
	return out, nil
}

// personOf names the one person that a question goes to: an id, or an answer of theirs.
func personOf(v starlark.Value) (string, error) {
	switch v := v.(type) {
	case nil, starlark.NoneType:
		return "", nil
	case starlark.String:
		return string(v), nil
	case *Answer:
		return v.person, nil
	case *Answers:
		if len(v.list) == 1 {
			return v.list[0].person, nil
		}
		return "", advise("name one of them, such as  answers[0].person", "ask: person: there are %d answers", len(v.list))
	}
	return "", advise("give the person of an answer:  person = answer.person", "ask: person is a %s", v.Type())
}

// seenBy lists the tasks of answers, and persons, whose people a question does not go to.
func seenBy(v starlark.Value) ([]string, error) {
	switch v := v.(type) {
	case nil, starlark.NoneType:
		return nil, nil
	case starlark.String:
		if strings.Contains(string(v), ":") {
			return []string{string(v)}, nil
		}
		return []string{"person:" + string(v)}, nil
	case *Answer:
		return []string{v.task}, nil
	case *Answers:
		return []string{v.task}, nil
	case *Row:
		if task := said(v, "task"); task != "" { // an answer that was kept
			return []string{task}, nil
		}
	case starlark.Sequence:
		var all []string
		for e := range starlark.Elements(v) {
			some, err := seenBy(e)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	}
	return nil, advise("give what ask(…) returned, a list of such, or the id of a person", "ask: unlike is a %s, which nobody has seen", v.Type())
}

// cited lists the ids of what values are: samples, answers, rows with an id, and ids.
func cited(what string, v starlark.Value) ([]string, error) {
	switch v := v.(type) {
	case nil, starlark.NoneType:
		return nil, nil
	case starlark.String:
		return []string{string(v)}, nil
	case *Answer:
		return []string{v.id}, nil
	case *Row:
		if id := said(v, "id"); id != "" {
			return []string{id}, nil
		}
		return nil, advise("name samples, answers, or ids", "%s: a row without an id cannot be cited", what)
	case starlark.Sequence: // a list, or answers
		var all []string
		for e := range starlark.Elements(v) {
			some, err := cited(what, e)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	}
	return nil, advise("name samples, answers, or ids", "%s: a %s cannot be cited", what, v.Type())
}
