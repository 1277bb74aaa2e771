package dataset

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// A snapshot of a collected dataset has a list of its rows beside it: the id of each in a line of its own, in
// the order of the records, which is that of the ids. Its name holds its SHA-256, which cites it: rows that
// were recorded since are in other lists, and equal content may be that of other rows.
const (
	listPrefix = "rows-"
	listSuffix = ".rows" // while it is being written
	listLine   = 27      // bytes: a ULID and the end of the line
)

// beginList adds a list of rows to a stage.
func (s *stage) beginList() error {
	f, err := s.r.root.OpenFile(path.Join(s.folder, s.name+listSuffix), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return explainDisk(err)
	}
	s.files = append(s.files, f)
	s.list, s.listSum = bufio.NewWriterSize(f, 1<<16), sha256.New()
	return nil
}

// putListed adds the row of the record that was put last.
func (s *stage) putListed(id string) error {
	if len(id) >= listLine {
		return fmt.Errorf("a row of %s has the id %q, which is longer than a ULID", s.name, id)
	}
	line := fmt.Appendf(nil, "%-*s\n", listLine-1, id)
	s.listSum.Write(line)
	_, err := s.list.Write(line)
	return explainDisk(err)
}

// ListOf returns what cites the rows of a snapshot, given the path that Find returned; it is empty for what is
// not a snapshot.
func (r *Register) ListOf(at string) string {
	within, err := filepath.Rel(filepath.Join(r.store.Dir(), folder), filepath.Dir(at))
	if err != nil {
		return ""
	}
	within = filepath.ToSlash(within)
	r.names.Lock()
	list, known := r.lists[within]
	r.names.Unlock()
	if known {
		return list
	}
	entries, err := fs.ReadDir(r.root.FS(), within)
	if err != nil {
		return "" // a file of somewhere else
	}
	for _, entry := range entries { // of a snapshot that an earlier process made
		if list, is := strings.CutPrefix(entry.Name(), listPrefix); is {
			return list
		}
	}
	return ""
}

// RowList is the rows of a snapshot. Whoever opens it closes it.
type RowList struct {
	file *os.File
	n    int
}

// OpenList opens the list that cites the rows of a snapshot; one that is not there is fs.ErrNotExist.
func (r *Register) OpenList(name, digest, list string) (*RowList, error) {
	f, err := r.root.Open(path.Join(name, digest, listPrefix+list))
	if err != nil {
		return nil, fmt.Errorf("the list of the rows of dataset %s in version %.12s: %w", name, digest, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &RowList{f, int(info.Size() / listLine)}, nil
}

// Len is how many rows there are.
func (l *RowList) Len() int { return l.n }

// ID returns the id of the row of the i-th record, from 0.
func (l *RowList) ID(i int) (string, error) {
	var line [listLine]byte
	if _, err := l.file.ReadAt(line[:], int64(i)*listLine); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(string(line[:]), " \n"), nil
}

// Find returns which record a row is, or -1 for one that is not in the snapshot.
func (l *RowList) Find(id string) (int, error) {
	var broken error
	at := sort.Search(l.n, func(i int) bool {
		there, err := l.ID(i)
		broken = errors.Join(broken, err)
		return there >= id
	})
	if broken != nil || at == l.n {
		return -1, broken
	}
	there, err := l.ID(at)
	if err != nil || there != id {
		return -1, err
	}
	return at, nil
}

// Close closes the file.
func (l *RowList) Close() error { return l.file.Close() }
