package script

import (
	"fmt"

	"go.starlark.net/starlark"
)

// datasetPrompts is dataset.prompts(model, max_tokens=, field=, template=): what a model can be asked, each prompt once.
func datasetPrompts(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	p := prompter{field: "prompt"}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "model", &p.model, "max_tokens?", &p.MaxTokens, "field?", &p.field, "template?", &p.Template); err != nil {
		return nil, err
	}
	if p.MaxTokens < 0 {
		return nil, fmt.Errorf("prompts: max_tokens is %d; want at least 0", p.MaxTokens)
	}
	return d.derive(fmt.Sprintf("prompts %q %+v", p.field, p.Encoding), p.read), nil
}

// prompter reads prompts out of rows.
type prompter struct {
	model *Model
	field string
	Encoding
}

// read goes through all rows once.
func (p prompter) read(of rows) (rows, error) {
	out, seen := &listed{}, map[string]bool{}
	long, without := 0, 0
	for i := range of.len() {
		row, err := of.row(i)
		if err != nil {
			return nil, err
		}
		prompt := p.promptOf(row)
		if prompt == nil {
			without++
			continue
		}
		if seen[prompt.String()] {
			continue
		}
		seen[prompt.String()] = true
		fits, err := p.fits(prompt)
		if err != nil {
			return nil, fmt.Errorf("prompts: %s: %w", located("example", i, row), err)
		}
		if !fits {
			long++
			continue
		}
		asked := newRow(1)
		asked.put("prompt", prompt)
		asked.from = row.from
		out.all = append(out.all, asked)
	}
	if len(out.all) == 0 {
		return nil, advise("name the field with field = …, or raise max_tokens", "prompts: of %d rows %d have no %s and %d are longer than %d tokens: nothing is left to ask", of.len(), without, p.field, long, p.MaxTokens)
	}
	return out, nil
}

// promptOf is a row's prompt: its field, or what Self-Instruct (Wang et al. 2023) asks; nil for none.
func (p prompter) promptOf(row *Row) starlark.Value {
	if v, ok := row.field(p.field); ok && bool(v.Truth()) {
		return v
	}
	task := said(row, "instruction")
	if task == "" {
		return nil
	}
	if input := firstInput(row); input != "" {
		task += "\n\n" + input
	}
	return starlark.String(task)
}

// firstInput is instances[0].input; empty where there is none.
func firstInput(row *Row) string {
	v, _ := row.field("instances")
	list, ok := v.(starlark.Indexable)
	if !ok || list.Len() == 0 {
		return ""
	}
	first, ok := list.Index(0).(starlark.Mapping)
	if !ok {
		return ""
	}
	input, _, _ := first.Get(starlark.String("input"))
	text, _ := starlark.AsString(input)
	return text
}

// fits says whether a prompt is short enough to be asked.
func (p prompter) fits(prompt starlark.Value) (bool, error) {
	w, err := p.model.open()
	if err != nil {
		return false, err
	}
	turns, err := toTurns(prompt)
	if err != nil {
		return false, err
	}
	ids, err := p.Prompt(w, turns)
	return len(ids) <= p.longest(w) && len(ids) > 0, err
}
