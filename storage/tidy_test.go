package storage

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// largeValues is how many bytes the files of large values have together.
func largeValues(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, storeFolder, "*.vlog"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
	}
	return bytes
}

// TestRoomOfLargeValuesIsGivenBack deletes and replaces most of what is in the value log.
func TestRoomOfLargeValuesIsGivenBack(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 140 MB")
	}
	dir := t.TempDir()
	// Merging tables is when Badger learns what is out of use.
	merging := Options{tune: func(o badger.Options) badger.Options { return o.WithCompactL0OnClose(true) }}
	s := open(t, dir, merging)
	large := strings.Repeat("v", 4<<20)
	for i := range 32 { // two files of the value log
		commit(t, s, func(b *Batch) { b.PutDraft(Draft{Lease: fmt.Sprint(i), Person: large}) })
	}
	for i := range 30 {
		commit(t, s, func(b *Batch) { b.DeleteDraft(fmt.Sprint(i)) })
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := largeValues(t, dir)
	s = open(t, dir, merging)
	if err := s.tidy(nil); err != nil {
		t.Fatal(err)
	}
	for i := range 32 {
		d, err := s.Draft(fmt.Sprint(i))
		if there := err == nil; there != (i >= 30) || there && d.Person != large {
			t.Errorf("draft %d afterwards: %d bytes, %v", i, len(d.Person), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if after := largeValues(t, dir); after > before*2/3 {
		t.Errorf("the value log has %d bytes, and had %d", after, before)
	}
	s = open(t, dir, Options{})
	if d, err := s.Draft("31"); err != nil || d.Person != large {
		t.Errorf("a kept draft after opening again: %d bytes, %v", len(d.Person), err)
	}
	full := s.commit.free
	s.commit.free = func() (uint64, error) { return 1, nil }
	if err := s.tidy(nil); err != nil {
		t.Errorf("on a full disk: %v, want to leave it for later", err)
	}
	s.commit.free = full
}
