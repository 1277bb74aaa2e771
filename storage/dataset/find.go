package dataset

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"workbench/storage"
)

// Find returns the path of a file with the records that a name means now, for [Open]. Of a collected
// dataset it is a snapshot: one is written unless the same rows were asked for before.
func (r *Register) Find(ctx context.Context, name string) (string, error) {
	d, err := r.Get(name)
	if err != nil {
		return "", err
	}
	if d.Kind == Collected {
		if d.Path, err = r.snapshot(ctx, name); err != nil {
			return "", err
		}
	}
	file, err := r.openFile(d)
	if err != nil {
		return "", err
	}
	return r.inFolder(d.Path), file.Close()
}

// FindVersion returns the path of the file that a name meant when its content had this digest. A
// version that the data folder does not have is fs.ErrNotExist.
func (r *Register) FindVersion(name, digest string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	if sum, err := hex.DecodeString(digest); err != nil || len(sum) != 32 {
		return "", refuse(ErrAsked, "%q is no SHA-256", digest)
	}
	for _, importer := range Importers {
		at := path.Join(name, digest, name+importer.keptAs())
		if _, err := r.root.Stat(at); err == nil {
			return r.inFolder(path.Join(folder, at)), nil
		}
	}
	return "", fmt.Errorf("version %.12s of dataset %s: %w", digest, name, fs.ErrNotExist)
}

func (r *Register) inFolder(recorded string) string {
	return filepath.Join(r.store.Dir(), filepath.FromSlash(recorded))
}

// snapshot writes the rows of a collected dataset into a file and returns its path, as records have it.
func (r *Register) snapshot(ctx context.Context, name string) (string, error) {
	if err := r.room(0); err != nil {
		return "", err
	}
	s, err := r.begin(name + ".jsonl")
	if err != nil {
		return "", err
	}
	defer s.abandon() //nolint:errcheck // what is left of it is hidden, and removed at the next opening
	if err := s.beginList(); err != nil {
		return "", err
	}
	err = r.store.EachRow(name, "", func(row storage.Row) error {
		if row.Withdrawn {
			return nil
		}
		record, err := recordOf(row)
		if err == nil {
			err = errors.Join(s.putLine(record), s.putListed(row.ID), ctx.Err())
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if s.records == 0 {
		return "", refuse(ErrAsked, "%s has no rows yet", name)
	}
	digest, err := s.finish()
	if err != nil {
		return "", err
	}
	r.names.Lock()
	defer r.names.Unlock()
	if err := s.settle(name, digest); err != nil {
		return "", err
	}
	r.lists[path.Join(name, digest)] = strings.TrimPrefix(s.listName, listPrefix)
	return s.place(name, digest), nil
}

// putLine appends a record as a line of JSON.
func (s *stage) putLine(record Record) error {
	var line bytes.Buffer
	if err := encode(&line, record, false); err != nil {
		return err
	}
	line.WriteByte('\n')
	if err := s.mark(s.bytes); err != nil {
		return err
	}
	_, err := s.Write(line.Bytes())
	return err
}

// records goes through records, as often as it is called, giving the same each time.
type records func(do func(Record) error) error

// collectedRecords goes through the rows of a collected dataset that were not withdrawn, with their
// lineage in front where it is wanted.
func collectedRecords(ctx context.Context, store *storage.Store, name string, lineage bool) records {
	return func(do func(Record) error) error {
		return store.EachRow(name, "", func(row storage.Row) error {
			if row.Withdrawn {
				return nil
			}
			record, err := recordOf(row)
			if err == nil && lineage {
				record, err = withLineage(row, record)
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			return do(record)
		})
	}
}
