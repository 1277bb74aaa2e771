package dataset

import (
	"errors"
	"io/fs"
	"time"

	"workbench/storage"
)

// Collecting is the entry that must be kept with the first row of a collected dataset; nil where there is one.
// A name that cannot be one wraps [ErrName], that of an imported dataset [ErrTaken].
func Collecting(store *storage.Store, name string, now time.Time) (*storage.Dataset, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	there, err := store.Dataset(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &storage.Dataset{Name: name, Kind: Collected, Created: now.UTC()}, nil
	case err != nil:
		return nil, err
	case there.Kind != Collected:
		return nil, refuse(ErrTaken, "%q is a dataset that was imported; record into another name", name)
	}
	return nil, nil
}

// Collecting is [Collecting] for the register's store, now.
func (r *Register) Collecting(name string) (*storage.Dataset, error) {
	return Collecting(r.store, name, r.now())
}
