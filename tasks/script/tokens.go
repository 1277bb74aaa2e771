package script

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/models/tokenizer"
)

// tokensSpec says which columns of tokens a dataset gets.
type tokensSpec struct {
	model *Model
	Encoding
	columns []tokenColumnSpec
}

// tokenColumnSpec is one column: a text, or a response to a prompt.
type tokenColumnSpec struct{ name, prompt, response string }

func datasetTokens(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	s := tokensSpec{}
	var own, columns []starlark.Tuple
	for _, kv := range kwargs {
		switch string(kv[0].(starlark.String)) {
		case "model", "max_tokens", "template":
			own = append(own, kv)
		default:
			columns = append(columns, kv)
		}
	}
	if err := starlark.UnpackArgs(b.Name(), args, own, "model", &s.model, "max_tokens?", &s.MaxTokens, "template?", &s.Template); err != nil {
		return nil, err
	}
	for _, kv := range columns {
		c, err := columnSpec(string(kv[0].(starlark.String)), kv[1])
		if err != nil {
			return nil, err
		}
		s.columns = append(s.columns, c)
	}
	if len(columns) == 0 {
		s.columns = []tokenColumnSpec{{"tokens", "prompt", "response"}}
	}
	return d.derive(fmt.Sprintf("tokens %+v %v", s.Encoding, s.columns), func(of rows) (rows, error) {
		return &mapped{of, s.add}, nil
	}), nil
}

func columnSpec(name string, v starlark.Value) (tokenColumnSpec, error) {
	if field, ok := starlark.AsString(v); ok {
		return tokenColumnSpec{name: name, response: field}, nil
	}
	if pair, ok := v.(starlark.Tuple); ok && len(pair) == 2 {
		prompt, ok1 := starlark.AsString(pair[0])
		response, ok2 := starlark.AsString(pair[1])
		if ok1 && ok2 {
			return tokenColumnSpec{name, prompt, response}, nil
		}
	}
	return tokenColumnSpec{}, advise(`write  a = ("prompt", "a")  for a response to a prompt, or  text = "text"  for a text alone`,
		"tokens: column %s names neither a field nor a pair of fields", name)
}

// add gives a row its columns of tokens.
func (s tokensSpec) add(row *Row) (*Row, error) {
	m, err := s.model.open()
	if err != nil {
		return nil, err
	}
	out := newRow(row.Len() + len(s.columns))
	for _, kv := range row.dict.Items() {
		if err := out.dict.SetKey(kv[0], kv[1]); err != nil {
			return nil, err
		}
	}
	for _, c := range s.columns {
		text, err := textField(row, c.response)
		if err != nil {
			return nil, fmt.Errorf("tokens: %w", err)
		}
		var seq forward.Sequence
		if c.prompt == "" {
			seq, err = s.Text(m, text)
		} else {
			var turns []tokenizer.Message
			if turns, err = promptField(row, c.prompt); err == nil {
				seq, err = s.Pair(m, turns, text)
			}
		}
		if err != nil {
			return nil, err
		}
		if len(seq.Tokens) == 0 {
			return nil, advise("leave such examples out with dataset.filter", "tokens: field %s is empty", c.response)
		}
		out.put(c.name, &Tokens{[]forward.Sequence{seq}})
	}
	return out, nil
}

func textField(row *Row, name string) (string, error) {
	v, err := row.Attr(name)
	if err != nil {
		return "", err
	}
	s, ok := starlark.AsString(v)
	if !ok {
		return "", fmt.Errorf("field %s is a %s, not a text", name, v.Type())
	}
	return s, nil
}

// promptField reads a prompt: a text (see Turns), or a list of messages with role and content.
func promptField(row *Row, name string) ([]tokenizer.Message, error) {
	v, err := row.Attr(name)
	if err != nil {
		return nil, err
	}
	turns, err := toTurns(v)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", name, err)
	}
	return turns, nil
}

func toTurns(v starlark.Value) ([]tokenizer.Message, error) {
	if s, ok := starlark.AsString(v); ok {
		return Turns(s), nil
	}
	list, ok := v.(starlark.Iterable)
	if !ok {
		return nil, fmt.Errorf("a prompt is a text or a list of messages, not a %s", v.Type())
	}
	var turns []tokenizer.Message
	for e := range starlark.Elements(list) {
		m, ok := e.(starlark.Mapping)
		if !ok {
			return nil, errors.New("a message is a dictionary with role and content")
		}
		role, err1 := messageField(m, "role")
		content, err2 := messageField(m, "content")
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		turns = append(turns, tokenizer.Message{Role: role, Content: content})
	}
	return turns, nil
}

func messageField(m starlark.Mapping, name string) (string, error) {
	v, ok, err := m.Get(starlark.String(name))
	if err != nil || !ok {
		return "", fmt.Errorf("a message has no %s", name)
	}
	s, ok := starlark.AsString(v)
	if !ok {
		return "", fmt.Errorf("a message's %s is a %s, not a text", name, v.Type())
	}
	return s, nil
}

// turnsPrimitive is turns(prompt).
func turnsPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var prompt string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "prompt", &prompt); err != nil {
		return nil, err
	}
	var list []starlark.Value
	for _, m := range Turns(prompt) {
		row := newRow(2)
		row.put("role", starlark.String(m.Role))
		row.put("content", starlark.String(m.Content))
		list = append(list, row)
	}
	return starlark.NewList(list), nil
}
