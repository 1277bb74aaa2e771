package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"workbench/ui/web/openai"
)

// testCompleters know one model, which says the words of its prompt backwards, one a token, each with the
// log-probability -1/(its length). A word in capitals is an order: WAIT waits until ctx ends,
// SLOW takes a while, BREAK fails.
type testCompleters struct {
	waiting atomic.Int32 // requests that wait
	open    atomic.Int32 // models that were opened and not closed
}

func (*testCompleters) Completers() ([]ModelRow, error) {
	return []ModelRow{{Name: "embedded", Digest: "d1", Carried: true}, {Name: "mine", Digest: "d2", Created: noon}}, nil
}

func (x *testCompleters) Open(_ context.Context, name string, asPerson bool) (Completer, error) {
	switch name {
	case "", "embedded", "mine":
		x.open.Add(1)
		return testCompleter{x, strings.TrimSpace(name), asPerson}, nil
	case "reward":
		return nil, Fail(Invalid, "reward is a reward model.")
	}
	return nil, fmt.Errorf("model %q: %w", name, fs.ErrNotExist)
}

type testCompleter struct {
	x        *testCompleters
	name     string
	asPerson bool
}

func (t testCompleter) Name() string {
	if t.name == "" {
		return "embedded"
	}
	return t.name
}

func (testCompleter) Checkpoint() (digest, precision string) { return "digest", "f32" }

func (t testCompleter) Close() { t.x.open.Add(-1) }

func (t testCompleter) Complete(ctx context.Context, r *openai.Request, hear func(openai.Piece)) (openai.Answer, error) {
	a := openai.Answer{Choices: make([]openai.Choice, r.Choices())}
	for i := range a.Choices {
		text := ""
		if r.Chat {
			text = r.Messages[len(r.Messages)-1].Content
		} else {
			text = r.Prompts[r.PromptOf(i)].Text
		}
		if text == "TOO LONG" {
			return a, openai.Refuse("prompt", "The prompt is too long.").With(openai.ContextLength)
		}
		words := strings.Fields(text)
		if i%r.N == 0 {
			a.PromptTokens += len(words)
		}
		if r.Echo {
			hear(openai.Piece{Choice: i, Text: text})
		}
		if err := t.say(ctx, i, words, r, &a.Choices[i], hear); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (t testCompleter) say(ctx context.Context, i int, words []string, r *openai.Request, c *openai.Choice, hear func(openai.Piece)) error {
	c.Finish = openai.FinishStop
	for k := range words {
		word := words[len(words)-1-k]
		switch word {
		case "WAIT":
			t.x.waiting.Add(1)
			<-ctx.Done()
			t.x.waiting.Add(-1)
			return ctx.Err()
		case "SLOW":
			time.Sleep(300 * time.Millisecond)
		case "BREAK":
			return errors.New("the model broke: secret words")
		}
		if r.MaxTokens >= 0 && k == r.MaxTokens {
			c.Finish = openai.FinishLength
			break
		}
		if k > 0 {
			word = " " + word
		}
		logp := -1 / float64(len(word))
		p := openai.Piece{Choice: i, Text: word}
		if r.LogProbs >= 0 {
			p.Tokens = []openai.Token{{Text: word, LogProb: &logp, Offset: len(c.Text)}}
			for n := range r.LogProbs {
				p.Tokens[0].Top = append(p.Tokens[0].Top, openai.Top{Text: fmt.Sprint("top", n), LogProb: logp - float64(n)})
			}
		}
		c.Text += word
		c.Tokens++
		c.LogProb = math.Round((c.LogProb+logp)*1e6) / 1e6
		hear(p)
	}
	return nil
}
