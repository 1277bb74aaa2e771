package dataset

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"workbench/storage"
)

// Formats that data is exported in.
const (
	JSONL = "jsonl"
	CSV   = "csv"
)

// Export says what is to be exported.
type Export struct {
	Name   string // of a dataset, or Answers
	Format string // JSONL or CSV
	By     string // the person; empty for whoever sits at the machine
	// Lineage puts _id, _of and _time before the fields of each row of a collected dataset: its id, the
	// ids of what it came from, and when it was recorded.
	Lineage bool
	// Flow keeps the answers to one flow's tasks; empty for all.
	Flow string
	// Late and Undone put in the answers that flows don't see: those that came after their lease had
	// ended and the task was done, and those that were taken back. Both are marked as such.
	Late, Undone bool
}

// Exported says what was exported.
type Exported struct {
	Records int `json:"records"`
	Late    int `json:"late_left_out,omitempty"`   // answers
	Undone  int `json:"undone_left_out,omitempty"` // answers
}

// Export writes a dataset, or what people answered, record by record and as it is at this moment,
// whatever is written meanwhile. Equal data gives equal bytes. It takes the memory of a record, not
// of the data.
//
// JSON Lines are everything there is: of a dataset that was imported as such, the file itself. Rows
// that were withdrawn are left out. CSV is a table for spreadsheets; see [writeCSV] for what it cannot
// say.
func (r *Register) Export(ctx context.Context, e Export, w io.Writer) (Exported, error) {
	out := Exported{}
	if e.Format != JSONL && e.Format != CSV {
		return out, refuse(ErrAsked, "%q is no format of exports: %s and %s are", e.Format, JSONL, CSV)
	}
	if e.Name != Answers && (e.Flow != "" || e.Late || e.Undone) {
		return out, refuse(ErrAsked, "flow, late and undone choose among answers, and %s is a dataset", e.Name)
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	err := r.store.Frozen(func(frozen *storage.Store) (err error) {
		if e.Name == Answers {
			out, err = exportAnswers(ctx, frozen, e, buffered)
			return err
		}
		out.Records, err = r.exportDataset(ctx, frozen, e, buffered)
		return err
	})
	if err != nil {
		return out, err
	}
	if err := buffered.Flush(); err != nil {
		return out, fmt.Errorf("write the export of %s: %w", e.Name, err)
	}
	if r.store.ReadOnly() {
		return out, nil
	}
	b := &storage.Batch{}
	if err := r.event(b, "exported", e.By, e.Name, exported{e.Format, out.Records, e.Lineage, e.Flow}); err != nil {
		return out, err
	}
	return out, r.store.Commit(b)
}

// exported is the data of the event that data was exported.
type exported struct {
	Format  string `json:"format"`
	Records int    `json:"records"`
	Lineage bool   `json:"lineage,omitempty"`
	Flow    string `json:"flow,omitempty"`
}

func (r *Register) exportDataset(ctx context.Context, frozen *storage.Store, e Export, w io.Writer) (int, error) {
	d, err := lookUp(frozen, e.Name)
	switch {
	case err != nil:
		return 0, err
	case d.Kind == Collected:
		return writeRecords(w, e.Format, collectedRecords(ctx, frozen, e.Name, e.Lineage))
	case e.Lineage:
		return 0, refuse(ErrAsked, "%s was imported from %s and has no lineage; export it without", e.Name, d.Source)
	case e.Format == JSONL && strings.HasSuffix(d.Path, ".jsonl"):
		return d.Records, r.copyFile(ctx, d, w)
	}
	return writeRecords(w, e.Format, r.importedRecords(ctx, d))
}

// copyFile writes the file of a dataset as it was imported.
func (r *Register) copyFile(ctx context.Context, d storage.Dataset, w io.Writer) error {
	file, err := r.openFile(d)
	if err != nil {
		return err
	}
	defer file.Close() // it is only read
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, sum), stopping{ctx, file}); err != nil {
		return fmt.Errorf("export %s: %w", d.Name, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != d.Digest {
		return fmt.Errorf("export %s: %s is not what was imported: its digest has changed", d.Name, d.Path)
	}
	return nil
}

// importedRecords goes through the records of an imported dataset.
func (r *Register) importedRecords(ctx context.Context, d storage.Dataset) records {
	return func(do func(Record) error) error {
		importer, _, err := importerFor(d.Path)
		if err != nil {
			return err
		}
		file, err := r.openFile(d)
		if err != nil {
			return err
		}
		defer file.Close() // it is only read
		return importer.New(maxRecord).Scan(stopping{ctx, file}, func(_ int64, record Record) error { return do(record) })
	}
}

// stopping is a reader that ends with its context.
type stopping struct {
	ctx  context.Context
	from io.Reader
}

// Read implements io.Reader.
func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.from.Read(p)
}

// withLineage puts where a row came from before its fields.
func withLineage(row storage.Row, record Record) (Record, error) {
	of := make([]any, len(row.Of))
	for i, id := range row.Of {
		of[i] = id
	}
	keys := append([]string{"_id", "_of", "_time"}, record.keys...)
	values := append([]any{row.ID, of, row.Time.UTC().Format(time.RFC3339Nano)}, record.values...)
	with, err := NewRecord(keys, values)
	if err != nil {
		return with, refuse(ErrAsked, "row %s of %s has a field of a name that the lineage takes (%w); export it without", row.ID, row.Dataset, err)
	}
	return with, nil
}

// writeRecords writes records in a format and says how many.
func writeRecords(w io.Writer, format string, all records) (int, error) {
	if format == CSV {
		return writeCSV(w, all)
	}
	n := 0
	err := all(func(record Record) error {
		text, err := record.MarshalJSON()
		if err != nil {
			return err
		}
		n++
		_, err = w.Write(append(text, '\n'))
		return err
	})
	return n, err
}

// Stats reads all records of a dataset once and describes them.
func (r *Register) Stats(ctx context.Context, name string) (Stats, error) {
	d, err := r.Get(name)
	if err != nil {
		return Stats{}, err
	}
	all := r.importedRecords(ctx, d)
	if d.Kind == Collected {
		all = collectedRecords(ctx, r.store, name, false)
	}
	c := &collector{fields: map[string]*tally{}}
	n := 0
	err = all(func(record Record) error {
		c.record(record, "")
		n++
		return nil
	})
	return c.stats(n), err
}
