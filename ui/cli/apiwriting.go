package cli

import (
	"context"
	"slices"
	"unicode/utf8"

	"workbench/engine/forward"
	"workbench/engine/generate"
	"workbench/models/tokenizer"
	"workbench/ui/web/openai"
)

// writing makes pieces of text of what a sampler draws for one request.
type writing struct {
	*completer
	r       *openai.Request
	prompts [][]int
	hear    func(openai.Piece)
	texts   []spelled // by choice
}

// spelled follows a text token by token, to say where each begins.
type spelled struct {
	stream *tokenizer.Stream
	runes  int
}

// next is where a token begins, in code points. A token that ends in the middle of a character counts where
// the character is complete.
func (s *spelled) next(id int) (offset int) {
	offset = s.runes
	s.runes += utf8.RuneCountInString(s.stream.Push(id))
	return offset
}

func (c *completer) writing(r *openai.Request, prompts [][]int, hear func(openai.Piece)) *writing {
	if hear == nil {
		hear = func(openai.Piece) {}
	}
	w := &writing{completer: c, r: r, prompts: prompts, hear: hear, texts: make([]spelled, r.Choices())}
	for i := range w.texts {
		w.texts[i].stream = c.model.Tokenizer.NewStreamKeepSpecial()
	}
	return w
}

// requests are the prompts once for each choice.
func (w *writing) requests() (all [][]int) {
	for i := range w.r.Choices() {
		all = append(all, w.prompts[w.r.PromptOf(i)])
	}
	return all
}

func (w *writing) sampling() generate.Sampling {
	s := generate.Sampling{
		Temperature: w.r.Temperature, TopP: w.r.TopP, TopK: w.r.TopK, MinP: w.r.MinP,
		Seed: uint64(*w.r.Seed), Stop: w.r.Stop, MaxTokens: max(w.r.MaxTokens, 0), Alternatives: max(w.r.LogProbs, 0),
	}
	return s
}

// token hears one token of a choice.
func (w *writing) token(choice int, t generate.Token) {
	p := openai.Piece{Choice: choice, Text: t.Text}
	if w.r.LogProbs >= 0 {
		logp := float64(t.LogProb)
		told := openai.Token{Text: w.spell(t.ID), LogProb: &logp, Offset: w.texts[choice].next(t.ID)}
		for _, a := range t.Alternatives {
			told.Top = append(told.Top, openai.Top{Text: w.spell(a.ID), LogProb: float64(a.LogProb)})
		}
		if !w.r.Chat && !slices.ContainsFunc(t.Alternatives, func(a generate.Alternative) bool { return a.ID == t.ID }) {
			told.Top = append(told.Top, openai.Top{Text: told.Text, LogProb: logp}) // as OpenAI's list of completions has it
		}
		p.Tokens = []openai.Token{told}
	}
	w.hear(p)
}

func (w *writing) spell(id int) string { return w.model.Tokenizer.DecodeKeepSpecial([]int{id}) }

// echo tells the prompts, with their log-probabilities where those are asked for.
func (w *writing) echo(ctx context.Context) error {
	tokens := make([][]openai.Token, len(w.prompts))
	if w.r.LogProbs >= 0 {
		var err error
		if tokens, err = w.score(ctx); err != nil {
			return err
		}
	}
	for i := range w.r.Choices() {
		at := w.r.PromptOf(i)
		text := w.r.Prompts[at].Text
		if w.r.Prompts[at].Tokens != nil {
			text = w.model.Tokenizer.DecodeKeepSpecial(w.prompts[at])
		}
		for _, id := range w.prompts[at] {
			w.texts[i].next(id)
		}
		w.hear(openai.Piece{Choice: i, Text: text, Tokens: tokens[at]})
	}
	return nil
}

// score reads the log-probability of every token of the prompts but the first of each. They are those of the
// weights in float32, so that a name with rounded ones is refused.
func (w *writing) score(ctx context.Context) ([][]openai.Token, error) {
	if w.precision != generate.Float32 {
		return nil, openai.Refuse("logprobs", "Log-probabilities of prompts are computed in float32: ask model %s for them.", w.place.name)
	}
	seqs := make([]forward.Sequence, len(w.prompts))
	for i, ids := range w.prompts {
		seqs[i] = forward.Sequence{Tokens: ids}
	}
	ranked, err := w.scoring().Top(ctx, seqs, w.r.LogProbs)
	if err != nil {
		return nil, err
	}
	all := make([][]openai.Token, len(w.prompts))
	for i, ids := range w.prompts {
		text := spelled{stream: w.model.Tokenizer.NewStreamKeepSpecial()}
		for at, id := range ids {
			told := openai.Token{Text: w.spell(id), Offset: text.next(id)}
			if at > 0 {
				w.rank(&told, id, ranked[i][at-1])
			}
			all[i] = append(all[i], told)
		}
	}
	return all, nil
}

// rank adds how probable a token was. The list holds the token itself too, as OpenAI's does.
func (w *writing) rank(t *openai.Token, id int, r forward.Ranked) {
	logp := float64(r.LogProb)
	t.LogProb = &logp
	for _, c := range r.Top {
		t.Top = append(t.Top, openai.Top{Text: w.spell(c.ID), LogProb: float64(c.LogProb)})
	}
	if !slices.ContainsFunc(r.Top, func(c forward.Candidate) bool { return c.ID == id }) {
		t.Top = append(t.Top, openai.Top{Text: t.Text, LogProb: logp})
	}
}

// answer sums up what was drawn; samples are nil where nothing was to be.
func (w *writing) answer(samples []generate.Sample) openai.Answer {
	a := openai.Answer{Choices: make([]openai.Choice, w.r.Choices())}
	for _, p := range w.prompts {
		a.PromptTokens += len(p)
	}
	for i := range a.Choices {
		a.Choices[i].Finish = openai.FinishLength
	}
	for i, s := range samples {
		c := &a.Choices[i]
		c.Text, c.Tokens = s.Text, len(s.Tokens)
		for _, p := range s.LogProbs {
			c.LogProb += float64(p)
		}
		if s.End == generate.EndEOS || s.End == generate.EndStop {
			c.Finish = openai.FinishStop
		}
	}
	return a
}
