package dataset

import (
	"errors"
	"io/fs"

	"workbench/storage"
)

// Collect adds a row to a batch, with the entry of its dataset where it is the first. A name that
// an imported file has is [ErrTaken].
func Collect(store *storage.Store, b *storage.Batch, row storage.Row) error {
	if err := CheckName(row.Dataset); err != nil {
		return err
	}
	d, err := store.Dataset(row.Dataset)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b.PutDataset(storage.Dataset{Name: row.Dataset, Kind: Collected, Created: row.Time})
	case err != nil:
		return err
	case d.Kind != Collected:
		return refuse(ErrTaken, "%s was imported from %s, and nothing is recorded into it; choose another name", d.Name, d.Source)
	}
	b.PutRow(row)
	return nil
}
