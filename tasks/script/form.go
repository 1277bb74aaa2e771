package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"workbench/tasks/form"
)

// Form is what people are asked, as a value of a script.
type Form struct {
	f      form.Form
	frozen bool
}

// String names the form.
func (f *Form) String() string { return fmt.Sprintf("form(%q)", f.f.Title) }

// Type is form.
func (f *Form) Type() string { return "form" }

// Freeze ends the time in which a guide can be given.
func (f *Form) Freeze() { f.frozen = true }

// Truth is always true.
func (f *Form) Truth() starlark.Bool { return true }

// Hash is refused.
func (f *Form) Hash() (uint32, error) { return 0, errors.New("a form cannot be a key") }

// formPart shows fields of an item.
type formPart struct{ p form.Part }

func (p formPart) String() string {
	return fmt.Sprintf("%s(%s)", p.p.Kind, strings.Join(p.p.Fields, ", "))
}
func (formPart) Type() string          { return "part of a form" }
func (formPart) Freeze()               {}
func (formPart) Truth() starlark.Bool  { return true }
func (formPart) Hash() (uint32, error) { return 0, errors.New("a part of a form cannot be a key") }

// formField asks for one answer.
type formField struct{ f form.Field }

func (f formField) String() string      { return fmt.Sprintf("%s(%q)", f.f.Kind, f.f.Name) }
func (formField) Type() string          { return "question of a form" }
func (formField) Freeze()               {}
func (formField) Truth() starlark.Bool  { return true }
func (formField) Hash() (uint32, error) { return 0, errors.New("a question of a form cannot be a key") }

// formPrimitive is form(title, show=, ask=, guide=).
func formPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var f form.Form
	var show, ask starlark.Iterable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "title", &f.Title, "show", &show, "ask", &ask, "guide?", &f.Guide); err != nil {
		return nil, err
	}
	for v := range starlark.Elements(show) {
		part, ok := v.(formPart)
		if !ok {
			return nil, advise(`write  show = [text("prompt"), pair("left", "right")]`, "form: show lists text, passage and pair, not a %s", v.Type())
		}
		f.Show = append(f.Show, part.p)
	}
	for v := range starlark.Elements(ask) {
		field, ok := v.(formField)
		if !ok {
			return nil, advise(`write  ask = [scale("preference", 9), longtext("why", optional = True)]`, "form: ask lists choice, scale, longtext and quote, not a %s", v.Type())
		}
		if slices.Contains(answerAttributes, field.f.Name) {
			return nil, advise("choose another name", "form: no question can be called %s, since every answer has a field of that name", field.f.Name)
		}
		f.Ask = append(f.Ask, field.f)
	}
	f.Guide = strings.TrimSpace(f.Guide)
	if err := f.Check(); err != nil {
		return nil, fmt.Errorf("form %q: %w", f.Title, err)
	}
	return &Form{f: f}, nil
}

// guidePrimitive is guide(form, text).
func guidePrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var f *Form
	var text string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "form", &f, "text", &text); err != nil {
		return nil, err
	}
	if f.frozen {
		return nil, advise("a form that is made in a function takes its guide there:  form(…, guide = text)", "guide(…) belongs to the top level of the script")
	}
	if f.f.Guide != "" {
		return nil, advise("give it once", "form %q has a guide", f.f.Title)
	}
	f.f.Guide = strings.TrimSpace(text)
	return starlark.None, f.f.Check()
}

// showing makes the primitive of a kind of part.
func showing(kind string, names ...string) primitive {
	return func(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		p := form.Part{Kind: kind, Fields: make([]string, len(names))}
		var pairs []any
		for i, name := range names {
			pairs = append(pairs, name, &p.Fields[i])
		}
		if err := starlark.UnpackArgs(b.Name(), args, kwargs, pairs...); err != nil {
			return nil, err
		}
		return formPart{p}, p.Check()
	}
}

// asking makes the primitive of a kind of question; settings are what it takes besides name, label and
// optional, as UnpackArgs wants them.
func asking(kind string, settings func(f *form.Field) []any) primitive {
	return func(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		f := form.Field{Kind: kind}
		pairs := append([]any{"name", &f.Name}, settings(&f)...)
		pairs = append(pairs, "label?", &f.Label, "optional?", &f.Optional)
		if err := starlark.UnpackArgs(b.Name(), args, kwargs, pairs...); err != nil {
			return nil, err
		}
		alone := form.Form{Show: []form.Part{{Fields: []string{f.Of}}}} // whether it is shown, form(…) knows
		if err := f.Check(alone); err != nil {
			return nil, fmt.Errorf("%s %q: %w", kind, f.Name, err)
		}
		return formField{f}, nil
	}
}

func choiceSettings(f *form.Field) []any {
	return []any{"options", textsOf(&f.Options), "several?", &f.Several}
}

func scaleSettings(f *form.Field) []any {
	return []any{"points", &f.Points, "left?", &f.Left, "right?", &f.Right}
}

func longTextSettings(f *form.Field) []any {
	return []any{"max_words?", &f.MaxWords, "min_words?", &f.MinWords}
}

func quoteSettings(f *form.Field) []any {
	return []any{"of", &f.Of, "max_chars?", &f.MaxChars, "several?", &f.Several}
}
