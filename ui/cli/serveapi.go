package cli

import (
	"context"
	"errors"
	"slices"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/ui/web"
	"workbench/ui/web/openai"
)

// serverCompleters are the models that the API serves.
type serverCompleters struct{ serverModels }

// Completers are the language models by name, the carried one first, as it is and with rounded weights.
func (s serverCompleters) Completers() ([]web.ModelRow, error) {
	all, err := s.Models()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(m web.ModelRow) bool {
		return m.Note != "" || !writes(m.Kind)
	})
	if i := slices.IndexFunc(all, func(m web.ModelRow) bool { return m.Name == embeddedName }); i >= 0 {
		first := all[i]
		all = slices.Insert(slices.Delete(all, i, i+1), 0, first)
		for _, precision := range []string{"int4", "int8"} {
			rounded := first
			rounded.Name += ":" + precision
			all = slices.Insert(all, 1, rounded)
		}
	}
	return all, nil
}

// Open finds a model by a name that the server knows; paths are none.
func (s serverCompleters) Open(ctx context.Context, name string, asPerson bool) (web.Completer, error) {
	c, err := s.open(ctx, name, asPerson)
	if errors.Is(err, runs.ErrTooBig) {
		return nil, web.Fail(web.Busy, "There is no memory left for it: %s", err).Then("Try again when others are done, or ask a smaller model.")
	}
	if err != nil {
		return nil, invalid(err)
	}
	return c, nil
}

func (s serverCompleters) open(ctx context.Context, name string, asPerson bool) (web.Completer, error) {
	look := s.engine.fork("names of the API")
	look.namesOnly = true
	bare, _, err := precisionOf(name, "")
	if err != nil {
		return nil, err
	}
	at, err := look.find(ctx, bare)
	if err != nil {
		return nil, err
	}
	if at.name == rewardName || at.record != nil && !writes(string(at.record.Kind)) {
		return nil, notWriting(at.name)
	}
	c := &completer{class: runs.ForAPI}
	if asPerson {
		c.class = runs.ForPerson
	}
	ctx = runs.Named(ctx, "the API")
	if c.ready, c.release, err = s.pool.use(ctx, name); err != nil {
		return nil, err
	}
	c.name = c.place.name
	if c.precision != 0 {
		c.name += ":" + c.precision.String()
	}
	if err := c.check(); err != nil {
		c.release()
		return nil, err
	}
	if c.sampler, err = c.sampling(ctx, c.class); err != nil {
		c.release()
		return nil, err
	}
	return c, nil
}

// writes says whether models of a kind write texts.
func writes(kind string) bool {
	return kind != string(storage.RewardModel) && kind != string(storage.ValueModel)
}

func notWriting(name string) error {
	return fail(badInput, "model %s is a reward model: it scores texts and writes none", name).
		next("complete with a language model; scripts and workbench score use reward models")
}

// check refuses what is no language model.
func (c *completer) check() error {
	switch {
	case c.model.Head != nil:
		return notWriting(c.name)
	case c.model.Tokenizer == nil:
		return fail(badInput, "model %s has no tokenizer", c.name).next("export it with tokenizer.json, and import it again")
	}
	return nil
}

// Name is the model as it is called.
func (c *completer) Name() string { return c.name }

// Checkpoint is what the name meant when the request came.
func (c *completer) Checkpoint() (digest, precision string) { return c.digest(), c.precision.String() }

// Close lets the model go.
func (c *completer) Close() { c.release() }

// Complete samples, after it has read the prompt's log-probabilities where those are asked for.
func (c *completer) Complete(ctx context.Context, r *openai.Request, hear func(openai.Piece)) (openai.Answer, error) {
	ctx = runs.Named(withClass(ctx, c.class), "the API")
	prompts, err := c.prompts(r)
	if err != nil {
		return openai.Answer{}, err
	}
	w := c.writing(r, prompts, hear)
	if r.Echo {
		if err := w.echo(ctx); err != nil {
			return openai.Answer{}, err
		}
	}
	if r.MaxTokens == 0 {
		return w.answer(nil), nil
	}
	samples, err := c.sampler.Generate(ctx, w.requests(), w.sampling(), w.token)
	if err != nil && !errors.Is(err, context.Canceled) {
		err = openai.Refuse("", "%s", err)
	}
	return w.answer(samples), err
}
