package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Sizes in bytes.
const (
	defaultInMemory = 64 << 20
	maxUnzipped     = 64 << 30 // more is taken for an attack
)

// source is a file that was read once: where its records begin, and the content to read them from.
type source struct {
	path    string // as given
	name    string
	format  Format
	content io.ReaderAt
	offsets []int64 // of each record, then the end of the content
	sha256  string  // of the content, in hex

	closing sync.Once
	file    *os.File // nil when the content is in memory
}

// openSource reads the file at path once. Unzipped content of more than inMemory bytes goes to a
// temporary file.
func openSource(path string, inMemory int64) (*source, error) {
	importer, zipped, err := importerFor(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open dataset: %w", err)
	}
	s := &source{path: path, name: filepath.Base(path), format: importer.New(maxLine), content: file, file: file}
	if zipped {
		if err := s.unzip(inMemory); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	if err := s.scan(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// unzip replaces the content by what is in it.
func (s *source) unzip(inMemory int64) error {
	zipped := s.file
	defer zipped.Close() // it was only read
	s.file = nil
	reader, err := gzip.NewReader(zipped)
	if err != nil {
		return fmt.Errorf("%s is not a gzip file, though its name ends in .gz: %w", s.path, err)
	}
	var head bytes.Buffer
	if _, err := io.CopyN(&head, reader, inMemory); err == nil {
		return s.spill(io.MultiReader(&head, reader))
	} else if !errors.Is(err, io.EOF) {
		return s.damaged(err)
	}
	s.content = bytes.NewReader(head.Bytes())
	return nil
}

// spill keeps the content in a temporary file that is gone with the process, because its name is
// removed at once where the system allows that.
func (s *source) spill(content io.Reader) error {
	file, err := os.CreateTemp("", "workbench-dataset-*")
	if err != nil {
		return fmt.Errorf("unzip %s: %w", s.path, err)
	}
	s.file, s.content = file, file
	_ = os.Remove(file.Name())
	n, err := io.Copy(file, io.LimitReader(content, maxUnzipped+1))
	switch {
	case err != nil:
		return s.damaged(err)
	case n > maxUnzipped:
		return fmt.Errorf("unzip %s: it holds more than %d GB", s.path, maxUnzipped>>30)
	}
	return nil
}

func (s *source) damaged(err error) error {
	return fmt.Errorf("unzip %s: %w; is the file whole?", s.path, err)
}

// scan reads the content, checks every record and notes where it begins.
func (s *source) scan() error {
	sum := &counter{hash: sha256.New()}
	content := io.TeeReader(io.NewSectionReader(s.content, 0, 1<<62), sum)
	err := s.format.Scan(content, func(offset int64, _ Record) error {
		s.offsets = append(s.offsets, offset)
		return nil
	})
	var bad *BadRecord
	if errors.As(err, &bad) {
		bad.File = s.path
	}
	if err != nil {
		return err
	}
	s.offsets = append(s.offsets, sum.bytes)
	s.sha256 = hex.EncodeToString(sum.hash.Sum(nil))
	return nil
}

// record reads one record.
func (s *source) record(row int) (Record, error) {
	text := make([]byte, s.offsets[row+1]-s.offsets[row])
	if _, err := s.content.ReadAt(text, s.offsets[row]); err != nil && !errors.Is(err, io.EOF) {
		return Record{}, fmt.Errorf("read record %d of %s: %w", row, s.path, err)
	}
	record, err := s.format.Decode(text)
	if err != nil {
		return Record{}, fmt.Errorf("record %d of %s was whole when the file was opened and is not now: "+
			"has somebody changed the file?", row, s.path)
	}
	return record, nil
}

func (s *source) close() (err error) {
	s.closing.Do(func() {
		if s.file != nil {
			err = s.file.Close()
		}
	})
	return err
}

// counter hashes and counts what passes.
type counter struct {
	hash  hash.Hash
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return c.hash.Write(p)
}
