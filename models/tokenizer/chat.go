package tokenizer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"workbench/models/tokenizer/jinja"
)

// Message is one turn of a conversation.
type Message struct {
	Role    string `json:"role"` // as a rule "system", "user" or "assistant"
	Content string `json:"content"`
}

// ErrRefused is wrapped by the errors of Render that the template itself
// raised: it does not take such a conversation, say one with a system message.
var ErrRefused = jinja.ErrRaised

// ChatTemplate writes conversations as the text that a model was trained on.
// It is safe for use by several goroutines at once.
type ChatTemplate struct {
	template *jinja.Template
	special  map[string]string
	now      func() time.Time
}

// NewChatTemplate reads a checkpoint's chat template, in Jinja. special holds
// the special tokens that it may name: bos_token, eos_token and so on. The
// template is untrusted: what it can reach and how much it may do is bounded.
func NewChatTemplate(source string, special map[string]string) (*ChatTemplate, error) {
	if source == "" {
		return nil, errors.New("chat template: there is none; a base model has no chat format of its own")
	}
	t, err := jinja.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("chat template: %w", err)
	}
	return &ChatTemplate{template: t, special: maps.Clone(special), now: time.Now}, nil
}

// WithClock returns the template with another clock for strftime_now, by which
// some templates tell the model the date.
func (c *ChatTemplate) WithClock(now func() time.Time) *ChatTemplate {
	timed := *c
	timed.now = now
	return &timed
}

// Render writes a conversation: what transformers' apply_chat_template gives.
// addGenerationPrompt ends it where the assistant's next turn begins. Special
// tokens are in the text, to be read by Encode (not EncodeWithSpecial, which
// could add a second first one).
//
// The contents of messages are written as they are: one that spells a special
// token ends a turn, as in transformers.
func (c *ChatTemplate) Render(messages []Message, addGenerationPrompt bool) (string, error) {
	turns := make([]any, len(messages))
	for i, m := range messages {
		turns[i] = jinja.Dict{{Key: "role", Value: m.Role}, {Key: "content", Value: m.Content}}
	}
	values := jinja.Dict{}
	for _, name := range slices.Sorted(maps.Keys(c.special)) {
		values = append(values, jinja.Pair{Key: name, Value: c.special[name]})
	}
	values = append(values,
		jinja.Pair{Key: "messages", Value: turns},
		jinja.Pair{Key: "add_generation_prompt", Value: addGenerationPrompt},
		jinja.Pair{Key: "tools", Value: nil},
		jinja.Pair{Key: "documents", Value: nil},
	)
	text, err := c.template.Render(values, c.now)
	if err != nil {
		return "", fmt.Errorf("chat template: %w", err)
	}
	return text, nil
}
