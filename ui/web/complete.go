package web

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
	"workbench/ui/web/openai"
)

func (s *Server) postChat(c *call) error { return s.complete(c, openai.ParseChat) }

func (s *Server) postText(c *call) error { return s.complete(c, openai.ParseText) }

// completing is one request on its way to its answer.
type completing struct {
	c     *call
	r     *openai.Request
	m     Completer
	id    string // a ULID
	began time.Time
}

// complete answers a request for a completion, and keeps what was said before its end is told.
func (s *Server) complete(c *call, parse func([]byte) (*openai.Request, error)) error {
	leave, err := s.gate.enter(c.who.credential.ID)
	if err != nil {
		return err
	}
	defer leave()
	body, err := c.body()
	if err != nil {
		return err
	}
	r, err := parse(body)
	if err != nil {
		return err
	}
	if s.o.Completers == nil {
		return noSuchPart("models")
	}
	if err := draw(r); err != nil {
		return err
	}
	ctx := c.r.Context()
	m, err := s.o.Completers.Open(ctx, r.Model, c.who.cookie)
	if err != nil {
		if f, _ := failureOf(err); f.Code == NotFound || f.Code == Invalid {
			return noModel(f)
		}
		return err
	}
	defer m.Close()
	began := s.o.Now()
	id, err := ulid.New(ulid.Timestamp(began), rand.Reader)
	if err != nil {
		return fmt.Errorf("draw an id: %w", err)
	}
	return (&completing{c: c, r: r, m: m, id: id.String(), began: began}).answer(ctx)
}

// draw gives a request that names no seed one of its own; it is kept, so that the text can be made again.
func draw(r *openai.Request) error {
	if r.Seed != nil {
		return nil
	}
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return fmt.Errorf("draw a seed: %w", err)
	}
	v := int64(binary.LittleEndian.Uint64(b[:]) >> 1) // not negative, as people expect of seeds
	r.Seed = &v
	return nil
}

func (d *completing) answer(ctx context.Context) error {
	if d.r.Stream {
		return d.stream(ctx)
	}
	parts := make([]whole, d.r.Choices())
	answer, err := d.m.Complete(ctx, d.r, func(p openai.Piece) { parts[p.Choice].add(p) })
	if err := d.keep(answer, err); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	out := d.body()
	for i, choice := range answer.Choices {
		out.Choices = append(out.Choices, d.choice(i, parts[i], choice.Finish))
	}
	usage := answer.Usage()
	out.Usage = &usage
	return d.c.send(http.StatusOK, out)
}

// whole is a choice as it adds up.
type whole struct {
	text   []byte
	tokens []openai.Token
}

func (w *whole) add(p openai.Piece) {
	w.text = append(w.text, p.Text...)
	w.tokens = append(w.tokens, p.Tokens...)
}

// body is what every answer begins with.
func (d *completing) body() openai.Completion {
	digest, precision := d.m.Checkpoint()
	object := openai.ObjectText
	switch {
	case d.r.Chat && d.r.Stream:
		object = openai.ObjectChunk
	case d.r.Chat:
		object = openai.ObjectChat
	}
	return openai.Completion{
		ID: storage.CompletionName(d.kind(), d.id), Object: object, Created: d.began.Unix(), Model: d.m.Name(),
		Fingerprint: digest + ":" + precision, Choices: []any{},
	}
}

// kind is what was asked for, as it is kept.
func (d *completing) kind() string {
	if d.r.Chat {
		return storage.ChatCompletion
	}
	return storage.TextCompletion
}

// choice is a choice as a whole.
func (d *completing) choice(i int, w whole, finish string) any {
	if !d.r.Chat {
		return openai.TextChoice{Index: i, Text: string(w.text), LogProbs: d.textLogProbs(w.tokens), Finish: &finish}
	}
	return openai.ChatChoice{
		Index: i, Message: openai.Reply{Role: "assistant", Content: string(w.text)},
		LogProbs: d.chatLogProbs(w.tokens), Finish: finish,
	}
}

func (d *completing) textLogProbs(tokens []openai.Token) *openai.TextLogProbs {
	if d.r.LogProbs < 0 {
		return nil
	}
	return openai.TextLogProbsOf(tokens)
}

func (d *completing) chatLogProbs(tokens []openai.Token) *openai.ChatLogProbs {
	if d.r.LogProbs < 0 {
		return nil
	}
	return openai.ChatLogProbsOf(tokens)
}

// gone says whether an error only means that nobody waits any more.
func gone(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, errGone)
}
