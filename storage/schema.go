package storage

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// schemaVersion is the version of the keys and records that this package writes. Whoever changes
// their meaning raises it and writes the migration.
const schemaVersion = 1

// schema is the record that says who can read the store.
type schema struct {
	Version int    `json:"version"`
	Binary  string `json:"binary,omitempty"` // that created the store
}

// checkSchema refuses a store that a newer version wrote, and marks a new one as ours. It writes
// before the committer exists.
func (s *Store) checkSchema(o Options) error {
	var found schema
	record, err := s.get([]byte(schemaKey))
	switch {
	case errors.Is(err, badger.ErrKeyNotFound) && o.ReadOnly:
		return nil // created, and killed before it held anything
	case errors.Is(err, badger.ErrKeyNotFound):
		return s.markSchema(o)
	case err != nil:
		return fmt.Errorf("read the version of data folder %s: %w", s.dir, err)
	}
	if err := json.Unmarshal(record, &found); err != nil {
		return fmt.Errorf("read the version of data folder %s: %w", s.dir, err)
	}
	if found.Version > schemaVersion {
		by := ""
		if found.Binary != "" {
			by = ", created by workbench " + found.Binary
		}
		return fmt.Errorf("%w: %s has layout %d%s, this program knows layouts up to %d; "+
			"use the newer program, or another folder with --data", ErrNewer, s.dir, found.Version, by, schemaVersion)
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
