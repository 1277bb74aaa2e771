package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"workbench/ui/web/openai"
)

// stream answers with an event for each piece of text as it comes. Whoever stops listening stops the work.
func (d *completing) stream(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var broken error
	began := make([]bool, d.r.Choices())
	answer, err := d.m.Complete(ctx, d.r, func(p openai.Piece) {
		if broken == nil && (p.Text != "" || len(p.Tokens) > 0) {
			broken = d.piece(p, !began[p.Choice])
			began[p.Choice] = true
		}
		if broken != nil {
			stop()
		}
	})
	if broken != nil {
		err = broken
	}
	if keeping := d.keep(answer, err); keeping != nil {
		err = keeping
	}
	if err != nil {
		return d.breakOff(err)
	}
	return d.finish(answer, began)
}

// piece sends what came of a choice; the first of a chat says who speaks.
func (d *completing) piece(p openai.Piece, first bool) error {
	out := d.body()
	if d.r.Chat {
		delta := openai.Delta{Content: &p.Text}
		if first {
			delta.Role = "assistant"
		}
		out.Choices = append(out.Choices, openai.ChatChunk{Index: p.Choice, Delta: delta, LogProbs: d.chatLogProbs(p.Tokens)})
	} else {
		out.Choices = append(out.Choices, openai.TextChoice{Index: p.Choice, Text: p.Text, LogProbs: d.textLogProbs(p.Tokens)})
	}
	return d.event(out)
}

// finish says how each choice ended, and what it took.
func (d *completing) finish(answer openai.Answer, began []bool) error {
	for i, choice := range answer.Choices {
		out := d.body()
		if d.r.Chat {
			delta := openai.Delta{}
			if !began[i] {
				delta.Role = "assistant"
			}
			out.Choices = append(out.Choices, openai.ChatChunk{Index: i, Delta: delta, Finish: &choice.Finish})
		} else {
			out.Choices = append(out.Choices, openai.TextChoice{Index: i, Finish: &choice.Finish})
		}
		if err := d.event(out); err != nil {
			return err
		}
	}
	if d.r.StreamUsage {
		out, usage := d.body(), answer.Usage()
		out.Usage = &usage
		if err := d.event(out); err != nil {
			return err
		}
	}
	return d.send([]byte("data: [DONE]\n\n"))
}

// breakOff says what went wrong where the response has begun; before, whoever answers requests says it.
func (d *completing) breakOff(err error) error {
	if !d.c.begun || gone(err) {
		return err
	}
	f, known := failureOf(err)
	if !known {
		d.c.s.o.Log.Error("completion", "id", d.id, "error", err)
	}
	return d.event(openai.Failed{Error: errorOf(f, err)})
}

// event sends one event of the stream, at once.
func (d *completing) event(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode an event: %w", err)
	}
	return d.send(append(append([]byte("data: "), text...), "\n\n"...))
}

func (d *completing) send(text []byte) error {
	if !d.c.begun {
		d.c.begin("text/event-stream")
		d.c.w.Header().Set("X-Accel-Buffering", "no") // proxies hand on each event
	}
	if err := d.c.write(text); err != nil {
		return err
	}
	if err := http.NewResponseController(d.c.w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}
