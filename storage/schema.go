package storage

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// schema is the record that says who can read the store.
type schema struct {
	Version int    `json:"version"`
	Binary  string `json:"binary,omitempty"` // that created the store, or migrated it last
}

// readSchema reads what the store says about itself. One that was created and killed before it held
// anything says nothing, and is of this version.
func (s *Store) readSchema() (found schema, err error) {
	record, err := s.get([]byte(schemaKey))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return schema{Version: schemaVersion}, nil
	}
	if err == nil {
		err = json.Unmarshal(record, &found)
	}
	if err != nil {
		return found, fmt.Errorf("read the version of data folder %s: %w", s.dir, err)
	}
	return found, nil
}

// checkSchema refuses a store that a newer version wrote, migrates an older one, and marks a new one
// as ours. It writes before the committer exists.
func (s *Store) checkSchema(o Options) error {
	if _, err := s.get([]byte(schemaKey)); errors.Is(err, badger.ErrKeyNotFound) && !o.ReadOnly {
		return s.markSchema(o)
	}
	found, err := s.readSchema()
	switch {
	case err != nil:
		return err
	case found.Version > schemaVersion:
		by := ""
		if found.Binary != "" {
			by = ", written by workbench " + found.Binary
		}
		return fmt.Errorf("%w: %s has layout %d%s, this program knows layouts up to %d; "+
			"use the newer program, or another folder with --data", ErrNewer, s.dir, found.Version, by, schemaVersion)
	case found.Version < 1:
		return fmt.Errorf("data folder %s says that it has layout %d, which there never was", s.dir, found.Version)
	case found.Version < schemaVersion && o.ReadOnly:
		return errOlder
	case found.Version < schemaVersion:
		return s.migrate(found, migrations, o)
	}
	return nil
}

// markSchema writes the version into an empty store. A store that holds something but no version is
// not ours.
func (s *Store) markSchema(o Options) error {
	record, err := json.Marshal(schema{schemaVersion, o.Binary})
	if err != nil {
		return err
	}
	return s.db.Update(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{PrefetchValues: false})
		defer it.Close()
		if it.Rewind(); it.Valid() {
			return fmt.Errorf("%s holds a Badger store of another program; use another folder with --data", s.dir)
		}
		return txn.Set([]byte(schemaKey), record)
	})
}
