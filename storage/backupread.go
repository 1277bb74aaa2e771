package storage

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// ErrBackup is what a file gives that is no backup, or one that is not whole.
var ErrBackup = errors.New("this is not a whole backup")

const (
	maxPiece    = 1 << 20     // bytes of a file in one frame
	maxText     = 256 << 20   // bytes of header or manifest; a file takes some 150 of them
	maxKey      = 4 * maxName // bytes; names are percent-encoded
	maxFrame    = maxRecord + 2*maxKey
	maxWindow   = 32 << 20 // bytes that decompression may look back
	longestPath = 4 << 10
)

// sink takes what a backup holds.
type sink interface {
	begin(header) error
	record(key, value []byte) error // the slices are its own
	file(path string) (io.WriteCloser, error)
}

// VerifyBackup reads a backup to its end, checks every hash, count and the chain of events, and says
// what it holds. Errors wrap [ErrBackup] or [ErrNewer].
func VerifyBackup(ctx context.Context, r io.Reader) (BackupInfo, error) {
	info, _, err := readBackup(ctx, r, discard{})
	if err != nil {
		return BackupInfo{}, fmt.Errorf("verify the backup: %w", err)
	}
	return info, nil
}

type discard struct{}

func (discard) begin(header) error                  { return nil }
func (discard) record(_, _ []byte) error            { return nil }
func (discard) file(string) (io.WriteCloser, error) { return nothing{io.Discard}, nil }

type nothing struct{ io.Writer }

func (nothing) Close() error { return nil }

// backupReader reads frames and keeps count of what it has read.
type backupReader struct {
	ctx     context.Context
	r       *bufio.Reader
	into    sink
	head    header
	seal    hash.Hash // of header and manifest
	records hash.Hash
	last    []byte // key of the latest record
	events  links
	got     manifest // what was read, to be compared with what the backup says
	bytes   int64
}

// readBackup hands a backup's content to a sink. What it returns without error was whole; what the
// sink was given before an error may be anything.
func readBackup(ctx context.Context, r io.Reader, into sink) (BackupInfo, manifest, error) {
	magic := make([]byte, len(backupMagic))
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != backupMagic {
		if err == nil && strings.HasPrefix(string(magic), strings.TrimRight(backupMagic, "1\n")) {
			return BackupInfo{}, manifest{}, fmt.Errorf("%w: its format is newer than this program; use the newer one", ErrNewer)
		}
		return BackupInfo{}, manifest{}, fmt.Errorf("%w: it does not begin like one", ErrBackup)
	}
	expanded, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return BackupInfo{}, manifest{}, err
	}
	defer expanded.Close()
	in := &backupReader{ctx: ctx, r: bufio.NewReaderSize(expanded, 1<<16), into: into, seal: sha256.New(), records: sha256.New()}
	said, err := in.all()
	if err != nil {
		return BackupInfo{}, said, in.explain(err)
	}
	return infoOf(in.head, said, in.bytes), said, nil
}

// explain says what an error means for the backup. Those of the sink and of the context are their own.
func (in *backupReader) explain(err error) error {
	var own sinkError
	switch {
	case errors.As(err, &own):
		return own.err
	case in.ctx.Err() != nil:
		return in.ctx.Err()
	case errors.Is(err, ErrBackup), errors.Is(err, ErrNewer):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends early, after %d records and %d files", ErrBackup, in.got.Records, len(in.got.Files))
	}
	return fmt.Errorf("%w: after %d records and %d files: %w", ErrBackup, in.got.Records, len(in.got.Files), err)
}

// sinkError is an error that is not about the backup.
type sinkError struct{ err error }

func (e sinkError) Error() string { return e.err.Error() }
func (e sinkError) Unwrap() error { return e.err }

func own(err error) error {
	if err == nil {
		return nil
	}
	return sinkError{err}
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBackup}, args...)...)
}

// all reads every frame, and the end.
func (in *backupReader) all() (said manifest, err error) {
	kind, text, err := in.frame()
	if err != nil {
		return said, err
	}
	if err := in.sealed(kind, 'h', text, &in.head); err != nil {
		return said, err
	}
	if in.head.Schema > schemaVersion {
		return said, fmt.Errorf("%w: the backup has layout %d, this program knows layouts up to %d; use the newer program",
			ErrNewer, in.head.Schema, schemaVersion)
	}
	if err := own(in.into.begin(in.head)); err != nil {
		return said, err
	}
	kind, text, err = in.frame()
	for ; err == nil && kind == 'r'; kind, text, err = in.frame() {
		if err := in.record(text); err != nil {
			return said, err
		}
	}
	for ; err == nil && kind == 'f'; kind, text, err = in.frame() {
		if err := in.file(string(text)); err != nil {
			return said, err
		}
	}
	if err != nil {
		return said, err
	}
	if err := in.sealed(kind, 'm', text, &said); err != nil {
		return said, err
	}
	return said, in.end(said)
}

// frame reads the next frame.
func (in *backupReader) frame() (kind byte, text []byte, err error) {
	if err := in.ctx.Err(); err != nil {
		return 0, nil, err
	}
	if kind, err = in.r.ReadByte(); err != nil {
		return 0, nil, err
	}
	limit, known := frameLimit(kind)
	if !known {
		return 0, nil, damaged("there is no frame %q", kind)
	}
	size, err := binary.ReadUvarint(in.r)
	if err != nil {
		return 0, nil, err
	}
	if size > limit {
		return 0, nil, damaged("a frame %c of %d bytes", kind, size)
	}
	// Memory grows with what is there, not with what is claimed.
	var buffer bytes.Buffer
	if _, err := io.CopyN(&buffer, in.r, int64(size)); err != nil {
		return 0, nil, err
	}
	return kind, buffer.Bytes(), nil
}

// frameLimit is the most bytes that a kind of frame may have.
func frameLimit(kind byte) (bytes uint64, known bool) {
	switch kind {
	case 'h', 'm':
		return maxText, true
	case 'r':
		return maxFrame, true
	case 'f':
		return longestPath, true
	case 'd':
		return maxPiece, true
	case 's':
		return sha256.Size, true
	case 'e':
		return 0, true
	}
	return 0, false
}

// sealed reads a frame of JSON that the seal covers.
func (in *backupReader) sealed(kind, want byte, text []byte, into any) error {
	if kind != want {
		return damaged("a frame %c where %c belongs", kind, want)
	}
	in.seal.Write(text)
	if err := json.Unmarshal(text, into); err != nil {
		return damaged("frame %c: %v", kind, err)
	}
	return nil
}

func (in *backupReader) record(text []byte) error {
	in.records.Write(text)
	length, n := binary.Uvarint(text)
	if n <= 0 || length == 0 || length > uint64(len(text)-n) || length > maxKey {
		return damaged("record %d has a key of %d bytes", in.got.Records+1, length)
	}
	key, value := text[n:n+int(length)], text[n+int(length):]
	if bytes.Compare(key, in.last) <= 0 {
		return damaged("the record %q comes after %q", key, in.last)
	}
	in.last = key
	if err := in.events.record(key, value); err != nil {
		return err
	}
	in.got.Records++
	in.bytes += int64(len(key) + len(value))
	return own(in.into.record(key, value))
}

func (in *backupReader) file(name string) (err error) {
	if folder, _, below := strings.Cut(name, "/"); !below || !fs.ValidPath(name) || !slices.Contains(backedUp, folder) {
		return damaged("a file is called %q", name)
	}
	to, err := in.into.file(name)
	if err != nil {
		return own(err)
	}
	defer func() { err = errors.Join(err, own(to.Close())) }()
	sum, size := sha256.New(), int64(0)
	for {
		kind, text, err := in.frame()
		if err != nil {
			return err
		}
		if kind == 'e' {
			break
		}
		if kind != 'd' {
			return damaged("a frame %c within file %s", kind, name)
		}
		sum.Write(text)
		size += int64(len(text))
		if _, err := to.Write(text); err != nil {
			return own(err)
		}
	}
	in.bytes += size
	in.got.Files = append(in.got.Files, backedFile{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// end compares what was read with what the backup says, and makes sure that nothing follows.
func (in *backupReader) end(said manifest) error {
	kind, text, err := in.frame()
	switch {
	case err != nil:
		return err
	case kind != 's' || subtle.ConstantTimeCompare(text, in.seal.Sum(nil)) != 1:
		return damaged("its header or its list of contents was changed")
	case said.Records != in.got.Records || said.SHA256 != hex.EncodeToString(in.records.Sum(nil)):
		return damaged("the %d records are not those %d that were written", in.got.Records, said.Records)
	case said.Events != in.events.n:
		return damaged("%d events, %d were written", in.events.n, said.Events)
	case !slices.Equal(said.Files, in.got.Files):
		return damaged("%s", differing(said.Files, in.got.Files))
	}
	if _, err := in.r.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged("something follows its end (%v)", err)
	}
	return nil
}

// differing names the first file that is not what was written.
func differing(said, got []backedFile) string {
	for i, f := range got {
		if i >= len(said) || said[i] != f {
			return fmt.Sprintf("file %s is not what was written", f.Path)
		}
	}
	return fmt.Sprintf("%d files, %d were written", len(got), len(said))
}
