package openai

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Request asks for a completion: of a conversation, or of prompts.
type Request struct {
	Chat     bool
	Model    string // empty: the default
	Messages []Message
	Prompts  []Prompt
	N        int // choices of each prompt

	Temperature, TopP, MinP float64
	TopK                    int
	MaxTokens               int // of each choice; -1: as many as there is room for
	Stop                    []string
	Seed                    *int64 // nil: the server draws one
	LogProbs                int    // how many of the most probable tokens beside each; -1: no log-probabilities
	Echo                    bool   // the prompt stands before each completion

	Stream, StreamUsage bool
	Store               bool // keep it, so that feedback can cite it
	User                string
	Metadata            map[string]string
}

// Message is one turn of a conversation.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Prompt is a text, or tokens by their ids.
type Prompt struct {
	Text   string
	Tokens []int // nil: it is a text
}

// MarshalJSON gives the prompt as it came.
func (p Prompt) MarshalJSON() ([]byte, error) {
	if p.Tokens != nil {
		return json.Marshal(p.Tokens)
	}
	return json.Marshal(p.Text)
}

// Choices is how many completions are asked for.
func (r *Request) Choices() int {
	if r.Chat {
		return r.N
	}
	return r.N * len(r.Prompts)
}

// PromptOf is the number of the prompt that a choice completes.
func (r *Request) PromptOf(choice int) int { return choice / r.N }

// Bounds of one request.
const (
	maxChoices  = 128
	maxMessages = 2048
	maxStops    = 4
	maxStop     = 256 // bytes of a stop text
	maxTopChat  = 20
	maxTopText  = 20
	maxUser     = 512 // bytes
	maxMetadata = 16
)

// legacyTokens is how long a completion of a prompt is where the request does not say: OpenAI's default.
const legacyTokens = 16

// ParseChat reads the body of a request for a chat completion. Errors are *[Error].
func ParseChat(body []byte) (*Request, error) {
	r := &Request{Chat: true, MaxTokens: -1}
	if err := r.parse(body, chatFields); err != nil {
		return nil, err
	}
	return r, nil
}

// ParseText reads the body of a request for a completion of prompts. Errors are *[Error].
func ParseText(body []byte) (*Request, error) {
	r := &Request{MaxTokens: legacyTokens}
	if err := r.parse(body, textFields); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Request) parse(body []byte, fields map[string]field) error {
	r.N, r.Temperature, r.TopP, r.LogProbs, r.Store = 1, 1, 1, -1, true
	said := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &said); err != nil {
		return Refuse("", "The body is not a JSON object: %v.", err)
	}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		read, known := fields[name]
		if !known {
			return Refuse(name, "%s", unknown(name, fields)).With(UnknownName)
		}
		if isNull(said[name]) {
			continue // as if it was not there
		}
		if err := read(r, name, said[name]); err != nil {
			return err
		}
	}
	return r.check(said)
}

// unknown says that there is no such field, and which one may be meant.
func unknown(name string, fields map[string]field) string {
	bare := func(s string) string { return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s)) }
	for _, have := range slices.Sorted(maps.Keys(fields)) {
		if bare(have) == bare(name) {
			return "There is no parameter " + clip(name) + " here; it is called " + have + "."
		}
	}
	return "There is no parameter " + clip(name) + " here. docs/api.md lists those that there are."
}

// clip keeps an error short whatever it quotes.
func clip(text string) string {
	const most = 60
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// check holds the fields against each other.
func (r *Request) check(said map[string]json.RawMessage) error {
	given := func(name string) bool { return len(said[name]) > 0 && !isNull(said[name]) }
	switch {
	case r.Chat && !given("messages"):
		return Refuse("messages", "A chat completion needs messages.")
	case !r.Chat && !given("prompt"):
		return Refuse("prompt", "A completion needs a prompt.")
	case r.Choices() > maxChoices:
		return Refuse("n", "The request asks for %d choices; at most %d are possible at once.", r.Choices(), maxChoices)
	case given("max_tokens") && given("max_completion_tokens"):
		return Refuse("max_tokens", "max_tokens and max_completion_tokens are two names of one limit; give one of them.")
	case r.MaxTokens == 0 && !r.Echo:
		return Refuse("max_tokens", "max_tokens is 0, which only makes sense with echo: then the prompt's log-probabilities come back.")
	case given("top_logprobs") && r.LogProbs < 0:
		return Refuse("top_logprobs", "top_logprobs needs logprobs: true.")
	case given("stream_options") && !r.Stream:
		return Refuse("stream_options", "stream_options are for stream: true.")
	}
	if err := r.checkBestOf(said["best_of"]); err != nil {
		return err
	}
	r.fillLogProbs(said)
	return nil
}

// checkBestOf takes best_of where it changes nothing.
func (r *Request) checkBestOf(raw json.RawMessage) error {
	var best int
	if len(raw) == 0 || isNull(raw) {
		return nil
	}
	if err := json.Unmarshal(raw, &best); err != nil || best != r.N {
		return Refuse("best_of", "best_of is not supported unless it equals n: take n choices, and choose by their logprobs.").With(UnsupportedName)
	}
	return nil
}

// fillLogProbs makes one number of chat's two fields.
func (r *Request) fillLogProbs(said map[string]json.RawMessage) {
	if r.Chat && r.LogProbs >= 0 {
		var top int
		if err := json.Unmarshal(said["top_logprobs"], &top); err == nil {
			r.LogProbs = top // its bounds were checked when it was read
		}
	}
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// errKind says that a value is of another kind than it must be; readers name the field.
var errKind = errors.New("another kind of value")
