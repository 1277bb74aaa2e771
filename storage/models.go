package storage

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// ModelKind says what a registered model is.
type ModelKind string

// The kinds of model.
const (
	BaseModel    ModelKind = "base"    // all weights of a language model
	AdapterModel ModelKind = "adapter" // what training added to a base
	RewardModel  ModelKind = "reward"  // scores responses
	ValueModel   ModelKind = "value"   // scores the prefixes of responses
)

// Model is one version of a name in the register. Names are pointers: registering a name again
// appends a version and moves the pointer, and everything that used the name has recorded the
// Digest that it meant.
type Model struct {
	Name    string    `json:"name"`
	Version int       `json:"version"` // 1, 2, … of this name
	Kind    ModelKind `json:"kind"`
	Path    string    `json:"path"` // slash-separated, relative to the data folder
	Base    string    `json:"base,omitempty"`
	// BaseDigest is what Base meant when this was made on it; empty in records of older versions.
	BaseDigest string    `json:"base_digest,omitempty"`
	FromRun    string    `json:"from_run,omitempty"` // the run that made it
	Digest     string    `json:"digest"`             // SHA-256 in hex, of the content: the immutable id
	Created    time.Time `json:"created"`
}

// PutModel registers a model under its name durably and returns it with the version that it got.
// Created is filled in where it is zero. Registering what the name already means changes nothing.
func (s *Store) PutModel(m Model) (Model, error) {
	if err := m.check(); err != nil {
		return Model{}, err
	}
	if s.commit == nil {
		return Model{}, ErrReadOnly
	}
	s.models.Lock()
	defer s.models.Unlock()
	current, err := s.Model(m.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return Model{}, err
	case current.Digest == m.Digest && current.Path == m.Path && current.Kind == m.Kind && current.Base == m.Base:
		return current, nil
	}
	m.Version = current.Version + 1
	if m.Created.IsZero() {
		m.Created = s.now().UTC()
	}
	record, err := json.Marshal(m)
	if err != nil {
		return Model{}, fmt.Errorf("register model %s: %w", m.Name, err)
	}
	return m, s.put(write{key: modelKey(m.Name, m.Version), value: record})
}

// Model returns what a name means now. A name that is not registered is an error for which
// errors.Is(err, fs.ErrNotExist).
func (s *Store) Model(name string) (Model, error) {
	history, err := s.ModelHistory(name)
	if err != nil {
		return Model{}, err
	}
	if len(history) == 0 {
		return Model{}, fmt.Errorf("no model is called %q: %w", name, fs.ErrNotExist)
	}
	return history[len(history)-1], nil
}

// ModelHistory returns everything that a name has meant, oldest first; nothing for an unknown name.
func (s *Store) ModelHistory(name string) ([]Model, error) {
	return s.readModels(modelPrefix(name))
}

// Models returns what each registered name means now, by name.
func (s *Store) Models() ([]Model, error) {
	all, err := s.readModels([]byte(modelsPrefix))
	if err != nil {
		return nil, err
	}
	var current []Model
	for i, m := range all {
		if i+1 == len(all) || all[i+1].Name != m.Name {
			current = append(current, m)
		}
	}
	slices.SortFunc(current, func(a, b Model) int { return cmp.Compare(a.Name, b.Name) })
	return current, nil
}

func (s *Store) readModels(prefix []byte) ([]Model, error) {
	var models []Model
	err := s.scan(prefix, false, nil, func(key, value []byte) error {
		var m Model
		if err := json.Unmarshal(value, &m); err != nil {
			return fmt.Errorf("the record %s is not readable: %w", key, err)
		}
		models = append(models, m)
		return nil
	})
	return models, err
}

func (m Model) check() error {
	kinds := []ModelKind{BaseModel, AdapterModel, RewardModel, ValueModel}
	switch {
	case m.Name == "" || len(m.Name) > maxName:
		return fmt.Errorf("register model: its name has %d bytes, 1 to %d are possible", len(m.Name), maxName)
	case !slices.Contains(kinds, m.Kind):
		return fmt.Errorf("register model %s: kind %q is none of %v", m.Name, m.Kind, kinds)
	case m.Digest == "":
		return fmt.Errorf("register model %s: it has no digest, so nothing could cite it", m.Name)
	}
	return nil
}
