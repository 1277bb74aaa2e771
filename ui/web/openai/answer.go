package openai

import (
	"strings"
	"unicode/utf8"
)

// Token is a token of a text.
type Token struct {
	Text    string   // alone; what is no whole character is U+FFFD
	LogProb *float64 // nil for the first of a prompt, which nothing stands before
	Top     []Top    // the most probable in its place, in order
	Offset  int      // in the text that it belongs to, in code points
}

// Top is a token that could have stood there.
type Top struct {
	Text    string
	LogProb float64
}

// Piece is what came of a choice since its last piece.
type Piece struct {
	Choice int
	Text   string
	Tokens []Token // where log-probabilities are asked for
}

// Answer is what a model made of a request.
type Answer struct {
	PromptTokens int // of all prompts together, each once
	Choices      []Choice
}

// Choice is one completion.
type Choice struct {
	Text    string // without the prompt
	Tokens  int    // drawn, also one that ended it
	LogProb float64
	Finish  string // stop or length
}

// How a choice ends.
const (
	FinishStop   = "stop"   // by the model itself, or at a stop text
	FinishLength = "length" // at max_tokens, or where the context was full
)

// Usage counts tokens.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

// Usage is what an answer took.
func (a Answer) Usage() Usage {
	u := Usage{PromptTokens: a.PromptTokens}
	for _, c := range a.Choices {
		u.CompletionTokens += c.Tokens
	}
	u.TotalTokens = u.PromptTokens + u.CompletionTokens
	return u
}

// Completion is the body of an answer, whole or a chunk of a stream. Choices are [ChatChoice], [ChatChunk] or
// [TextChoice].
type Completion struct {
	ID          string `json:"id"`
	Object      string `json:"object"`
	Created     int64  `json:"created"`
	Model       string `json:"model"`
	Fingerprint string `json:"system_fingerprint"`
	Choices     []any  `json:"choices"`
	Usage       *Usage `json:"usage,omitempty"`
}

// The kinds of objects.
const (
	ObjectChat  = "chat.completion"
	ObjectChunk = "chat.completion.chunk"
	ObjectText  = "text_completion"
	ObjectModel = "model"
	ObjectList  = "list"
)

// Reply is the turn that a model adds.
type Reply struct {
	Role    string  `json:"role"`
	Content string  `json:"content"`
	Refusal *string `json:"refusal"`
}

// ChatChoice is a choice of a conversation.
type ChatChoice struct {
	Index    int           `json:"index"`
	Message  Reply         `json:"message"`
	LogProbs *ChatLogProbs `json:"logprobs"`
	Finish   string        `json:"finish_reason"`
}

// ChatChunk is a piece of a choice of a conversation.
type ChatChunk struct {
	Index    int           `json:"index"`
	Delta    Delta         `json:"delta"`
	LogProbs *ChatLogProbs `json:"logprobs"`
	Finish   *string       `json:"finish_reason"`
}

// Delta is what is added.
type Delta struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
}

// TextChoice is a choice of a prompt, or a piece of one.
type TextChoice struct {
	Index    int           `json:"index"`
	Text     string        `json:"text"`
	LogProbs *TextLogProbs `json:"logprobs"`
	Finish   *string       `json:"finish_reason"`
}

// ChatLogProbs are the log-probabilities of a reply.
type ChatLogProbs struct {
	Content []ChatLogProb `json:"content"`
	Refusal []ChatLogProb `json:"refusal"` // null: models here have no refusals of their own
}

// ChatLogProb is a token of a reply.
type ChatLogProb struct {
	ChatTop
	Top []ChatTop `json:"top_logprobs"`
}

// ChatTop is a token that could have stood in a place.
type ChatTop struct {
	Token   string  `json:"token"`
	LogProb float64 `json:"logprob"`
	Bytes   []int   `json:"bytes"` // null for what is no whole character
}

// TextLogProbs are the log-probabilities of a completion, and of its prompt with echo.
type TextLogProbs struct {
	Tokens   []string             `json:"tokens"`
	LogProbs []*float64           `json:"token_logprobs"`
	Top      []map[string]float64 `json:"top_logprobs"`
	Offsets  []int                `json:"text_offset"`
}

// ChatLogProbsOf are log-probabilities in chat's form.
func ChatLogProbsOf(tokens []Token) *ChatLogProbs {
	out := &ChatLogProbs{Content: []ChatLogProb{}}
	for _, t := range tokens {
		one := ChatLogProb{chatTop(t.Text, *t.LogProb), []ChatTop{}}
		for _, top := range t.Top {
			one.Top = append(one.Top, chatTop(top.Text, top.LogProb))
		}
		out.Content = append(out.Content, one)
	}
	return out
}

func chatTop(text string, p float64) ChatTop {
	c := ChatTop{Token: text, LogProb: p}
	if !strings.ContainsRune(text, utf8.RuneError) {
		c.Bytes = []int{}
		for _, b := range []byte(text) {
			c.Bytes = append(c.Bytes, int(b))
		}
	}
	return c
}

// TextLogProbsOf are log-probabilities in the form of completions.
func TextLogProbsOf(tokens []Token) *TextLogProbs {
	out := &TextLogProbs{Tokens: []string{}, LogProbs: []*float64{}, Top: []map[string]float64{}, Offsets: []int{}}
	for _, t := range tokens {
		out.Tokens = append(out.Tokens, t.Text)
		out.LogProbs = append(out.LogProbs, t.LogProb)
		out.Offsets = append(out.Offsets, t.Offset)
		out.Top = append(out.Top, topOf(t))
	}
	return out
}

// topOf are the most probable by their text. Tokens that look alike alone, as parts of characters do, are one
// entry, with the probability of the likeliest.
func topOf(t Token) map[string]float64 {
	if t.LogProb == nil {
		return nil
	}
	all := map[string]float64{}
	for _, top := range t.Top {
		if p, is := all[top.Text]; !is || top.LogProb > p {
			all[top.Text] = top.LogProb
		}
	}
	return all
}

// Model is a model as clients list them.
type Model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
	Digest  string `json:"digest,omitempty"` // of the checkpoint that the name means now
}

// Models is the list of them.
type Models struct {
	Object string  `json:"object"`
	Data   []Model `json:"data"`
}
