package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// PutRun keeps the record of a run durably, in place of an older one.
func (s *Store) PutRun(id string, record []byte) error {
	if err := checkEntry(id, "record", 0, ""); err != nil {
		return err
	}
	return s.put(write{key: runKey(id), value: slices.Clone(record)})
}

// GetRun returns the record of a run.
func (s *Store) GetRun(id string) ([]byte, error) {
	record, err := s.get(runKey(id))
	if err != nil {
		return nil, missing(err, "run %s", id)
	}
	return record, nil
}

// EachRun calls each for the runs whose id begins with prefix, newest first, until it errs.
func (s *Store) EachRun(prefix string, each func(id string, record []byte) error) error {
	return s.scan(runKey(prefix), true, nil, func(key, value []byte) error {
		return each(string(key[len(runPrefix):]), value)
	})
}

// PutEntry keeps durably what a run left, in place of an older record under the same key.
func (s *Store) PutEntry(run, kind string, step int64, name string, record []byte) error {
	if err := checkEntry(run, kind, step, name); err != nil {
		return err
	}
	return s.put(write{key: entryKey(run, kind, step, name), value: slices.Clone(record)})
}

// LogEntry is PutEntry without the wait for the disk: the record is durable with the next durable
// one, with Sync, or within a second.
func (s *Store) LogEntry(run, kind string, step int64, name string, record []byte) error {
	if err := checkEntry(run, kind, step, name); err != nil {
		return err
	}
	if s.commit == nil {
		return ErrReadOnly
	}
	return s.commit.log(write{key: entryKey(run, kind, step, name), value: slices.Clone(record)})
}

// GetEntry returns one record that a run left.
func (s *Store) GetEntry(run, kind string, step int64, name string) ([]byte, error) {
	if err := s.Sync(); err != nil {
		return nil, err
	}
	record, err := s.get(entryKey(run, kind, step, name))
	if err != nil {
		return nil, missing(err, "%s %d %q of run %s", kind, step, name, run)
	}
	return record, nil
}

// EachEntry calls each for what a run left of a kind from a step on, by step and then by name,
// until it errs.
func (s *Store) EachEntry(run, kind string, from int64,
	each func(step int64, name string, record []byte) error,
) error {
	if err := checkEntry(run, kind, from, ""); err != nil {
		return err
	}
	if err := s.Sync(); err != nil {
		return err
	}
	prefix := entryPrefix(run, kind)
	return s.scan(prefix, false, entryKey(run, kind, from, ""), func(key, value []byte) error {
		step, name, err := parseEntry(key, prefix)
		if err != nil {
			return err
		}
		return each(step, name, value)
	})
}

// put hands one group to the committer.
func (s *Store) put(writes ...write) error {
	if s.commit == nil {
		return ErrReadOnly
	}
	return s.commit.put(writes...)
}

// get returns a copy of a value; a miss is badger.ErrKeyNotFound.
func (s *Store) get(key []byte) (value []byte, err error) {
	err = s.view(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if err != nil {
			return err
		}
		value, err = item.ValueCopy(nil)
		return err
	})
	return value, err
}

// scan calls each with copies of the keys under a prefix and their values, as they were when it
// began, ascending from a key on (nil: from the first) or backward from the last.
func (s *Store) scan(prefix []byte, backward bool, from []byte, each func(key, value []byte) error) error {
	return s.view(func(txn *badger.Txn) error {
		options := badger.DefaultIteratorOptions
		options.Reverse = backward
		options.PrefetchSize = 32
		if !backward { // where the iterator knows it, it reads nothing beyond
			options.Prefix = prefix
		}
		it := txn.NewIterator(options)
		defer it.Close()
		if bytes.Compare(from, prefix) < 0 || backward {
			from = bytes.Clone(prefix)
			if backward {
				from = append(from, 0xff) // no key continues so: keys are UTF-8
			}
		}
		for it.Seek(from); it.ValidForPrefix(prefix); it.Next() {
			value, err := it.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			if err := each(it.Item().KeyCopy(nil), value); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) view(read func(*badger.Txn) error) error {
	if s.frozen != nil {
		return read(s.frozen)
	}
	err := s.db.View(read)
	if errors.Is(err, badger.ErrDBClosed) {
		return ErrClosed
	}
	return err
}

// missing turns Badger's word for a miss into the standard library's.
func missing(err error, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return fmt.Errorf("%s: %w", what, fs.ErrNotExist)
	}
	return fmt.Errorf("read %s: %w", what, err)
}
