package storage

import "github.com/dgraph-io/badger/v4"

// Frozen calls do with the store as it is now: whatever is read through frozen, in however many
// passes, sees nothing of what others write meanwhile. Writing through it is [ErrReadOnly]. Nothing
// may use frozen after do has returned.
func (s *Store) Frozen(do func(frozen *Store) error) error {
	return s.view(func(txn *badger.Txn) error {
		return do(&Store{dir: s.dir, db: s.db, now: s.now, frozen: txn})
	})
}

// ReadOnly says whether writing is [ErrReadOnly].
func (s *Store) ReadOnly() bool { return s.commit == nil }

// Free returns how many bytes may still be written to the disk of the data folder.
func (s *Store) Free() (uint64, error) { return diskFree(s.dir)() }
