package storage

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Dataset is the register's entry for data that the workbench keeps under a name.
type Dataset struct {
	Name    string    `json:"name"`
	Kind    string    `json:"kind"`             // imported: a file; collected: rows that flows recorded
	Path    string    `json:"path,omitempty"`   // of an imported one: slash-separated, relative to the data folder
	Source  string    `json:"source,omitempty"` // the name of the file that was imported
	Format  string    `json:"format,omitempty"`
	Digest  string    `json:"digest,omitempty"`  // SHA-256 in hex, of an imported one's content
	Records int       `json:"records,omitempty"` // of an imported one
	Bytes   int64     `json:"bytes,omitempty"`
	Created time.Time `json:"created"`
}

// Row is one record of a collected dataset.
type Row struct {
	ID        string          `json:"id"` // a ULID; rows are read in its order
	Dataset   string          `json:"dataset"`
	Value     json.RawMessage `json:"value"`
	Of        []string        `json:"of,omitempty"` // names of the nodes that it came from; see NameCites
	Instance  string          `json:"instance,omitempty"`
	Call      int             `json:"call,omitempty"`
	Withdrawn bool            `json:"withdrawn,omitempty"` // what it came from was re-opened; kept, and left out of reading
	Time      time.Time       `json:"time"`
}

// PutDataset keeps the latest entry of a name.
func (b *Batch) PutDataset(d Dataset) {
	if err := checkName(d.Name); err != nil {
		b.fail(err)
		return
	}
	b.put(datasetKey(d.Name), d)
}

// Dataset reads the entry of a name.
func (s *Store) Dataset(name string) (d Dataset, err error) {
	err = s.read(datasetKey(name), &d, "dataset %q", name)
	return d, err
}

// Datasets lists all, by name.
func (s *Store) Datasets() ([]Dataset, error) { return list[Dataset](s, []byte(datasetsPrefix)) }

// PutRow keeps a row of a collected dataset, or its withdrawal.
func (b *Batch) PutRow(r Row) {
	if err := checkName(r.Dataset); err != nil {
		b.fail(fmt.Errorf("the dataset of row %.40q: %w", r.ID, err))
		return
	}
	b.putUnder(r.ID, rowKey(r.Dataset, r.ID), r)
	b.rows = append(b.rows, rowRef{r.Dataset, r.ID})
	b.citeAll(r.Of, RowOf(r.Dataset, r.ID))
}

// Row reads one row of a collected dataset.
func (s *Store) Row(dataset, id string) (r Row, err error) {
	if strings.Contains(id, "/") {
		return r, fmt.Errorf("id %.40q has a slash", id)
	}
	err = s.read(rowKey(dataset, id), &r, "row %s of %s", id, dataset)
	return r, err
}

// EachRow calls each for a collected dataset's rows from an id on (empty: the first), in the order
// in which they were recorded, withdrawn ones included, until it errs; it sees the store as it was
// at its start.
func (s *Store) EachRow(dataset, from string, do func(Row) error) error {
	var start []byte
	if from != "" {
		start = rowKey(dataset, from)
	}
	return each(s, rowsOf(dataset), start, do)
}

// DeleteDataset forgets a name; rows and files that others cite stay.
func (b *Batch) DeleteDataset(name string) { b.remove(datasetKey(name)) }
