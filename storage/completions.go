package storage

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// Completion is what a model said to a client of the API, and everything that it came from.
type Completion struct {
	ID     string `json:"id"`     // a ULID
	Object string `json:"object"` // what was asked for: [ChatCompletion] or [TextCompletion]
	Model  string `json:"model"`  // as it was named
	// Digest and Precision are the checkpoint that the name meant and how its weights were held.
	Digest    string `json:"digest"`
	Precision string `json:"precision"`

	// Prompts are what was completed: the messages of a chat as one list, or each text or list of token ids.
	Prompts []json.RawMessage  `json:"prompts"`
	Params  json.RawMessage    `json:"params"` // of the sampling, with what was left to defaults
	Seed    int64              `json:"seed"`
	Choices []CompletionChoice `json:"choices"` // those of the first prompt first
	Tokens  int                `json:"tokens"`  // of the prompts
	// Cut says that the client went away, or the server, before all was said.
	Cut bool `json:"cut,omitempty"`

	Person   string            `json:"person"`         // whose credential it was asked with
	Key      string            `json:"key"`            // id of that credential
	User     string            `json:"user,omitempty"` // whom the client names
	Metadata map[string]string `json:"metadata,omitempty"`
	Time     time.Time         `json:"time"`
	Seconds  float64           `json:"seconds"`
}

// The kinds of completion.
const (
	ChatCompletion = "chat"
	TextCompletion = "text"
)

// completionNames are what the names that clients have for completions of a kind begin with.
var completionNames = map[string]string{ChatCompletion: "chatcmpl-", TextCompletion: "cmpl-"}

// CompletionName is how clients name the completion of a kind with an id.
func CompletionName(object, id string) string { return completionNames[object] + id }

// CompletionNamed is the id of a completion from its name; choice is what stands after a #, which names one of
// several. named says whether it is such a name and no plain id.
func CompletionNamed(name string) (id, choice string, named bool) {
	id, choice, _ = strings.Cut(name, "#")
	for _, begin := range completionNames {
		if rest, is := strings.CutPrefix(id, begin); is {
			return rest, choice, true
		}
	}
	return id, choice, false
}

// CompletionChoice is one of the texts.
type CompletionChoice struct {
	Text    string  `json:"text"`
	Tokens  int     `json:"tokens"`
	LogProb float64 `json:"logprob"` // of all tokens together, in nats, at the temperature
	Finish  string  `json:"finish"`
}

// PutCompletion keeps a completion.
func (b *Batch) PutCompletion(c Completion) {
	b.putUnder(c.ID, completionKey(c.ID), c)
	for _, of := range c.From() {
		b.Cite(of, Node{CompletionNode, c.ID})
	}
}

// From is what a completion came from: the model and the person who asked for it.
func (c Completion) From() (of []Node) {
	if c.Digest != "" {
		of = append(of, Node{ModelNode, c.Digest})
	}
	if c.Person != "" {
		of = append(of, Node{PersonNode, c.Person})
	}
	return of
}

// Completion reads one; a miss wraps fs.ErrNotExist.
func (s *Store) Completion(id string) (c Completion, err error) {
	if err := checkID(id); err != nil {
		return c, fmt.Errorf("completion %.40q: %w", id, fs.ErrNotExist)
	}
	err = s.read(completionKey(id), &c, "completion %s", id)
	return c, err
}

// EachCompletion calls each for the completions from an id on (empty: the first), in the order in which they
// were asked for, until it errs.
func (s *Store) EachCompletion(from string, do func(Completion) error) error {
	var start []byte
	if from != "" {
		start = completionKey(from)
	}
	return each(s, []byte(completionsPrefix), start, do)
}

// Given is the receipt of feedback: the same feedback again finds it, and becomes no second row.
type Given struct {
	Dataset string `json:"dataset"`
	Row     string `json:"row"`
	Content string `json:"content"` // SHA-256 in hex of what was said
}

// PutGiven keeps the receipt under the SHA-256 of what makes the feedback the same.
func (b *Batch) PutGiven(same string, g Given) { b.putUnder(same, givenKey(same), g) }

// Given reads a receipt; a miss wraps fs.ErrNotExist.
func (s *Store) Given(same string) (g Given, err error) {
	err = s.read(givenKey(same), &g, "feedback %s", same)
	return g, err
}
