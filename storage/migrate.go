package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// migration makes a store of one version into one of the next. do reads the store and puts what
// changes into the batch, which is written in one transaction together with the new version: all of
// it or nothing. What the older version does not look at, and would be the same if it were written again,
// do may write by itself: it can be more than a transaction takes.
type migration struct {
	from int
	name string // what the next version has
	do   func(*Store, *Batch) error
}

// errOlder is what a store gives that must be migrated before it is read.
var errOlder = errors.New("the data folder was written by an older version")

// backupFolder is where backups before migrations are kept, below the data folder.
const backupFolder = "backups"

// migrate brings a store from a version to the one that the list ends with. A backup of the records is
// written first. When a migration fails, the store stays as it was before that one.
func (s *Store) migrate(found schema, list []migration, o Options) error {
	to := list[len(list)-1].from + 1
	kept, err := s.backupBefore(to)
	if err != nil {
		return fmt.Errorf("data folder %s has layout %d and needs %d; the backup before that change failed, so nothing was changed: %w",
			s.dir, found.Version, to, err)
	}
	for _, m := range list {
		if m.from < found.Version {
			continue
		}
		if err := s.step(m, o); err != nil {
			return fmt.Errorf("bring data folder %s from layout %d to %d (%s): %w; it still has layout %d, and a backup of its records is %s",
				s.dir, m.from, m.from+1, m.name, err, m.from, kept)
		}
	}
	return nil
}

// step carries out one migration.
func (s *Store) step(m migration, o Options) error {
	b := &Batch{}
	if err := m.do(s, b); err != nil {
		return err
	}
	b.put([]byte(schemaKey), schema{m.from + 1, o.Binary})
	if b.err != nil {
		return b.err
	}
	return s.db.Update(func(txn *badger.Txn) error {
		for _, w := range b.writes {
			if err := set(txn, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// backupBefore writes the records into the data folder and returns the file's path. Files beside the
// store are left out: migrations don't touch them.
func (s *Store) backupBefore(version int) (string, error) {
	folder := filepath.Join(s.dir, backupFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	name := filepath.Join(folder, fmt.Sprintf("before-%d-%s.backup", version, s.now().UTC().Format("20060102T150405.000Z")))
	part, err := os.CreateTemp(folder, ".part-") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = s.backup(context.Background(), LeavingRoom(part, folder), nil, true)
	if err == nil {
		err = checkWritten(part)
	}
	if err = errors.Join(err, part.Sync(), part.Close()); err == nil {
		err = os.Rename(part.Name(), name)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(part.Name()))
	}
	return name, syncFolder(folder)
}

// checkWritten reads a backup that was just written.
func checkWritten(f *os.File) error {
	if _, err := f.Seek(0, 0); err != nil {
		return err
	}
	_, err := VerifyBackup(context.Background(), f)
	return err
}
