package dataset

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path"
	"syscall"

	"workbench/storage"
)

// Room on the disk, in bytes.
const (
	keepFree  = 256 << 20 // for people's answers, which no import may crowd out
	lookEvery = 16 << 20  // how often it is looked at
)

// offsetsSuffix ends the name of the file beside a dataset's that holds where each record begins, and
// then where the last one ends: eight bytes each, the lowest first.
const offsetsSuffix = ".offsets"

// stage is a version of a dataset that is being written: a hidden folder with the file and its
// offsets.
type stage struct {
	r       *Register
	folder  string // in the root
	name    string // of the file
	files   []*os.File
	content *bufio.Writer
	offsets *bufio.Writer
	sum     hash.Hash
	bytes   int64
	looked  int64 // bytes when room was last looked for
	records int

	list     *bufio.Writer // of the rows of a snapshot; nil for an import
	listSum  hash.Hash
	listName string // once it is finished
}

// begin makes a stage for a file of this name.
func (r *Register) begin(name string) (*stage, error) {
	s := &stage{r: r, folder: hidden + rand.Text(), name: name, sum: sha256.New()}
	if err := r.root.Mkdir(s.folder, 0o700); err != nil {
		return nil, fmt.Errorf("begin dataset %s: %w", name, explainDisk(err))
	}
	for _, file := range []string{name, name + offsetsSuffix} {
		f, err := r.root.OpenFile(path.Join(s.folder, file), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("begin dataset %s: %w", name, explainDisk(err)), s.abandon())
		}
		s.files = append(s.files, f)
	}
	s.content, s.offsets = bufio.NewWriterSize(s.files[0], 1<<18), bufio.NewWriterSize(s.files[1], 1<<16)
	return s, nil
}

// Write appends to the file.
func (s *stage) Write(p []byte) (int, error) {
	if s.bytes-s.looked >= lookEvery {
		s.looked = s.bytes
		if err := s.r.room(0); err != nil {
			return 0, err
		}
	}
	n, err := s.content.Write(p)
	s.sum.Write(p[:n])
	s.bytes += int64(n)
	return n, explainDisk(err)
}

// mark says that a record begins at an offset of the file.
func (s *stage) mark(offset int64) error {
	s.records++
	return s.putOffset(offset)
}

func (s *stage) putOffset(offset int64) error {
	var buf [8]byte
	binary.LittleEndian.PutUint64(buf[:], uint64(offset))
	_, err := s.offsets.Write(buf[:])
	return explainDisk(err)
}

// finish makes the files durable and closes them. It returns the digest of the content.
func (s *stage) finish() (digest string, err error) {
	err = errors.Join(s.putOffset(s.bytes), s.content.Flush(), s.offsets.Flush())
	if s.list != nil {
		err = errors.Join(err, s.list.Flush())
	}
	for _, f := range s.files {
		err = errors.Join(err, f.Sync(), f.Close())
	}
	s.files = nil
	if err != nil {
		return "", fmt.Errorf("write dataset %s: %w", s.name, explainDisk(err))
	}
	if s.list != nil {
		s.listName = listPrefix + hex.EncodeToString(s.listSum.Sum(nil))
	}
	return hex.EncodeToString(s.sum.Sum(nil)), nil
}

// place is where a version of a dataset lies, as records have it.
func (s *stage) place(dataset, digest string) string {
	return path.Join(folder, dataset, digest, s.name)
}

// settle gives what is finished its place, where equal content may lie already.
func (s *stage) settle(dataset, digest string) error {
	root, place := s.r.root, path.Join(dataset, digest)
	var moves [][2]string
	if s.list != nil { // equal content may be that of other rows
		moves = append(moves, [2]string{s.name + listSuffix, s.listName})
	}
	if !s.isThere(place) {
		if err := root.MkdirAll(place, 0o700); err != nil {
			return explainDisk(err)
		}
		// The file comes last: where it is, all is. The folder may hold the same content in another format.
		moves = append(moves, [2]string{s.name + offsetsSuffix, s.name + offsetsSuffix}, [2]string{s.name, s.name})
	}
	for _, move := range moves {
		if err := root.Rename(path.Join(s.folder, move[0]), path.Join(place, move[1])); err != nil {
			return explainDisk(err)
		}
		if err := syncFolder(root, place); err != nil {
			return err
		}
	}
	if len(moves) == 0 {
		return s.abandon()
	}
	return errors.Join(syncFolder(root, dataset), syncFolder(root, "."), s.abandon())
}

// isThere says whether a place holds what the stage does; a file that was cut off is not that.
func (s *stage) isThere(place string) bool {
	for file, size := range map[string]int64{s.name: s.bytes, s.name + offsetsSuffix: 8 * int64(s.records+1)} {
		if info, err := s.r.root.Stat(path.Join(place, file)); err != nil || info.Size() != size {
			return false
		}
	}
	return true
}

// abandon removes what is left of the stage.
func (s *stage) abandon() (err error) {
	for _, f := range s.files {
		err = errors.Join(err, f.Close())
	}
	s.files = nil
	return errors.Join(err, s.r.root.RemoveAll(s.folder))
}

func syncFolder(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	return explainDisk(errors.Join(f.Sync(), f.Close()))
}

// room refuses to write so many bytes where that would leave too little for others.
func (r *Register) room(bytes int64) error {
	free, err := r.store.Free()
	if err != nil {
		return nil //nolint:nilerr // where the system does not say, the write itself will
	}
	if need := uint64(bytes) + keepFree; free < need {
		return fmt.Errorf("%w: %d MB are left, and this needs %d MB, of which %d MB are kept free for people's answers; make room and try again",
			storage.ErrFull, free>>20, need>>20, keepFree>>20)
	}
	return nil
}

// explainDisk turns the system's word for a full disk into storage's.
func explainDisk(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w; make room and try again: %w", storage.ErrFull, err)
	}
	return err
}
