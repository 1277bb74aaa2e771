package storage

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Event is one entry of the log of what people did: it is appended, never changed, and each entry
// holds the hash of the one before it, so that nobody can take one out or rewrite one unnoticed.
// The committer fills in Seq, Prev and Hash.
type Event struct {
	Seq    uint64    `json:"seq"` // 1, 2, …
	Time   time.Time `json:"time"`
	Kind   string    `json:"kind"`             // such as leased, answered, invited
	Actor  string    `json:"actor,omitempty"`  // the person who did it; empty for the program itself
	Object string    `json:"object,omitempty"` // what it was done to: a task, a person, a flow
	Lease  string    `json:"lease,omitempty"`
	// Data is what else the kind needs, as JSON.
	Data json.RawMessage `json:"data,omitempty"`
	Prev string          `json:"prev"` // Hash of the entry before; empty for the first
	Hash string          `json:"hash"` // SHA-256 in hex of the entry without this field
}

// ErrChain is what a log that was tampered with gives.
var ErrChain = errors.New("the log of events does not hold together")

// Append adds an entry to the log.
func (b *Batch) Append(e Event) {
	// As it will be read back: the hash is over that.
	e.Time = e.Time.UTC().Round(0)
	for _, text := range []*string{&e.Kind, &e.Actor, &e.Object, &e.Lease} {
		*text = strings.ToValidUTF8(*text, "\uFFFD")
	}
	if year := e.Time.Year(); year < 0 || year > 9999 {
		b.fail(fmt.Errorf("event %s of %s: its year is %d", e.Kind, e.Object, year))
		return
	}
	if e.Data != nil && !json.Valid(e.Data) {
		b.fail(fmt.Errorf("event %s of %s: its data is no JSON", e.Kind, e.Object))
		return
	}
	b.events = append(b.events, e)
}

// EachEvent calls each for the log's entries from a number on, in order, until it errs.
func (s *Store) EachEvent(from uint64, do func(Event) error) error {
	return each(s, []byte(eventsPrefix), eventKey(from), do)
}

// VerifyEvents walks the log and returns the number of entries; the error wraps [ErrChain] and names
// the first entry that does not follow from the one before it.
func (s *Store) VerifyEvents() (n uint64, err error) {
	var l links
	err = s.EachEvent(0, l.add)
	return l.n, err
}

// links checks entries of the log one after another.
type links struct {
	n    uint64
	prev string
}

func (l *links) add(e Event) error {
	_, hash, err := e.encode()
	if err != nil {
		return err
	}
	if e.Seq != l.n+1 || e.Prev != l.prev || e.Hash != hash {
		return fmt.Errorf("%w: at entry %d (%s, %s)", ErrChain, l.n+1, e.Kind, e.Time.Format(time.RFC3339))
	}
	l.n, l.prev = e.Seq, e.Hash
	return nil
}

// record adds a record of the store, if it is one of the log.
func (l *links) record(key, value []byte) error {
	if !hasPrefix(key, eventsPrefix) {
		return nil
	}
	var e Event
	if err := json.Unmarshal(value, &e); err != nil {
		return fmt.Errorf("the record %s is not readable: %w", key, err)
	}
	return l.add(e)
}

// encode returns an entry as JSON, with the hash that it computes.
func (e Event) encode() (text []byte, hash string, err error) {
	e.Hash = ""
	if text, err = json.Marshal(e); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(text)
	hash = hex.EncodeToString(sum[:])
	// The hash is the last field, and still empty: text ends in "".
	return append(append(text[:len(text)-len(`"}`)], hash...), `"}`...), hash, nil
}

// chain is where the log ends. Only the committer has one.
type chain struct {
	seq  uint64
	hash string
}

// next makes the write of an entry that follows, and moves the end.
func (c *chain) next(e Event) (write, error) {
	e.Seq, e.Prev = c.seq+1, c.hash
	value, hash, err := e.encode()
	if err != nil {
		return write{}, err
	}
	c.seq, c.hash = e.Seq, hash
	return write{key: eventKey(e.Seq), value: value}, nil
}

// endOfEvents finds where the log ends.
func (s *Store) endOfEvents() (chain, error) {
	var end chain
	stop := errors.New("found")
	err := s.scan([]byte(eventsPrefix), true, nil, func(key, value []byte) error {
		var e Event
		if err := json.Unmarshal(value, &e); err != nil {
			return fmt.Errorf("the record %s is not readable: %w", key, err)
		}
		end = chain{e.Seq, e.Hash}
		return stop
	})
	if err != nil && !errors.Is(err, stop) {
		return chain{}, err
	}
	return end, nil
}
