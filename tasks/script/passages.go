package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
)

// passages are consecutive texts of a file, put together until they are long enough to be read alone.
type passages struct {
	run   *Run
	of    rows
	field string
	from  []int32 // the first row of each passage, and behind the last
	words []int32
}

func (p *passages) len() int { return len(p.words) }

func (p *passages) row(i int) (*Row, error) {
	var texts []string
	var file starlark.Value
	for k := p.from[i]; k < p.from[i+1]; k++ {
		row, err := p.run.handOut(p.of, int(k))
		if err != nil {
			return nil, err
		}
		if text := strings.TrimSpace(said(row, p.field)); text != "" {
			texts = append(texts, text)
		}
		if file == nil {
			file, _ = row.field("file")
		}
	}
	out := newRow(4)
	out.put("text", starlark.String(strings.Join(texts, "\n\n")))
	out.put("words", starlark.MakeInt(int(p.words[i])))
	out.put("at", starlark.MakeInt(int(p.from[i])))
	if file != nil {
		out.put("file", file)
	}
	return out, nil
}

// datasetPassages is dataset.passages(words, field=).
func datasetPassages(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	d := b.Receiver().(*Dataset)
	words, field := 0, "text"
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "words", &words, "field?", &field); err != nil {
		return nil, err
	}
	if words < 1 {
		return nil, fmt.Errorf("passages: want at least 1 word, not %d", words)
	}
	return d.derive(fmt.Sprintf("passages %d %q", words, field), func(of rows) (rows, error) {
		return joinPassages(d.run, of, words, field)
	}), nil
}

// joinPassages closes a passage before the text with which it would be too long, and at the end of a
// file. A text that is too long by itself is a passage.
func joinPassages(r *Run, of rows, words int, field string) (rows, error) {
	out := &passages{run: r, of: of, field: field}
	file, have := "", 0
	for i := range of.len() {
		row, err := of.row(i)
		if err != nil {
			return nil, err
		}
		text, err := textField(row, field)
		if err != nil {
			return nil, fmt.Errorf("passages: %w", err)
		}
		n := len(strings.Fields(text))
		if have > 0 && (have+n > words || said(row, "file") != file) {
			out.from, out.words = append(out.from, int32(i)), append(out.words, int32(have))
			have = 0
		}
		switch {
		case len(out.from) == 0:
			out.from = append(out.from, int32(i))
		case have == 0:
			out.from[len(out.from)-1] = int32(i) // nothing said so far: what is empty belongs to the passage before
		}
		have, file = have+n, said(row, "file")
	}
	if have > 0 {
		out.from, out.words = append(out.from, int32(of.len())), append(out.words, int32(have))
	}
	return out, nil
}
