package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
)

// modelScore is model.score(batch): rewards of texts with the model's own tokenizer.
func modelScore(_ *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	var batch *Batch
	prompt, response := "prompt", "response"
	var e Encoding
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "batch", &batch, "prompt?", &prompt, "response?", &response, "max_tokens?", &e.MaxTokens); err != nil {
		return nil, err
	}
	w, err := m.withHead()
	if err != nil {
		return nil, err
	}
	seqs := make([]forward.Sequence, batch.n)
	for i := range seqs {
		row := batch.Index(i).(*Row)
		turns, err := promptField(row, prompt)
		if err != nil {
			return nil, fmt.Errorf("score: %w", err)
		}
		text, err := textField(row, response)
		if err != nil {
			return nil, fmt.Errorf("score: %w", err)
		}
		if seqs[i], err = e.Pair(w, turns, text); err != nil {
			return nil, fmt.Errorf("score: %w", err)
		}
	}
	return m.scores(w, seqs)
}
