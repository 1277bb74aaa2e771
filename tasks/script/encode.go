package script

import (
	"fmt"
	"strings"

	"workbench/engine/forward"
	"workbench/engine/weights"
	"workbench/models/tokenizer"
)

// Encoding says how texts become tokens for training and scoring.
type Encoding struct {
	MaxTokens int    // longest sequence; 0 means as long as the model takes
	Template  string // chat, or plain; empty means chat where the model has a template
}

// Turns reads a prompt as a conversation: a text that begins with "Human:" on a line of its own is
// a transcript in the form of Bai et al. (2022), split at its Human: and Assistant: lines; any other
// text is one user's turn.
func Turns(prompt string) []tokenizer.Message {
	const human, assistant = "\n\nHuman:", "\n\nAssistant:"
	rest := "\n\n" + strings.TrimLeft(prompt, "\n")
	if !strings.HasPrefix(rest, human) {
		return []tokenizer.Message{{Role: "user", Content: prompt}}
	}
	var turns []tokenizer.Message
	for rest != "" {
		role, mark := "user", human
		if strings.HasPrefix(rest, assistant) {
			role, mark = "assistant", assistant
		}
		rest = rest[len(mark):]
		end := len(rest)
		for _, m := range []string{human, assistant} {
			if at := strings.Index(rest, m); at >= 0 {
				end = min(end, at)
			}
		}
		if text := strings.TrimSpace(rest[:end]); text != "" {
			turns = append(turns, tokenizer.Message{Role: role, Content: text})
		}
		rest = rest[end:]
	}
	return turns
}

// chat says whether the encoding uses the model's chat template.
func (e Encoding) chat(m *weights.Model) (bool, error) {
	switch e.Template {
	case "":
		return m.Chat != nil, nil
	case "plain":
		return false, nil
	case "chat":
		if m.Chat == nil {
			return false, advise(`use template = "plain"`, "model %s has no chat template", m.Name)
		}
		return true, nil
	}
	return false, fmt.Errorf("template %q is neither chat nor plain", e.Template)
}

// Prompt is the tokens that a response follows.
func (e Encoding) Prompt(m *weights.Model, turns []tokenizer.Message) ([]int, error) {
	chat, err := e.chat(m)
	if err != nil {
		return nil, err
	}
	if m.Tokenizer == nil {
		return nil, fmt.Errorf("model %s has no tokenizer", m.Name)
	}
	if !chat {
		var texts []string
		for _, t := range turns {
			texts = append(texts, t.Content)
		}
		return m.Tokenizer.EncodeOrdinary(strings.Join(texts, "\n\n")), nil
	}
	text, err := m.Chat.Render(turns, true)
	if err != nil {
		return nil, fmt.Errorf("chat template of model %s: %w", m.Name, err)
	}
	return m.Tokenizer.Encode(text), nil
}

// Pair is a prompt and its response as one sequence. The mask marks the response and the token that
// ends it. A pair that is too long loses the beginning of its prompt, of which a quarter of the room
// stays, and then the end of its response together with the end token.
func (e Encoding) Pair(m *weights.Model, turns []tokenizer.Message, response string) (forward.Sequence, error) {
	prompt, err := e.Prompt(m, turns)
	if err != nil {
		return forward.Sequence{}, err
	}
	answer := m.Tokenizer.EncodeOrdinary(response)
	if len(m.EOS) > 0 {
		answer = append(answer, m.EOS[0])
	}
	longest := e.longest(m)
	if len(prompt)+len(answer) > longest {
		keep := min(len(prompt), max(longest-len(answer), longest/4))
		prompt = prompt[len(prompt)-keep:]
		answer = answer[:min(len(answer), longest-keep)]
	}
	s := forward.Sequence{Tokens: append(prompt[:len(prompt):len(prompt)], answer...)}
	s.Mask = make([]bool, len(s.Tokens))
	for i := len(prompt); i < len(s.Tokens); i++ {
		s.Mask[i] = true
	}
	return s, nil
}

// Text is one text without prompt, every token of it marked; it is cut at its end.
func (e Encoding) Text(m *weights.Model, text string) (forward.Sequence, error) {
	if m.Tokenizer == nil {
		return forward.Sequence{}, fmt.Errorf("model %s has no tokenizer", m.Name)
	}
	ids := m.Tokenizer.EncodeOrdinary(text)
	return forward.Sequence{Tokens: ids[:min(len(ids), e.longest(m))]}, nil
}

func (e Encoding) longest(m *weights.Model) int {
	longest := m.Arch.Sizes().Positions
	if e.MaxTokens > 0 {
		longest = min(longest, e.MaxTokens)
	}
	return longest
}
