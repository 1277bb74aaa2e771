package storage

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Batch gathers what is written together: all of it or nothing. Its methods remember the first
// mistake, and Commit returns it. A Batch is used by one goroutine, once.
type Batch struct {
	writes []write
	events []Event
	rows   []rowRef // those among the writes
	err    error
}

// put adds a record as JSON.
func (b *Batch) put(key []byte, record any) {
	value, err := json.Marshal(record)
	if err != nil {
		b.fail(fmt.Errorf("record %s: %w", key, err))
		return
	}
	b.writes = append(b.writes, write{key: key, value: value})
}

// putUnder adds a record whose key is made from an id.
func (b *Batch) putUnder(id string, key []byte, record any) {
	if err := checkID(id); err != nil {
		b.fail(fmt.Errorf("%T: %w", record, err))
		return
	}
	b.put(key, record)
}

// remove adds the deletion of a record, which need not be there.
func (b *Batch) remove(key []byte) { b.writes = append(b.writes, write{key: key, gone: true}) }

func (b *Batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Empty says whether there is nothing to write.
func (b *Batch) Empty() bool { return len(b.writes) == 0 && len(b.events) == 0 && b.err == nil }

// Commit writes a batch durably: when it returns nil, everything in it has survived, in the order in
// which batches were given. Many callers share one synchronous transaction. After an error nothing
// of the batch is written.
func (s *Store) Commit(b *Batch) error {
	switch {
	case b.err != nil:
		return b.err
	case b.Empty():
		return nil
	case s.commit == nil:
		return ErrReadOnly
	}
	if err := s.commit.putAll(b.writes, b.events); err != nil {
		return err
	}
	s.rows.tell(b.rows)
	return nil
}

// read decodes the record at a key into to; a miss wraps fs.ErrNotExist and names what.
func (s *Store) read(key []byte, to any, what string, args ...any) error {
	record, err := s.get(key)
	if err != nil {
		return missing(err, what, args...)
	}
	if err := json.Unmarshal(record, to); err != nil {
		return fmt.Errorf("the record %s is not readable: %w", key, err)
	}
	return nil
}

// each decodes every record under a prefix in the order of the keys, from a key on (nil: the first).
func each[T any](s *Store, prefix, from []byte, do func(T) error) error {
	return s.scan(prefix, false, from, func(key, value []byte) error {
		var record T
		if err := json.Unmarshal(value, &record); err != nil {
			return fmt.Errorf("the record %s is not readable: %w", key, err)
		}
		return do(record)
	})
}

// list is each into a slice.
func list[T any](s *Store, prefix []byte) ([]T, error) {
	var all []T
	err := each(s, prefix, nil, func(record T) error {
		all = append(all, record)
		return nil
	})
	return slices.Clip(all), err
}
