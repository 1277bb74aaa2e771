package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"workbench/embed"
	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/models/checkpoint"
	"workbench/storage"
)

// Names that mean what the binary carries, the prefix of names that mean what a run left, and the one that
// means the carried model where the data folder has another of its name.
const (
	embeddedName  = "embedded"
	rewardName    = "reward"
	runPrefix     = "run:"
	carriedPrefix = "carried:"
)

// adapterFile is in every adapter folder, and in no other.
const adapterFile = "adapter_model.safetensors"

// place is where a model's files are.
type place struct {
	name   string // as it is shown
	path   string // a GGUF file, a Hugging Face folder or an adapter folder
	base   string // name of the model below an adapter, where a record says it
	record *storage.Model
	// history is what the name has meant, where a server told it.
	history []storage.Model
}

// adapter says whether the place holds an adapter, which needs its base.
func (p place) adapter() bool {
	_, err := os.Stat(filepath.Join(p.path, adapterFile))
	return err == nil
}

// find turns a model's name into a place: embedded (or nothing), reward, a registered name, what a
// run left (run:ID or run:ID/NAME), what the binary carries whatever else is called so
// (carried:reward), or a path.
func (e *engine) find(ctx context.Context, name string) (place, error) {
	switch {
	case name == "" || name == embeddedName || name == carriedPrefix+embeddedName:
		file, err := e.app.embeddedModel(ctx)
		return place{name: embeddedName, path: file}, err
	case name == rewardName:
		return e.findReward(ctx)
	case name == carriedPrefix+rewardName:
		return e.carriedReward(ctx)
	case strings.HasPrefix(name, runPrefix):
		return e.findRun(strings.TrimPrefix(name, runPrefix))
	}
	missing := fs.ErrNotExist
	if !e.namesOnly {
		_, missing = os.Stat(name)
	}
	if missing == nil && (strings.ContainsRune(name, '/') || strings.HasSuffix(name, ".gguf")) {
		return place{name: name, path: name}, nil // no registered name looks so, and the data folder may be in use
	}
	found, ok, err := e.findRegistered(name)
	if err != nil || ok {
		return found, err
	}
	if missing == nil {
		return place{name: name, path: name}, nil
	}
	return place{}, e.unknownModel(name)
}

// findReward is the reward model called so in the data folder if there is one, else the carried one.
func (e *engine) findReward(ctx context.Context) (place, error) {
	found, ok, err := e.findRegistered(rewardName)
	if err != nil || ok {
		return found, err
	}
	return e.carriedReward(ctx)
}

// carriedReward is the reward model that the binary carries.
func (e *engine) carriedReward(ctx context.Context) (place, error) {
	dir, err := e.app.embeddedReward(ctx)
	if errors.Is(err, embed.ErrNotCarried) {
		return place{}, fail(missingPart, "this binary carries no reward model").
			next("train one (workbench run reward -p …) and name it with --model; workbench model list shows what there is")
	}
	return place{name: rewardName, path: dir, base: embeddedName}, err
}

func (e *engine) findRegistered(name string) (place, bool, error) {
	store, err := e.reading()
	if errors.Is(err, storage.ErrLocked) {
		return e.findServed(name, err)
	}
	if err != nil || store == nil {
		return place{}, false, err
	}
	record, err := store.Model(name)
	if errors.Is(err, fs.ErrNotExist) {
		return place{}, false, nil
	}
	if err != nil {
		return place{}, false, err
	}
	return e.placeOf(record), true, nil
}

func (e *engine) placeOf(record storage.Model) place {
	return place{name: record.Name, path: e.inFolder(record.Path), base: record.Base, record: &record}
}

// findRun is a model that a run kept: the one called so, or the last.
func (e *engine) findRun(reference string) (place, error) {
	reference, name, _ := strings.Cut(reference, "/")
	book, run, err := e.findRecord(reference)
	if err != nil {
		return place{}, err
	}
	kept, err := book.Checkpoints(run.ID)
	if err != nil {
		return place{}, err
	}
	var names []string
	found := ""
	for _, c := range kept {
		if path.Base(path.Dir(c.Path)) != "models" {
			continue // what the run needs to go on, not a model
		}
		names = append(names, path.Base(c.Path))
		if name == "" || path.Base(c.Path) == name {
			found = c.Path
		}
	}
	if found == "" {
		return place{}, fail(notFound, "run %s kept no model %s", run.ID, name).
			next("it kept: %s", orNothing(strings.Join(names, ", ")))
	}
	at := place{name: runPrefix + run.ID + "/" + path.Base(found), path: e.inFolder(found)}
	at.record, err = recordOf(e.store, found)
	if at.record != nil {
		at.base = at.record.Base
	}
	return at, err
}

// recordOf is the record of the model at a path of the data folder, whatever it is called; nil for none.
func recordOf(store *storage.Store, path string) (*storage.Model, error) {
	current, err := store.Models()
	if err != nil {
		return nil, err
	}
	for _, m := range current {
		history, err := store.ModelHistory(m.Name)
		if err != nil {
			return nil, err
		}
		for _, record := range history {
			if record.Path == path {
				return &record, nil
			}
		}
	}
	return nil, nil
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

func (e *engine) unknownModel(name string) error {
	known := []string{embeddedName, rewardName}
	if store, err := e.reading(); err == nil && store != nil {
		records, err := store.Models()
		if err != nil {
			return err
		}
		for _, record := range records {
			known = append(known, record.Name)
		}
	}
	err := fail(notFound, "no model is called %q, and no file or folder has that path", name)
	if e.namesOnly {
		err = fail(notFound, "no model is called %q", name)
	}
	if near := nearest(name, known); near != "" {
		return err.next("did you mean %q? workbench model list shows all", near)
	}
	if e.namesOnly {
		return err.next("known are %s", strings.Join(known, ", "))
	}
	return err.next("known are %s; a path to a .gguf file or a Hugging Face folder works too", strings.Join(known, ", "))
}

// Open reads a model into memory that belongs to the caller, who closes it; the base of an adapter
// belongs to the engine. Its bytes are declared before they are taken.
func (e *engine) Open(ctx context.Context, name string) (*weights.Model, error) {
	at, err := e.find(ctx, name)
	if err != nil {
		return nil, err
	}
	m, err := e.openPlace(ctx, at)
	if err != nil {
		return nil, explainModel(at, err)
	}
	return m, nil
}

func (e *engine) openPlace(ctx context.Context, at place) (*weights.Model, error) {
	if !at.adapter() {
		return e.openBase(ctx, at)
	}
	base, err := e.below(ctx, at)
	if err != nil {
		return nil, err
	}
	m, err := base.LoadAdapter(at.path)
	if err != nil {
		return nil, err
	}
	m.Name = at.name
	return m, nil
}

// openBase reads all weights of a checkpoint.
func (e *engine) openBase(ctx context.Context, at place) (*weights.Model, error) {
	size, err := weightBytes(at.path)
	if err != nil {
		return nil, err
	}
	if err := e.reserve(ctx, "weights of "+at.name, size); err != nil {
		return nil, err
	}
	m, err := weights.Open(at.path)
	if err != nil {
		return nil, err
	}
	m.Name = at.name
	return m, nil
}

// weightBytes is the memory that a checkpoint's weights take as float32.
func weightBytes(path string) (size int64, err error) {
	c, err := checkpoint.Open(path)
	if err != nil {
		return 0, err
	}
	for _, t := range c.Tensors() {
		size += 4 * int64(t.Elements())
	}
	return size, c.Close()
}

// below is the base of an adapter: shared by all adapters on it, and never trained.
func (e *engine) below(ctx context.Context, at place) (*weights.Model, error) {
	under, err := e.findBase(ctx, at)
	if err != nil {
		return nil, err
	}
	if have, ok := e.bases[under.path]; ok {
		return have, nil
	}
	m, err := e.openBase(ctx, under)
	if err != nil {
		return nil, fmt.Errorf("base %s: %w", under.name, err)
	}
	e.bases[under.path] = m
	return m, nil
}

// findBase finds the model that an adapter was made for. Names move, so the digest that the adapter
// carries counts more than the name that its record gives.
func (e *engine) findBase(ctx context.Context, at place) (place, error) {
	name := cmp.Or(at.base, embeddedName)
	digest, err := baseDigest(at.path)
	if err != nil {
		return place{}, err
	}
	if e.store != nil && name != embeddedName {
		history, err := e.store.ModelHistory(name)
		if err != nil {
			return place{}, err
		}
		for _, record := range history {
			if record.Digest == digest {
				return e.placeOf(record), nil
			}
		}
	}
	return e.bottom(ctx, name)
}

// mostBelow is how many adapters may have gone on from each other.
const mostBelow = 100

// bottom finds the model that a name means, or the one below it where that is an adapter: what goes on from
// an adapter has it whole, and lies on the same base.
func (e *engine) bottom(ctx context.Context, name string) (at place, err error) {
	for range mostBelow {
		if at, err = e.find(ctx, name); err != nil || !at.adapter() {
			return at, err
		}
		name = cmp.Or(at.base, embeddedName)
	}
	return place{}, fmt.Errorf("model %s lies on itself: %w", name, checkpoint.ErrDamaged)
}

// baseDigest is the digest of the weights that an adapter was trained on.
func baseDigest(dir string) (string, error) {
	f, err := checkpoint.ReadSafetensors(filepath.Join(dir, adapterFile))
	if err != nil {
		return "", err
	}
	return f.Metadata()["base"], f.Close()
}

// explainModel says what to do about a model that can't be opened.
func explainModel(at place, err error) error {
	switch {
	case errors.Is(err, runs.ErrTooBig):
		return fail(unexpected, "model %s: %w", at.name, err).next("close other programs, or take a smaller model")
	case errors.Is(err, checkpoint.ErrDamaged), errors.Is(err, checkpoint.ErrUnsupported):
		return fail(badInput, "model %s: %w", at.name, err).next("get the file again, or export it anew")
	case errors.Is(err, fs.ErrNotExist) && at.record != nil:
		return fail(notFound, "model %s: its files are gone: %w", at.name, err).next("import or train it again; its record stays")
	case errors.Is(err, context.Canceled):
		return err
	case at.record == nil && at.name == at.path: // it was named by its path
		return fail(badInput, "model %s: %w", at.name, err).next("a model is a .gguf file, a Hugging Face folder or an adapter folder")
	}
	return fmt.Errorf("model %s: %w", at.name, err)
}
