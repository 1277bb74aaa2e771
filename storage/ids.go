package storage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Ids of what belongs to a flow are built from the flow's own, so that keys read in order: a flow's
// items by number, an instance before its children, its calls by number. Numbers have leading zeros
// for that.
//
//	01K…                        a flow: a ULID
//	01K….0000017                its instance for item 17
//	01K….0000017.00004          the child that the instance's call 4 spawned
//	01K….0000017.00004:00002    the task that the child's call 2 put before people
//	01K….0000017.00004~02       the child again, after a re-opening

// The widths that ids have room for. Beyond them ids stay unique, but sort wrongly.
const (
	MaxItems  = 10_000_000 // items of a flow, numbered from 0
	MaxCalls  = 100_000    // calls of an instance, numbered from 1
	MaxRounds = 99         // times that a re-opened call makes the same child or task
)

// InstanceID names a flow's instance for an item, counted from 0.
func InstanceID(flow string, item int) string { return fmt.Sprintf("%s.%07d", flow, item) }

// ChildID names the instance that a call of a parent spawned.
func ChildID(parent string, call int) string { return fmt.Sprintf("%s.%05d", parent, call) }

// TaskID names the task that a call of an instance put before people.
func TaskID(instance string, call int) string { return fmt.Sprintf("%s:%05d", instance, call) }

// Again names the child or task that takes the place of id for the round-th time of making it: id
// itself for the first round, then ~02, ~03 ….
func Again(id string, round int) string {
	if round < 2 {
		return id
	}
	return fmt.Sprintf("%s~%02d", id, round)
}

// within says whether id is of itself or stands below it: a flow contains its instances, an instance
// its children and tasks. A sibling whose id merely begins alike, such as ~02, does not. Everything
// stands below the empty id.
func within(id, of string) bool {
	rest, is := strings.CutPrefix(id, of)
	return is && (of == "" || rest == "" || rest[0] == '.' || rest[0] == ':')
}

// eachWithin decodes the records whose id is within of, in the order of their keys, from a key on
// (nil: the first). A key is prefix, an id, and perhaps a slash and more.
func eachWithin[T any](s *Store, prefix, of string, from []byte, do func(T) error) error {
	return s.scan([]byte(prefix+of), false, from, func(key, value []byte) error {
		id, _, _ := bytes.Cut(key[len(prefix):], []byte("/"))
		if !within(string(id), of) {
			return nil
		}
		var record T
		if err := json.Unmarshal(value, &record); err != nil {
			return fmt.Errorf("the record %s is not readable: %w", key, err)
		}
		return do(record)
	})
}
