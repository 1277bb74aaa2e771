package cli

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"

	"workbench/engine/generate"
	"workbench/engine/runs"
	"workbench/models/tokenizer"
	"workbench/storage"
	"workbench/tasks/script"
	"workbench/ui/web"
)

// serverModels are the models as the page shows them.
type serverModels struct {
	engine *engine
	pool   *pool
	book   *runs.Book
}

// Models are what the binary carries, then what the data folder knows.
func (s serverModels) Models() ([]web.ModelRow, error) {
	var all []web.ModelRow
	for _, l := range carriedModels() {
		all = append(all, web.ModelRow{Name: l.Name, Kind: l.Kind, Base: l.Base, Digest: l.Digest, Bytes: l.Bytes, Carried: true, Note: l.Missing})
	}
	records, err := s.engine.store.Models()
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		row := modelRow(r)
		if row.Bytes, err = diskBytes(s.engine.inFolder(r.Path)); err != nil {
			row.Note = "its files are gone"
		}
		if i := slices.IndexFunc(all, func(m web.ModelRow) bool { return m.Name == r.Name }); i >= 0 {
			all[i] = row // a name of the data folder hides the carried one
		} else {
			all = append(all, row)
		}
	}
	return all, nil
}

func modelRow(r storage.Model) web.ModelRow {
	return web.ModelRow{Name: r.Name, Kind: string(r.Kind), Base: r.Base, FromRun: r.FromRun, Digest: r.Digest, Version: r.Version, Created: r.Created, Path: r.Path}
}

// Model is a model with its versions, the run that made it and what has used it. A name that is not
// there is an error for which errors.Is(err, fs.ErrNotExist).
func (s serverModels) Model(name string) (web.ModelDetail, error) {
	all, err := s.Models()
	if err != nil {
		return web.ModelDetail{}, err
	}
	i := slices.IndexFunc(all, func(m web.ModelRow) bool { return m.Name == name })
	if i < 0 {
		return web.ModelDetail{}, invalid(s.engine.unknownModel(name))
	}
	d := web.ModelDetail{ModelRow: all[i]}
	history, err := s.engine.store.ModelHistory(name)
	if err != nil {
		return d, err
	}
	for _, r := range slices.Backward(history) {
		d.Versions = append(d.Versions, modelRow(r))
	}
	if d.FromRun != "" {
		run, err := s.book.Run(d.FromRun)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return d, err
		default:
			made := runSummary(run, nil)
			reads, err := s.book.Reads(run.ID)
			if err != nil {
				return d, err
			}
			d.Run, d.Inputs = &made, web.CitedIn(run, reads)
		}
	}
	d.Used, err = s.usedBy(d)
	return d, err
}

// usedBy finds the runs that read any version of a model.
func (s serverModels) usedBy(d web.ModelDetail) ([]web.RunRef, error) {
	digests := map[string]bool{d.Digest: true}
	for _, v := range d.Versions {
		digests[v.Digest] = true
	}
	delete(digests, "")
	all, err := s.book.Runs("", 0)
	var used []web.RunRef
	for _, run := range all {
		if slices.ContainsFunc(run.Inputs, func(in runs.Digest) bool {
			// What the binary carries is listed with the digest of its file, and runs cite its weights.
			return digests[in.SHA256] || d.Carried && in.Kind == "model" && in.Name == d.Name
		}) {
			used = append(used, web.RunRef{Kind: "run", ID: run.ID, Name: runName(run)})
		}
	}
	return used, err
}

// trySamples and tryTokens bound what one person may ask a model for at a time.
const (
	trySamples = 8
	tryTokens  = 1024
)

// Try samples from a language model, or scores with a reward model; say hears the parts as they come.
func (s serverModels) Try(ctx context.Context, name string, t web.Try, say func(web.TryPart) error) error {
	return invalid(s.try(ctx, name, t, say))
}

func (s serverModels) try(ctx context.Context, name string, t web.Try, say func(web.TryPart) error) error {
	ctx = runs.Named(ctx, "somebody who tries "+name)
	turns := script.Turns(t.Prompt)
	if t.System != "" {
		turns = append([]tokenizer.Message{{Role: "system", Content: t.System}}, turns...)
	}
	if t.Response != "" {
		scores, _, err := s.pool.score(ctx, runs.ForPerson, name, turns, t.Response)
		if err != nil {
			return err
		}
		part := web.TryPart{End: "scored"}
		for _, x := range scores {
			part.Score = append(part.Score, float64(x))
		}
		return say(part)
	}
	switch {
	case t.Prompt == "":
		return fail(badInput, "the prompt is empty").next("write something for the model to go on from")
	case t.N < 0 || t.N > trySamples:
		return fail(badInput, "%d samples are asked for, and 1 to %d are possible here", t.N, trySamples)
	case t.MaxTokens < 0 || t.MaxTokens > tryTokens:
		return fail(badInput, "%d tokens are asked for, and 1 to %d are possible here", t.MaxTokens, tryTokens)
	case t.Temperature < 0 || t.Temperature > 10:
		return fail(badInput, "the temperature is %g, and must be from 0 to 10", t.Temperature)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var broken error
	var once sync.Once
	q := request{model: name, turns: turns, n: t.N, sampling: generate.Sampling{
		Temperature: t.Temperature, MaxTokens: t.MaxTokens, Seed: uint64(t.Seed),
	}}
	if q.sampling.MaxTokens == 0 {
		q.sampling.MaxTokens = 200
	}
	got, err := s.pool.generate(ctx, runs.ForPerson, q, func(i int, text string) {
		if err := say(web.TryPart{Sample: i, Text: text}); err != nil {
			once.Do(func() { broken = err; stop() })
		}
	})
	if broken != nil {
		return broken
	}
	if err != nil {
		return err
	}
	for i, sample := range got.all {
		if err := say(web.TryPart{Sample: i, End: string(sample.End)}); err != nil {
			return err
		}
	}
	return nil
}
