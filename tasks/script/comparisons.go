package script

import (
	"fmt"

	"go.starlark.net/starlark"
)

// comparisonsPrimitive is comparisons(pairs, …): files of comparisons in one form.
func comparisonsPrimitive(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var pairs *Dataset
	var known starlark.Value
	f := comparisonForm{group: "group", soft: true}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "pairs", &pairs, "texts?", &known, "group?", &f.group, "soft?", &f.soft); err != nil {
		return nil, err
	}
	texts, ok := known.(*Dataset)
	if known != nil && known != starlark.None && !ok {
		return nil, fmt.Errorf("comparisons: texts is a %s, not a dataset", known.Type())
	}
	step := fmt.Sprintf("comparisons %q %t", f.group, f.soft)
	return pairs.derive(step, func(of rows) (rows, error) {
		if texts != nil && texts.name != "" {
			var err error
			if f.texts, err = textsByName(texts); err != nil {
				return nil, err
			}
		}
		out := &picked{of: &mapped{of, f.fill}}
		for i := range of.len() {
			record, err := of.row(i)
			if err != nil {
				return nil, fmt.Errorf("comparison %d: %w", i, err)
			}
			row, err := f.fill(record)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", located("comparison", i, record), err)
			}
			if usable(row) {
				out.at = append(out.at, int32(i))
			}
		}
		return out, nil
	}), nil
}

// textName is how a comparison of arguments names a side.
type textName struct{ topic, id string }

// textsByName reads the texts that comparisons name instead of quoting them.
func textsByName(d *Dataset) (map[textName]string, error) {
	all, err := d.all()
	if err != nil {
		return nil, err
	}
	out := map[textName]string{}
	for i := range all.len() {
		row, err := d.run.handOut(all, i)
		if err != nil {
			return nil, err
		}
		out[textName{said(row, "topic_side"), said(row, "arg_id")}] = said(row, "text")
	}
	return out, nil
}

// comparisonForm is how records of comparisons are read.
type comparisonForm struct {
	group string
	soft  bool
	texts map[textName]string
}

// preferred is what a label is worth to side a.
var preferred = map[string]float64{"a": 1, "b": 0, "tie": 0.5}

// fill makes a comparison of a record.
func (f comparisonForm) fill(row *Row) (*Row, error) {
	prompt, ok := row.field("prompt")
	if !ok {
		_, err := row.Attr("prompt")
		return nil, err
	}
	file, group, topic := said(row, "file"), said(row, f.group), said(row, "topic_side")
	if group == "" {
		group = said(row, "prompt")
	}
	if topic == "" {
		topic = said(row, "prompt")
	}
	out := newRow(8)
	out.put("prompt", prompt)
	for _, side := range []string{"a", "b"} {
		text, err := f.side(row, side)
		if err != nil {
			return nil, err
		}
		out.put(side, starlark.String(text))
	}
	label, _ := row.field("label")
	if label == nil {
		label = starlark.None
	}
	out.put("label", label)
	out.put("target", f.target(row, label))
	out.put("group", starlark.String(file+"/"+group))
	out.put("source", starlark.String(file))
	out.put("shared", starlark.String(file+"/"+topic))
	return out, nil
}

// side is the text of a side, quoted or named.
func (f comparisonForm) side(row *Row, side string) (string, error) {
	if _, quoted := row.field(side); quoted || f.texts == nil {
		if !quoted {
			_, err := row.Attr(side)
			return "", err
		}
		return said(row, side), nil
	}
	name := textName{said(row, "topic_side"), said(row, side+"_id")}
	text, ok := f.texts[name]
	if !ok {
		return "", fmt.Errorf("no text is called %s in %s; look at the dataset of texts", name.id, name.topic)
	}
	return text, nil
}

// target is how far a was preferred: the share of votes, or what the label says; None where neither does.
func (f comparisonForm) target(row *Row, label starlark.Value) starlark.Value {
	if votes, ok := row.field("votes"); ok && f.soft {
		if list, ok := votes.(starlark.Iterable); ok {
			sum, n := 0.0, 0
			for v := range starlark.Elements(list) {
				if vote, ok := v.(*Row); ok {
					if worth, ok := preferred[said(vote, "label")]; ok {
						sum, n = sum+worth, n+1
					}
				}
			}
			if n > 0 {
				return starlark.Float(sum / float64(n))
			}
		}
	}
	text, _ := starlark.AsString(label)
	if worth, ok := preferred[text]; ok {
		return starlark.Float(worth)
	}
	return starlark.None
}

// usable says whether there is something to compare and somebody has.
func usable(row *Row) bool {
	a, b := said(row, "a"), said(row, "b")
	target, _ := row.field("target")
	return target != starlark.None && a != b && a != "" && b != ""
}

// said is a field as text; some files hold an answer as True or 7, or leave it out.
func said(row *Row, name string) string {
	v, ok := row.field(name)
	if !ok || v == starlark.None {
		return ""
	}
	if s, ok := starlark.AsString(v); ok {
		return s
	}
	return v.String()
}
