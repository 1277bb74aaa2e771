package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
)

// Read says which records of an input a run was given. What only its held-out part gave is apart: a run is
// measured on that and does not learn from it.
type Read struct {
	SHA256  string `json:"sha256"`         // of the input, as its Digest has it
	Rows    string `json:"rows,omitempty"` // of the input
	Used    Bits   `json:"used,omitempty"`
	HeldOut Bits   `json:"held_out,omitempty"` // not in Used
}

// Bits is a set of records by their numbers, from 0: bit i%8 of byte i/8.
type Bits []byte

// Has says whether a record is in the set.
func (b Bits) Has(i int) bool { return i >= 0 && i/8 < len(b) && b[i/8]>>(i%8)&1 == 1 }

// Set puts a record into the set.
func (b *Bits) Set(i int) {
	for len(*b) <= i/8 {
		*b = append(*b, 0)
	}
	(*b)[i/8] |= 1 << (i % 8)
}

// Count is how many records are in the set.
func (b Bits) Count() (n int) {
	for _, x := range b {
		n += bits.OnesCount8(x)
	}
	return n
}

// All calls do for the records of the set, ascending, until it errs.
func (b Bits) All(do func(i int) error) error {
	for i := range 8 * len(b) {
		if b.Has(i) {
			if err := do(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// with is the union of two sets.
func (b Bits) with(other Bits) Bits {
	all := append(Bits{}, b...)
	for len(all) < len(other) {
		all = append(all, 0)
	}
	for i, x := range other {
		all[i] |= x
	}
	return all
}

// without is a set less those of another.
func (b Bits) without(other Bits) Bits {
	rest := append(Bits{}, b...)
	for i := range min(len(rest), len(other)) {
		rest[i] &^= other[i]
	}
	return rest
}

// Read adds to what is on record of the records that a run was given, with the durability of Log.
func (r *Recorder) Read(more Read) error {
	name := more.SHA256 + more.Rows
	record, err := r.book.store.GetEntry(r.ID(), kindRead, 0, name)
	var before Read
	if err == nil {
		err = json.Unmarshal(record, &before)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("what run %s has read: %w", r.ID(), err)
	}
	more.Used = more.Used.with(before.Used)
	more.HeldOut = more.HeldOut.with(before.HeldOut).without(more.Used)
	if record, err = json.Marshal(more); err != nil {
		return err
	}
	return r.book.store.LogEntry(r.ID(), kindRead, 0, name, record)
}

// Reads returns which records of its inputs a run was given.
func (b *Book) Reads(run string) ([]Read, error) { return collect[Read](b, run, kindRead) }
