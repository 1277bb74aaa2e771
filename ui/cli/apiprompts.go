package cli

import (
	"workbench/engine/generate"
	"workbench/engine/runs"
	"workbench/models/tokenizer"
	"workbench/ui/web/openai"
)

// completer answers requests of the API with one model of the pool.
type completer struct {
	*ready
	name    string
	class   runs.Class
	sampler *generate.Sampler
	release func()
}

// prompts are the tokens of what is to be completed, each of which has room for what is to come.
func (c *completer) prompts(r *openai.Request) (all [][]int, err error) {
	if r.Chat {
		ids, err := c.conversation(r.Messages)
		if err != nil {
			return nil, err
		}
		all = [][]int{ids}
	}
	for i, p := range r.Prompts {
		ids, err := c.promptTokens(i, p)
		if err != nil {
			return nil, err
		}
		all = append(all, ids)
	}
	for i, ids := range all {
		if err := c.fits(i, len(ids), r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// conversation renders messages with the model's own chat template.
func (c *completer) conversation(messages []openai.Message) ([]int, error) {
	if c.model.Chat == nil {
		return nil, openai.Refuse("model", "Model %s has no chat template: it was never taught to converse. Ask /v1/completions to continue a text with it.", c.name)
	}
	var turns []tokenizer.Message
	for _, m := range messages {
		turns = append(turns, tokenizer.Message(m))
	}
	text, err := c.model.Chat.Render(turns, true)
	if err != nil {
		return nil, openai.Refuse("messages", "The chat template of model %s does not take these messages: %v.", c.name, err)
	}
	return c.model.Tokenizer.Encode(text), nil
}

// promptTokens are the tokens of one prompt; special tokens in a text mean what they say. An empty text begins as
// texts of the model do.
func (c *completer) promptTokens(i int, p openai.Prompt) ([]int, error) {
	if p.Tokens != nil {
		vocab := c.model.Arch.Sizes().Vocab
		for _, id := range p.Tokens {
			if id < 0 || id >= vocab {
				return nil, openai.Refuse("prompt", "prompt[%d] has the token %d, and the tokens of model %s are 0 to %d.", i, id, c.name, vocab-1)
			}
		}
		return p.Tokens, nil
	}
	if ids := c.model.Tokenizer.Encode(p.Text); len(ids) > 0 {
		return ids, nil
	}
	if begin, ok := c.model.Tokenizer.ID(c.model.Files.Special["bos_token"]); ok {
		return []int{begin}, nil
	}
	return nil, openai.Refuse("prompt", "prompt[%d] is empty, and model %s has no token to begin with.", i, c.name)
}

// fits refuses a prompt that leaves no room for what is asked for. What is drawn last is not read again, so
// it needs no room.
func (c *completer) fits(i, n int, r *openai.Request) error {
	room := c.sampler.Positions()
	switch {
	case n > room:
		return openai.Refuse(promptField(r), "prompt[%d] has %d tokens, and the context of model %s has %d here. Shorten it.", i, n, c.name, room).With(openai.ContextLength)
	case r.MaxTokens > 0 && n+r.MaxTokens-1 > room:
		return openai.Refuse("max_tokens", "prompt[%d] has %d tokens and max_tokens is %d, and the context of model %s has %d here. Shorten the prompt, or ask for at most %d tokens.",
			i, n, r.MaxTokens, c.name, room, room-n+1).With(openai.ContextLength)
	}
	return nil
}

// promptField is the field of a request that holds what is completed.
func promptField(r *openai.Request) string {
	if r.Chat {
		return "messages"
	}
	return "prompt"
}
