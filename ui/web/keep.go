package web

import (
	"encoding/json"
	"fmt"

	"workbench/storage"
	"workbench/ui/web/openai"
)

// params are what of a request decided how tokens were drawn, as they are kept.
type params struct {
	N           int      `json:"n"`
	Temperature float64  `json:"temperature"`
	TopP        float64  `json:"top_p"`
	TopK        int      `json:"top_k,omitempty"`
	MinP        float64  `json:"min_p,omitempty"`
	MaxTokens   *int     `json:"max_tokens"` // null: as many as there was room for
	Stop        []string `json:"stop,omitempty"`
	Echo        bool     `json:"echo,omitempty"`
}

// keep makes a completion durable, unless its request says not to or nothing was said. ended is how
// completing went: what a client did not wait for is kept as far as it came, what failed is not.
func (d *completing) keep(answer openai.Answer, ended error) error {
	if !d.r.Store || answer.Usage().CompletionTokens == 0 || ended != nil && !gone(ended) {
		return nil
	}
	record, err := d.record(answer)
	if err != nil {
		return err
	}
	record.Cut = ended != nil
	b := &storage.Batch{}
	b.PutCompletion(record)
	if err := d.c.s.o.Store.Commit(b); err != nil {
		return fmt.Errorf("keep a completion: %w", err)
	}
	return nil
}

// record is everything that a completion came from.
func (d *completing) record(answer openai.Answer) (storage.Completion, error) {
	s, r := d.c.s, d.r
	digest, precision := d.m.Checkpoint()
	record := storage.Completion{
		ID: d.id, Object: d.kind(), Model: d.m.Name(), Digest: digest, Precision: precision,
		Seed: *r.Seed, Tokens: answer.PromptTokens,
		Person: d.c.who.ID, Key: d.c.who.credential.ID, User: r.User, Metadata: r.Metadata,
		Time: d.began.UTC(), Seconds: s.o.Now().Sub(d.began).Seconds(),
	}
	var inputs []any
	if r.Chat {
		inputs = []any{r.Messages}
	}
	for _, p := range r.Prompts {
		inputs = append(inputs, p)
	}
	p := params{N: r.N, Temperature: r.Temperature, TopP: r.TopP, TopK: r.TopK, MinP: r.MinP, Stop: r.Stop, Echo: r.Echo}
	if r.MaxTokens >= 0 {
		p.MaxTokens = &r.MaxTokens
	}
	var err error
	if record.Params, err = json.Marshal(p); err != nil {
		return record, fmt.Errorf("keep the parameters of a completion: %w", err)
	}
	for _, in := range inputs {
		text, err := json.Marshal(in)
		if err != nil {
			return record, fmt.Errorf("keep the prompt of a completion: %w", err)
		}
		record.Prompts = append(record.Prompts, text)
	}
	for _, c := range answer.Choices {
		record.Choices = append(record.Choices, storage.CompletionChoice(c))
	}
	return record, nil
}
