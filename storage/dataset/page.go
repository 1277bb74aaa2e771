package dataset

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"

	"workbench/storage"
)

// Limits of a page.
const (
	MaxPage      = 1000    // records
	maxPageBytes = 8 << 20 // of their texts, beyond which no further record is taken
)

// Page is some consecutive records of a dataset.
type Page struct {
	storage.Dataset
	Fields []string         // top-level fields of these records, in the order of their first appearance
	Offset int              // of the first record, from 0
	Rows   []map[string]any // none behind the last record
	// IDs and Of name the rows of a collected dataset and what each came from; nil for an imported one.
	IDs []string
	Of  [][]string
}

// Page reads up to limit records from the offset-th on; fewer where they are long, but one at least
// where there is one. It takes as long at the end of a large dataset as at its beginning.
func (r *Register) Page(ctx context.Context, name string, offset, limit int) (Page, error) {
	d, err := r.Get(name)
	switch {
	case err != nil:
		return Page{}, err
	case offset < 0 || limit < 1 || limit > MaxPage:
		return Page{}, refuse(ErrAsked, "%d records of %s from %d on: between 1 and %d are possible, from 0 on", limit, name, offset, MaxPage)
	}
	p := Page{Dataset: d, Offset: offset, Rows: []map[string]any{}, Fields: []string{}}
	if d.Kind == Collected {
		err = r.collectedPage(ctx, &p, limit)
	} else {
		err = r.importedPage(ctx, &p, limit)
	}
	return p, err
}

func (p *Page) add(record Record) {
	for _, key := range record.Keys() {
		if !slices.Contains(p.Fields, key) {
			p.Fields = append(p.Fields, key)
		}
	}
	p.Rows = append(p.Rows, record.Map())
}

func (r *Register) collectedPage(ctx context.Context, p *Page, limit int) error {
	size := 0
	return r.rows.each(p.Name, p.Offset, func(row storage.Row) error {
		if size += len(row.Value); len(p.Rows) == limit || len(p.Rows) > 0 && size > maxPageBytes {
			return errEnough
		}
		record, err := recordOf(row)
		if err != nil {
			return err
		}
		p.add(record)
		p.IDs, p.Of = append(p.IDs, row.ID), append(p.Of, row.Of)
		return ctx.Err()
	})
}

// recordOf is the value of a row as a record; one that is no object is put into the field value.
func recordOf(row storage.Row) (Record, error) {
	value, err := decode(row.Value)
	if err != nil {
		return Record{}, fmt.Errorf("row %s of %s is not readable: %w", row.ID, row.Dataset, err)
	}
	if record, is := value.(Record); is {
		return record, nil
	}
	return NewRecord([]string{"value"}, []any{value})
}

func (r *Register) importedPage(ctx context.Context, p *Page, limit int) (err error) {
	content, err := r.openFile(p.Dataset)
	if err != nil {
		return err
	}
	defer content.Close() // it is only read
	offsets, err := r.offsets(p.Dataset, p.Offset, limit)
	if err != nil || len(offsets) < 2 {
		return err
	}
	format, err := headed(p.Path, content)
	if err != nil {
		return err
	}
	var text []byte
	for i, start := range offsets[:len(offsets)-1] {
		end := offsets[i+1]
		if i > 0 && end-offsets[0] > maxPageBytes {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		text = slices.Grow(text[:0], int(end-start))[:end-start]
		if _, err := content.ReadAt(text, start); err != nil {
			return fmt.Errorf("read record %d of %s: %w", p.Offset+i, p.Name, err)
		}
		record, err := format.Decode(text)
		if err != nil {
			return fmt.Errorf("record %d of %s was whole when it was imported and is not now: has somebody changed %s?",
				p.Offset+i, p.Name, p.Path)
		}
		p.add(record)
	}
	return nil
}

// headed makes the format of a file, with what stands at its head.
func headed(name string, content io.ReaderAt) (Format, error) {
	importer, _, err := importerFor(name)
	if err != nil {
		return nil, err
	}
	format := importer.New(maxRecord)
	err = format.Scan(io.NewSectionReader(content, 0, 1<<62), func(int64, Record) error { return errEnough })
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return format, nil
}

// offsets reads where n records from a first one on begin, and where the last of them ends.
func (r *Register) offsets(d storage.Dataset, first, n int) ([]int64, error) {
	if first >= d.Records {
		return nil, nil
	}
	within, err := inRoot(d.Path)
	if err != nil {
		return nil, err
	}
	file, err := r.root.Open(within + offsetsSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is gone from the data folder: import %s again: %w", path.Base(d.Path)+offsetsSuffix, d.Name, err)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() // it is only read
	return readOffsets(file, d, first, min(n, d.Records-first))
}

func readOffsets(file *os.File, d storage.Dataset, first, n int) ([]int64, error) {
	raw := make([]byte, 8*(n+1))
	if _, err := file.ReadAt(raw, 8*int64(first)); err != nil {
		return nil, fmt.Errorf("read where the records of %s begin: %w", d.Name, err)
	}
	offsets := make([]int64, n+1)
	for i := range offsets {
		offsets[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		before := int64(0)
		if i > 0 {
			before = offsets[i-1]
		}
		if offsets[i] < before || offsets[i] > d.Bytes || offsets[i]-before > d.Bytes {
			return nil, fmt.Errorf("%s%s is damaged: import %s again", d.Path, offsetsSuffix, d.Name)
		}
	}
	return offsets, nil
}
