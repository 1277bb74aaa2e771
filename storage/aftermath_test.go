package storage

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// aftermath is what a disk may have after a loss of power besides what was synced.
type aftermath struct {
	name string
	// change alters what the disk has of a file. now is what the kernel had of it, nil when it was
	// removed since. Nil leaves the file out.
	change func(random *rand.Rand, name string, synced, now []byte) []byte
}

const (
	diskPage = 4096
	// behind are the zeros after the last byte of a log that Badger has written: those that its last
	// entry may end with, and those that it puts where the next will begin.
	behind = 32
)

var aftermaths = []aftermath{
	{"nothing but what was synced", func(_ *rand.Rand, _ string, synced, _ []byte) []byte { return synced }},
	{"removals at once", func(_ *rand.Rand, _ string, synced, now []byte) []byte {
		if now == nil {
			return nil
		}
		return synced
	}},
	{"removed files emptied", func(_ *rand.Rand, _ string, synced, now []byte) []byte {
		if now == nil {
			return []byte{}
		}
		return synced
	}},
	{"some pages written early", func(random *rand.Rand, _ string, synced, now []byte) []byte {
		if now == nil {
			return synced
		}
		mixed := append(bytes.Clone(synced), make([]byte, max(0, len(now)-len(synced)))...)
		for at := 0; at < len(now); at += diskPage {
			if end := min(at+diskPage, len(now)); random.IntN(2) == 0 {
				copy(mixed[at:end], now[at:end])
			}
		}
		return mixed
	}},
	{"logs cut where they end", func(_ *rand.Rand, name string, synced, _ []byte) []byte {
		if !isLog(name) {
			return synced
		}
		return synced[:min(len(synced), len(bytes.TrimRight(synced, "\x00"))+behind)]
	}},
	{"garbage where logs end", func(random *rand.Rand, name string, synced, _ []byte) []byte {
		if !isLog(name) {
			return synced
		}
		torn, end := bytes.Clone(synced), len(bytes.TrimRight(synced, "\x00"))+behind
		for i := end; i < min(end+3*diskPage, len(torn)); i++ {
			torn[i] = byte(random.Uint32())
		}
		return torn
	}},
}

func isLog(name string) bool {
	return strings.HasSuffix(name, ".mem") || strings.HasSuffix(name, ".vlog")
}

// disk makes a data folder of what was on the disk when the power went.
func (l loss) disk(t *testing.T, random *rand.Rand, how aftermath) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, storeFolder), 0o700); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(filepath.Join(l.folder, "names"))
	if err != nil || len(names) == 0 {
		t.Fatalf("the disk has %d names, %v", len(names), err)
	}
	for _, entry := range names {
		name := entry.Name()
		if name == "LOCK" {
			continue
		}
		id := readFile(t, filepath.Join(l.folder, "names", name))
		synced := slices.Concat([]byte{}, readFile(t, filepath.Join(l.folder, "files", string(id))))
		content := how.change(random, name, synced, readFile(t, filepath.Join(l.store, name)))
		if content == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, storeFolder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readFile reads a file; one that is not there is nil.
func readFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return content
}

// TestHalfMadeLogs: a kill between the creation of a log and its first byte, or between its end and
// its removal, leaves an empty file.
func TestHalfMadeLogs(t *testing.T) {
	for _, names := range [][]string{{"00007.mem"}, {"000009.vlog"}, {"00001.mem", "00008.mem", "000002.vlog"}} {
		for _, readOnly := range []bool{false, true} {
			dir := t.TempDir()
			s := open(t, dir, Options{})
			if err := errors.Join(s.PutRun("A", []byte("1")), s.Close()); err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				if err := os.WriteFile(filepath.Join(dir, storeFolder, name), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s = open(t, dir, Options{ReadOnly: readOnly})
			if got, err := s.GetRun("A"); err != nil || string(got) != "1" {
				t.Errorf("with empty %v, read only %v: got %q, %v", names, readOnly, got, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
