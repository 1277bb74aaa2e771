package storage

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// A backup is a line that says what it is, then a zstd stream of frames: a letter, a length, and as
// many bytes.
//
//	h  the header, as JSON
//	r  a record: the length of its key, the key, the value; in the order of the keys
//	f  a file: its path, with slashes, relative to the data folder
//	d  a piece of that file's content
//	e  the end of that file
//	m  the manifest, as JSON: how many records there are and their SHA-256, the files with theirs
//	s  SHA-256 of header and manifest
//
// Every byte is covered by a hash that comes after it, so a backup that ends early or was changed is
// noticed, whatever the compression makes of it.
const backupMagic = "workbench backup 1\n"

// backedUp are the folders whose files go into a backup. What is hidden or ends in .part in them is
// unfinished.
var backedUp = []string{"datasets", "models", "runs"}

// BackupInfo says what a backup holds.
type BackupInfo struct {
	Schema  int       `json:"schema"`           // the version of the keys and records
	Binary  string    `json:"binary,omitempty"` // that created the store
	Created time.Time `json:"created"`          // of the backup
	// RecordsOnly says that files were left out on purpose, as in those made before a migration.
	RecordsOnly bool   `json:"records_only,omitempty"`
	Records     int    `json:"records"`
	Events      uint64 `json:"events"` // entries of the log of events, whose chain was checked
	Files       int    `json:"files"`
	Bytes       int64  `json:"bytes"` // of records and files, before compression
	// Missing lists what should be in the backup and is not: files that models or datasets cite and
	// that were not there, links, names that are not UTF-8, and what vanished while it was made.
	Missing []string `json:"missing,omitempty"`
}

// header is what is known when a backup begins.
type header struct {
	Schema      int       `json:"schema"`
	Binary      string    `json:"binary,omitempty"`
	Created     time.Time `json:"created"`
	RecordsOnly bool      `json:"records_only,omitempty"`
}

// manifest is what is known when it ends.
type manifest struct {
	Records int          `json:"records"`
	SHA256  string       `json:"sha256"` // of the payloads of all r frames
	Events  uint64       `json:"events"`
	Files   []backedFile `json:"files"`
	Missing []string     `json:"missing,omitempty"`
}

type backedFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Backup writes all records, as they are at its start, and the files of models, runs and datasets to
// w, while others read and write. progress, if there is one, is told how many bytes more are done. A
// backup is worth something only when [VerifyBackup] has read it to its end.
func (s *Store) Backup(ctx context.Context, w io.Writer, progress func(bytes int64)) (BackupInfo, error) {
	info, err := s.backup(ctx, w, progress, false)
	if err != nil {
		return info, fmt.Errorf("back up data folder %s: %w", s.dir, err)
	}
	return info, nil
}

func (s *Store) backup(ctx context.Context, w io.Writer, progress func(int64), recordsOnly bool) (info BackupInfo, err error) {
	if err := s.Sync(); err != nil {
		return info, err
	}
	found, err := s.readSchema()
	if err != nil {
		return info, err
	}
	if _, err := io.WriteString(w, backupMagic); err != nil {
		return info, err
	}
	// One thread: people are being served meanwhile.
	compressed, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return info, err
	}
	out := &backupWriter{ctx: ctx, w: bufio.NewWriterSize(compressed, 1<<16), progress: progress, seal: sha256.New()}
	head := header{Schema: found.Version, Binary: found.Binary, Created: s.now().UTC(), RecordsOnly: recordsOnly}
	if err := out.sealed('h', head); err != nil {
		return info, errors.Join(err, compressed.Close())
	}
	err = s.backupRecords(out)
	if err == nil && !recordsOnly {
		err = s.backupFiles(out)
	}
	if err == nil {
		err = out.finish(recordsOnly)
	}
	if err = errors.Join(err, compressed.Close()); err != nil {
		return info, err
	}
	return infoOf(head, out.manifest, out.bytes), nil
}

func infoOf(h header, m manifest, bytes int64) BackupInfo {
	return BackupInfo{
		Schema: h.Schema, Binary: h.Binary, Created: h.Created, RecordsOnly: h.RecordsOnly,
		Records: m.Records, Events: m.Events, Files: len(m.Files), Bytes: bytes, Missing: m.Missing,
	}
}

// backupWriter writes frames and gathers the manifest.
type backupWriter struct {
	ctx      context.Context
	w        *bufio.Writer
	progress func(int64)
	seal     hash.Hash // of header and manifest
	cites    citations
	manifest manifest
	bytes    int64
}

func (out *backupWriter) frame(kind byte, parts ...[]byte) error {
	if err := out.ctx.Err(); err != nil {
		return err
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	head := binary.AppendUvarint([]byte{kind}, uint64(size))
	for _, part := range slices.Insert(parts, 0, head) {
		if _, err := out.w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// sealed writes a frame of JSON that the seal covers.
func (out *backupWriter) sealed(kind byte, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	out.seal.Write(text)
	return out.frame(kind, text)
}

func (out *backupWriter) count(bytes int) {
	out.bytes += int64(bytes)
	if out.progress != nil {
		out.progress(int64(bytes))
	}
}

// backupRecords writes the records as one transaction sees them.
func (s *Store) backupRecords(out *backupWriter) error {
	sum := sha256.New()
	var events links
	err := s.scan(nil, false, nil, func(key, value []byte) error {
		length := binary.AppendUvarint(nil, uint64(len(key)))
		for _, part := range [][]byte{length, key, value} {
			sum.Write(part)
		}
		if err := errors.Join(events.record(key, value), out.cites.record(key, value)); err != nil {
			return err
		}
		out.manifest.Records++
		out.count(len(key) + len(value))
		return out.frame('r', length, key, value)
	})
	out.manifest.SHA256 = hex.EncodeToString(sum.Sum(nil))
	out.manifest.Events = events.n
	return err
}

// backupFiles writes what lies beside the store. Files appear there whole, and are not changed.
func (s *Store) backupFiles(out *backupWriter) error {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, folder := range backedUp {
		if info, err := root.Lstat(folder); err == nil && !info.IsDir() {
			out.manifest.Missing = append(out.manifest.Missing, folder)
			continue
		}
		err := fs.WalkDir(root.FS(), folder, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist): // it was deleted meanwhile, or there is none
				return nil
			case err != nil:
				return err
			case unfinished(entry.Name()) && entry.IsDir():
				return fs.SkipDir
			case unfinished(entry.Name()) || entry.IsDir():
				return nil
			case !entry.Type().IsRegular(), !fs.ValidPath(name), len(name) > longestPath:
				out.manifest.Missing = append(out.manifest.Missing, name)
				return nil
			}
			return out.file(root, name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func unfinished(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".part")
}

// file writes one file.
func (out *backupWriter) file(root *os.Root, name string) error {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		out.manifest.Missing = append(out.manifest.Missing, name)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := out.frame('f', []byte(name)); err != nil {
		return err
	}
	sum, size, piece := sha256.New(), int64(0), make([]byte, maxPiece)
	for {
		n, err := io.ReadFull(f, piece)
		if n > 0 {
			sum.Write(piece[:n])
			size += int64(n)
			out.count(n)
			if err := out.frame('d', piece[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	out.manifest.Files = append(out.manifest.Files, backedFile{name, size, hex.EncodeToString(sum.Sum(nil))})
	return out.frame('e')
}

// finish writes manifest and seal.
func (out *backupWriter) finish(recordsOnly bool) error {
	if !recordsOnly {
		out.manifest.Missing = append(out.manifest.Missing, out.cites.missing(out.manifest.Files)...)
		slices.Sort(out.manifest.Missing)
		out.manifest.Missing = slices.Compact(out.manifest.Missing)
	}
	err := out.sealed('m', out.manifest)
	if err == nil {
		err = out.frame('s', out.seal.Sum(nil))
	}
	return errors.Join(err, out.w.Flush())
}

// citations are the paths that records of models and datasets name.
type citations struct{ paths []string }

func (c *citations) record(key, value []byte) error {
	if !hasPrefix(key, modelsPrefix) && !hasPrefix(key, datasetsPrefix) {
		return nil
	}
	var citing struct{ Path string }
	if err := json.Unmarshal(value, &citing); err != nil {
		return fmt.Errorf("the record %s is not readable: %w", key, err)
	}
	if citing.Path != "" {
		c.paths = append(c.paths, path.Clean(citing.Path))
	}
	return nil
}

// missing lists the cited paths that are neither a file nor a folder with files.
func (c *citations) missing(files []backedFile) (none []string) {
	there := map[string]bool{}
	for _, f := range files {
		for name := f.Path; name != "." && name != "/" && !there[name]; name = path.Dir(name) {
			there[name] = true
		}
	}
	for _, cited := range c.paths {
		if !there[cited] {
			none = append(none, cited)
		}
	}
	return none
}

func hasPrefix(key []byte, prefix string) bool { return strings.HasPrefix(string(key), prefix) }
