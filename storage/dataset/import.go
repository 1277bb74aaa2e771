package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/klauspost/compress/gzip"

	"workbench/storage"
)

// maxRecord is the longest record in bytes that is imported.
const maxRecord = 1 << 20

// MaxPassage is the most words that a passage may be asked to have.
const MaxPassage = 10_000

// Import is a file on its way into the register.
type Import struct {
	Name   string    // what it will be called; see [CheckName]
	Source string    // the file's name: its ending says the format
	From   io.Reader // the file
	Size   int64     // of the file in bytes; 0 where it is not known
	By     string    // the person; empty for whoever sits at the machine
	// Replace makes the name mean this file from now on, where it means another. The other stays for
	// what cites it.
	Replace bool
	// PassageWords joins consecutive paragraphs of a book until they have so many words; 0 keeps
	// paragraphs.
	PassageWords int
	// Progress, if there is one, is told now and then how much of the file was read, and how many
	// records were found in it.
	Progress func(bytes int64, records int)
}

// Import reads a file (see [Importers]; .gz may follow), checks every record, and keeps it under a
// name, all or nothing: when it returns nil the data is on the disk, and after an error, or a kill
// at any moment, nothing of it is left that has a name. A text that is no record, or one of more
// than a megabyte, is a [*BadRecord] with its line and column.
//
// The file is kept unzipped and as it is, so its digest is that of sha256sum. Plain text becomes
// JSON Lines of paragraphs or passages with where they stand; see [bookmaker].
//
// The same content under the same name again changes nothing. Other content is [ErrTaken] without
// Replace.
func (r *Register) Import(ctx context.Context, in Import) (storage.Dataset, error) {
	none := storage.Dataset{}
	importer, zipped, err := in.check()
	if err != nil {
		return none, err
	}
	if old, err := r.store.Dataset(in.Name); err == nil && old.Kind == Collected {
		return none, taken(old)
	}
	if err := r.room(in.Size); err != nil {
		return none, fmt.Errorf("import %s: %w", in.Source, err)
	}
	s, err := r.begin(in.Name + importer.keptAs())
	if err != nil {
		return none, err
	}
	if err := s.fill(ctx, in, importer, zipped); err != nil {
		return none, errors.Join(err, s.abandon())
	}
	d, err := r.name(s, in, importer)
	if err != nil {
		return none, errors.Join(err, s.abandon())
	}
	return d, nil
}

// check refuses what needs no reading of the file.
func (in Import) check() (importer Importer, zipped bool, err error) {
	if err := CheckName(in.Name); err != nil {
		return importer, false, err
	}
	if importer, zipped, err = importerFor(in.Source); err != nil {
		return importer, false, refuse(ErrFile, "%w", err)
	}
	switch {
	case in.PassageWords != 0 && !importer.plain:
		return importer, false, refuse(ErrAsked, "%s has records of its own; only plain text (.txt) is joined to passages", in.Source)
	case in.PassageWords < 0 || in.PassageWords > MaxPassage:
		return importer, false, refuse(ErrAsked, "passages of %d words: between 1 and %d are possible", in.PassageWords, MaxPassage)
	}
	return importer, zipped, nil
}

// keptAs is how the name of the kept file ends.
func (i Importer) keptAs() string {
	if i.plain {
		return ".jsonl"
	}
	return i.Suffixes[0]
}

// fill reads the file into the stage.
func (s *stage) fill(ctx context.Context, in Import, importer Importer, zipped bool) error {
	upload := &upload{ctx: ctx, from: in.From, stage: s, told: in.Progress}
	content := io.Reader(upload)
	if zipped {
		unzipped, err := gzip.NewReader(content)
		if err != nil {
			return in.unreadable(upload, fmt.Errorf("%s is not a gzip file, though its name ends in .gz: %w", in.Source, err))
		}
		content = unzipped
	}
	content = &bounded{from: content, left: maxUnzipped}
	var err error
	if importer.plain {
		err = s.fillBook(content, in)
	} else {
		err = importer.New(maxRecord).Scan(io.TeeReader(content, s), func(offset int64, _ Record) error { return s.mark(offset) })
	}
	if err == nil && s.records == 0 {
		err = &BadRecord{Line: 1, Column: 1, Problem: "the file holds no record"}
	}
	upload.tell()
	var bad *BadRecord
	switch {
	case errors.As(err, &bad):
		bad.File = in.Source
		return bad
	case err != nil:
		return in.unreadable(upload, fmt.Errorf("import %s: %w", in.Source, err))
	}
	return nil
}

// unreadable tells a file that cannot be read from a reading that was broken off, and from a disk
// that is full.
func (in Import) unreadable(u *upload, err error) error {
	if u.err != nil {
		return fmt.Errorf("import %s: %w", in.Source, u.err)
	}
	var wrong *fs.PathError
	if errors.Is(err, storage.ErrFull) || errors.As(err, &wrong) {
		return err
	}
	return refuse(ErrFile, "%w; is the file whole?", err)
}

// name gives what was staged its place and its name.
func (r *Register) name(s *stage, in Import, importer Importer) (storage.Dataset, error) {
	digest, err := s.finish()
	if err != nil {
		return storage.Dataset{}, err
	}
	r.names.Lock()
	defer r.names.Unlock()
	old, err := r.store.Dataset(in.Name)
	had := err == nil
	same := had && old.Path == s.place(in.Name, digest)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return old, err
	case had && old.Kind == Collected, had && !same && !in.Replace:
		return old, taken(old)
	}
	if err := s.settle(in.Name, digest); err != nil || same {
		return old, err
	}
	d := storage.Dataset{
		Name: in.Name, Kind: Imported, Path: s.place(in.Name, digest), Source: filepath.Base(in.Source), Format: importer.Name,
		Digest: digest, Records: s.records, Bytes: s.bytes, Created: r.now(),
	}
	b := &storage.Batch{}
	b.PutDataset(d)
	if err := r.event(b, "imported", in.By, in.Name, imported{d.Source, d.Digest, d.Records, d.Bytes, old.Digest}); err != nil {
		return d, err
	}
	return d, r.store.Commit(b)
}

// imported is the data of the event that a file was imported.
type imported struct {
	Source   string `json:"source"`
	Digest   string `json:"digest"`
	Records  int    `json:"records"`
	Bytes    int64  `json:"bytes"`
	Replaces string `json:"replaces,omitempty"` // the digest that the name meant before
}

func taken(d storage.Dataset) error {
	if d.Kind == Collected {
		return refuse(ErrTaken, "%s holds what flows recorded; choose another name", d.Name)
	}
	return refuse(ErrTaken, "%s holds other data (%d records of %s, imported on %s): choose another name, or replace it",
		d.Name, d.Records, d.Source, d.Created.Format("2006-01-02"))
}

// upload counts what was read of the file, and ends when its context does.
type upload struct {
	ctx   context.Context
	from  io.Reader
	stage *stage
	told  func(bytes int64, records int)
	bytes int64
	err   error // of reading, other than the end
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (n int, err error) {
	if err = u.ctx.Err(); err == nil {
		n, err = u.from.Read(p)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		u.err = err
	}
	u.bytes += int64(n)
	u.tell()
	return n, err
}

func (u *upload) tell() {
	if u.told != nil {
		u.told(u.bytes, u.stage.records)
	}
}

// bounded is a reader that errs beyond a limit.
type bounded struct {
	from io.Reader
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("it holds more than %d GB", maxUnzipped>>30)
	}
	return n, err
}
