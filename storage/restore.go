package storage

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// ErrNotEmpty is what restoring gives into a folder that holds something.
var ErrNotEmpty = errors.New("the folder is not empty")

// Restore makes a data folder at dir out of a backup. dir must not be there or be empty. Everything is
// written beside it, read back and compared with the backup's hashes, migrated and opened; only then
// it gets its name. After an error nothing is left. Errors about the backup wrap [ErrBackup] or
// [ErrNewer].
func Restore(ctx context.Context, r io.Reader, dir string, o Options) (BackupInfo, error) {
	info, err := restore(ctx, r, dir, o)
	if err != nil {
		return BackupInfo{}, fmt.Errorf("restore into %s: %w", dir, err)
	}
	return info, nil
}

func restore(ctx context.Context, r io.Reader, dir string, o Options) (info BackupInfo, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return info, err
	case len(entries) > 0:
		return info, fmt.Errorf("%w: it holds %s; choose one that is not there yet", ErrNotEmpty, entries[0].Name())
	}
	above := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(above, 0o700); err != nil {
		return info, err
	}
	beside, err := os.MkdirTemp(above, "."+filepath.Base(dir)+".restore-")
	if err != nil {
		return info, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(beside))
		}
	}()
	said, info, err := unpack(ctx, r, beside)
	if err != nil {
		return info, err
	}
	if err := readBack(ctx, beside, said); err != nil {
		return info, err
	}
	if err := tryOut(beside, o, said); err != nil {
		return info, err
	}
	return info, settle(beside, dir)
}

// unpack writes a backup's content into a folder.
func unpack(ctx context.Context, r io.Reader, dir string) (said manifest, info BackupInfo, err error) {
	root, err := os.OpenRoot(dir) // whatever a path says, it stays below
	if err != nil {
		return said, info, err
	}
	defer root.Close()
	if err := root.Mkdir(storeFolder, 0o700); err != nil {
		return said, info, err
	}
	db, err := openBadger(filepath.Join(dir, storeFolder), Options{})
	if err != nil {
		return said, info, err
	}
	records := db.NewWriteBatch()
	into := &folderSink{root, records, &roomyWriter{w: io.Discard, free: diskFree(dir)}}
	info, said, err = readBackup(ctx, r, into)
	if err == nil {
		err = records.Flush()
	}
	records.Cancel()
	return said, info, errors.Join(err, db.Close())
}

// folderSink writes what it is given below a folder.
type folderSink struct {
	root    *os.Root
	records *badger.WriteBatch
	room    *roomyWriter // is told of every byte
}

func (f *folderSink) begin(header) error { return nil }

func (f *folderSink) record(key, value []byte) error {
	if _, err := f.room.Write(value); err != nil {
		return err
	}
	return f.records.Set(key, value)
}

func (f *folderSink) file(name string) (io.WriteCloser, error) {
	if err := f.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return nil, err
	}
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	return syncedFile{io.MultiWriter(f.room, file), file}, nil
}

// syncedFile is on the disk when it is closed.
type syncedFile struct {
	io.Writer
	file *os.File
}

func (f syncedFile) Close() error { return errors.Join(f.file.Sync(), f.file.Close()) }

// readBack compares what lies in a folder with a manifest: what was written may not be what is there.
func readBack(ctx context.Context, dir string, said manifest) error {
	db, err := openBadger(filepath.Join(dir, storeFolder), Options{ReadOnly: true})
	if err != nil {
		return err
	}
	s, sum, records := &Store{dir: dir, db: db}, sha256.New(), 0
	err = s.scan(nil, false, nil, func(key, value []byte) error {
		records++
		for _, part := range [][]byte{binary.AppendUvarint(nil, uint64(len(key))), key, value} {
			sum.Write(part)
		}
		return ctx.Err()
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if records != said.Records || hex.EncodeToString(sum.Sum(nil)) != said.SHA256 {
		return fmt.Errorf("the records on the disk are not those that were written; is the disk sound?")
	}
	for _, want := range said.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		got, err := sumFile(filepath.Join(dir, filepath.FromSlash(want.Path)))
		if err != nil {
			return err
		}
		if got != want.SHA256 {
			return fmt.Errorf("file %s on the disk is not what was written; is the disk sound?", want.Path)
		}
	}
	return nil
}

func sumFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// tryOut opens what was restored as the program will.
func tryOut(dir string, o Options, said manifest) error {
	o.ReadOnly = false
	s, err := Open(dir, o)
	if err != nil {
		return err
	}
	n, err := s.VerifyEvents()
	if err == nil && n != said.Events {
		err = fmt.Errorf("%w: %d entries were restored, %d were written", ErrChain, n, said.Events)
	}
	return errors.Join(err, s.Close())
}

// settle makes the names in a finished folder durable and gives it its own.
func settle(beside, dir string) error {
	err := filepath.WalkDir(beside, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return syncFolder(name)
	})
	if err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // it was empty when this began
	}
	if err := os.Rename(beside, dir); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(filepath.Clean(dir)))
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
