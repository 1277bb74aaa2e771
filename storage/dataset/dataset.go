package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"sync"
)

// Dataset is a sequence of records over one file: all of them, or a part in some order. Its methods
// may be called from several goroutines.
type Dataset struct {
	source *source
	part   string // what part of the file this is, in words; empty for all
	rows   []int  // of the source; nil for all
	maps   []func(Record) (Record, error)
	digest func() Digest
}

// Digest cites a dataset: equal digests mean equal records in equal order, before any Map.
type Digest struct {
	Name    string // the file's name, and which part of it
	SHA256  string // in hex; of the unzipped content, or of that and the rows of a part
	Records int
	Bytes   int64 // of the unzipped content
}

// Open reads the file at path once, checking all of it, and returns its records. The format follows
// from the name (see [Importers]). A text that is no record is a [*BadRecord] that names line and
// column; then nothing is opened.
//
// Unzipped content of a .gz file is kept in memory up to 64 MB, and in a temporary file beyond.
func Open(path string) (*Dataset, error) {
	source, err := openSource(path, defaultInMemory)
	if err != nil {
		return nil, err
	}
	return newDataset(source, "", nil, nil), nil
}

func newDataset(s *source, part string, rows []int, maps []func(Record) (Record, error)) *Dataset {
	d := &Dataset{source: s, part: part, rows: rows, maps: maps}
	d.digest = sync.OnceValue(d.computeDigest)
	return d
}

// Close closes the file, for this dataset and all parts of it.
func (d *Dataset) Close() error { return d.source.close() }

// Path returns the file's path as it was given to Open.
func (d *Dataset) Path() string { return d.source.path }

// Name returns the file's name and, in brackets, which part of it this is.
func (d *Dataset) Name() string {
	if d.part == "" {
		return d.source.name
	}
	return d.source.name + " (" + d.part + ")"
}

// Len returns the number of records.
func (d *Dataset) Len() int {
	if d.rows != nil {
		return len(d.rows)
	}
	return len(d.source.offsets) - 1
}

// Digest returns what cites the dataset.
func (d *Dataset) Digest() Digest { return d.digest() }

// computeDigest hashes the rows of a part behind the digest of the content.
func (d *Dataset) computeDigest() Digest {
	s := d.source
	digest := Digest{Name: d.Name(), SHA256: s.sha256, Records: d.Len(), Bytes: s.offsets[len(s.offsets)-1]}
	if d.rows != nil {
		sum := sha256.New()
		sum.Write([]byte(s.sha256))
		var buf [8]byte
		for _, row := range d.rows {
			binary.LittleEndian.PutUint64(buf[:], uint64(row))
			sum.Write(buf[:])
		}
		digest.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	return digest
}

// Record returns the i-th record, for i from 0 to Len()-1.
func (d *Dataset) Record(i int) (Record, error) {
	if i < 0 || i >= d.Len() {
		return Record{}, fmt.Errorf("record %d of %s: there are %d", i, d.Name(), d.Len())
	}
	record, err := d.source.record(d.row(i))
	if err != nil {
		return Record{}, err
	}
	for _, change := range d.maps {
		if record, err = change(record); err != nil {
			return Record{}, fmt.Errorf("record %d of %s: %w", d.row(i), d.source.name, err)
		}
	}
	return record, nil
}

// Row returns which record of the file the i-th record is, from 0.
func (d *Dataset) Row(i int) int { return d.row(i) }

func (d *Dataset) row(i int) int {
	if d.rows == nil {
		return i
	}
	return d.rows[i]
}

// All goes through the records in order; after an error it ends.
func (d *Dataset) All() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for i := range d.Len() {
			record, err := d.Record(i)
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// Subset returns the records at these indexes of d, in this order. The part is named in words.
func (d *Dataset) Subset(part string, indexes []int) (*Dataset, error) {
	rows := make([]int, len(indexes))
	for n, i := range indexes {
		if i < 0 || i >= d.Len() {
			return nil, fmt.Errorf("record %d of %s: there are %d", i, d.Name(), d.Len())
		}
		rows[n] = d.row(i)
	}
	if d.part != "" {
		part = d.part + ", " + part
	}
	return newDataset(d.source, part, rows, d.maps), nil
}

// Head returns the first n records, or all where there are fewer.
func (d *Dataset) Head(n int) *Dataset {
	indexes := make([]int, max(0, min(n, d.Len())))
	for i := range indexes {
		indexes[i] = i
	}
	head, err := d.Subset(fmt.Sprintf("first %d", n), indexes)
	if err != nil {
		panic(err) // they were counted above
	}
	return head
}

// Filter reads all records once and returns those that keep is true for.
func (d *Dataset) Filter(keep func(Record) (bool, error)) (*Dataset, error) {
	var indexes []int
	i := 0
	for record, err := range d.All() {
		if err != nil {
			return nil, err
		}
		yes, err := keep(record)
		if err != nil {
			return nil, fmt.Errorf("record %d of %s: %w", d.row(i), d.source.name, err)
		}
		if yes {
			indexes = append(indexes, i)
		}
		i++
	}
	return d.Subset(fmt.Sprintf("%d of %d kept", len(indexes), d.Len()), indexes)
}

// Map returns the dataset with each record changed at the moment it is read. change must give equal
// results for equal records, may be called from several goroutines, and is called again each time
// the record is read.
func (d *Dataset) Map(change func(Record) (Record, error)) *Dataset {
	return newDataset(d.source, d.part, d.rows, append(slices.Clip(d.maps), change))
}
