package script

import (
	"context"
	"fmt"
	"math"
	"strings"

	"go.starlark.net/starlark"

	"workbench/engine/forward"
	"workbench/engine/weights"
)

// likelihood is how likely a model finds a text after another.
type likelihood struct {
	LogP   float64 `json:"logp"` // of all its tokens, in nats
	Tokens int     `json:"tokens"`
}

// modelLoglik is model.loglik(prompts, choices, …): how likely each prompt's choices are.
func modelLoglik(r *Run, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	m := b.Receiver().(*Model)
	var prompts, choices starlark.Iterable
	e := Encoding{Template: "plain"}
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "prompts", &prompts, "choices", &choices, "template?", &e.Template); err != nil {
		return nil, err
	}
	var asked []starlark.Value
	for p := range starlark.Elements(prompts) {
		asked = append(asked, p)
	}
	w, err := m.open()
	if err != nil {
		return nil, err
	}
	var seqs []forward.Sequence
	var counts []int
	cut := 0
	for c := range starlark.Elements(choices) {
		i := len(counts)
		if i == len(asked) {
			return nil, fmt.Errorf("loglik: more lists of choices than the %d prompts", len(asked))
		}
		list, ok := c.(starlark.Iterable)
		if !ok {
			return nil, advise(`write  model.loglik([prompt, …], [[choice, …], …])`, "loglik: choices of prompt %d are a %s, not a list of texts", i, c.Type())
		}
		counts = append(counts, 0)
		for _, text := range texts(list) {
			s, short, err := e.continuation(w, asked[i], text)
			if err != nil {
				return nil, fmt.Errorf("loglik: prompt %d: %w", i, err)
			}
			seqs, counts[i], cut = append(seqs, s), counts[i]+1, cut+short
		}
	}
	if len(counts) != len(asked) {
		return nil, fmt.Errorf("loglik: %d prompts and %d lists of choices", len(asked), len(counts))
	}
	if cut > 0 {
		r.say(fmt.Sprintf("%d of %d texts were longer than the model's %d tokens and lost their beginning", cut, len(seqs), w.Arch.Sizes().Positions))
	}
	found, err := m.likelihoods(seqs)
	if err != nil {
		return nil, fmt.Errorf("loglik: %w", err)
	}
	return likelihoodRows(found, counts), nil
}

// likelihoodRows gives each prompt a row with logp and tokens, one number for each choice.
func likelihoodRows(found []likelihood, counts []int) *starlark.List {
	var rows []starlark.Value
	for _, n := range counts {
		logp, tokens := make([]float64, n), make([]float64, n)
		for k, l := range found[:n] {
			logp[k], tokens[k] = l.LogP, float64(l.Tokens)
		}
		found = found[n:]
		row := newRow(2)
		row.put("logp", flatArray(logp))
		row.put("tokens", flatArray(tokens))
		rows = append(rows, row)
	}
	return starlark.NewList(rows)
}

// continuation is a prompt and a text that goes on with it, which the mask marks; no end token. A plain prompt
// and its text become tokens together, blanks between them belonging to the text, as
// lm-evaluation-harness does it; an empty one stands for the token that begins texts. What is too long loses
// its beginning; cut is then 1.
func (e Encoding) continuation(m *weights.Model, prompt starlark.Value, text string) (s forward.Sequence, cut int, err error) {
	var before, all []int
	plainText, isText := starlark.AsString(prompt)
	chat, err := e.chat(m)
	switch {
	case err != nil:
		return s, 0, err
	case m.Tokenizer == nil:
		return s, 0, fmt.Errorf("model %s has no tokenizer", m.Name)
	case chat || !isText:
		turns, err := toTurns(prompt)
		if err != nil {
			return s, 0, err
		}
		if before, err = e.Prompt(m, turns); err != nil {
			return s, 0, err
		}
		all = append(before[:len(before):len(before)], m.Tokenizer.EncodeOrdinary(text)...)
	default:
		context := strings.TrimRight(plainText, " \t\n\r")
		before, all = m.Tokenizer.EncodeOrdinary(context), m.Tokenizer.EncodeOrdinary(plainText+text)
		if context == "" {
			before = beginning(m)
			all = append(before[:len(before):len(before)], all...)
		}
	}
	if len(before) == 0 || len(all) <= len(before) {
		return s, 0, advise("is it empty?", "the text %q after %q has no token of its own", text, abbreviate(plainText))
	}
	from := len(before)
	if longest := m.Arch.Sizes().Positions; len(all) > longest {
		cut = 1
		from = max(from-(len(all)-longest), 1)
		all = all[len(all)-longest:]
	}
	s = forward.Sequence{Tokens: all, Mask: make([]bool, len(all))}
	for i := from; i < len(all); i++ {
		s.Mask[i] = true
	}
	return s, cut, nil
}

// beginning is the token that begins a text: the model's own for it, else the one that ends texts.
func beginning(m *weights.Model) []int {
	if id, ok := m.Tokenizer.ID(m.Files.Special["bos_token"]); ok {
		return []int{id}
	}
	return m.EOS[:min(len(m.EOS), 1)]
}

func abbreviate(text string) string {
	const shown = 40
	if runes := []rune(text); len(runes) > shown {
		return "…" + string(runes[len(runes)-shown:])
	}
	return text
}

// likelihoods computes, or remembers, how likely the marked parts of sequences are.
func (m *Model) likelihoods(seqs []forward.Sequence) ([]likelihood, error) {
	r := m.run
	if r.mode == checking {
		out := make([]likelihood, len(seqs))
		for i := range out {
			out[i] = likelihood{-1 - float64(i), 1} // distinct, so that there is a best
		}
		return out, nil
	}
	s, err := m.hostScorer()
	if err != nil {
		return nil, err
	}
	compute := func(at []int) ([]likelihood, error) { return likelihoodsOf(r.ctx, s, seqs, at) }
	digest, ok := m.remembers()
	if !ok {
		all := make([]int, len(seqs))
		for i := range all {
			all[i] = i
		}
		return compute(all)
	}
	keys := make([]string, len(seqs))
	for i, q := range seqs {
		keys[i] = keyOf("loglik", digest, q.Mask, q.Tokens)
	}
	return remembered(r, keys, func(left []int) int { return partOf(seqs, left) }, compute)
}

// partTokens is how many tokens are computed between two times that results are kept and told.
const partTokens = 4096

// partOf is how many of the sequences that are left make a part: what those in a row have in common counts once.
func partOf(seqs []forward.Sequence, left []int) int {
	tokens := 0
	for k, i := range left {
		tokens += len(seqs[i].Tokens)
		if k > 0 {
			tokens -= forward.Common(seqs[left[k-1]].Tokens, seqs[i].Tokens)
		}
		if tokens > partTokens {
			return k
		}
	}
	return len(left)
}

func likelihoodsOf(ctx context.Context, s *forward.Scorer, seqs []forward.Sequence, at []int) ([]likelihood, error) {
	part := make([]forward.Sequence, len(at))
	for k, i := range at {
		part[k] = seqs[i]
	}
	rows, _, _, err := s.SharedLogProbs(ctx, part, 1)
	if err != nil {
		return nil, err
	}
	out := make([]likelihood, len(rows))
	for k, row := range rows {
		for j, logp := range row {
			if part[k].Wanted(j) {
				out[k].LogP += float64(logp)
				out[k].Tokens++
			}
		}
		if math.IsNaN(out[k].LogP) || math.IsInf(out[k].LogP, 0) {
			return nil, fmt.Errorf("text %d: its log-probability is %g; the model's weights may be broken", at[k], out[k].LogP)
		}
	}
	return out, nil
}
