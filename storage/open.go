package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Options say how a data folder is opened; the zero value opens it to read and write.
type Options struct {
	// ReadOnly shares the folder with other readers and refuses writes with ErrReadOnly. It does not
	// share with a writer: Badger keeps in memory what a second process would have to see.
	ReadOnly bool
	// Binary is the version of the program, noted in a new folder for whoever cannot read it later.
	Binary string
	// Now is the clock; nil means the machine's.
	Now func() time.Time

	tune func(badger.Options) badger.Options // for tests that need other sizes, or a store that forgets
}

// Store is an open data folder. Its methods may be called from several goroutines.
type Store struct {
	dir    string
	db     *badger.DB
	commit *committer // nil when read-only
	keep   *keeper    // nil when read-only
	now    func() time.Time
	models sync.Mutex // whoever registers a model reads before writing
	rows   watchers
	frozen *badger.Txn // what is read, in a frozen store; nil otherwise
	cache  LazyCache
}

// storeFolder is where Badger's files lie inside the data folder.
const storeFolder = "store"

// Open opens the data folder at dir, creating it (for its owner alone) when it is not there and
// will be written. Errors wrap [ErrLocked], [ErrNewer] or, to read a folder that is not there,
// fs.ErrNotExist, and say what to do. A folder that an older version wrote is migrated, also when it
// is opened to read, after a backup of its records was written below it.
func Open(dir string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s, err := openOnce(dir, o)
	if !errors.Is(err, errOlder) {
		return s, err
	}
	writing := o
	writing.ReadOnly = false
	if s, err = openOnce(dir, writing); err == nil {
		err = s.Close()
	}
	if err != nil {
		return nil, err
	}
	return openOnce(dir, o)
}

func openOnce(dir string, o Options) (*Store, error) {
	path := filepath.Join(dir, storeFolder)
	if o.ReadOnly {
		if _, err := os.Stat(filepath.Join(path, badger.ManifestFilename)); err != nil {
			return nil, fmt.Errorf("%s is not a data folder yet: %w; run something with --data %s first",
				dir, fs.ErrNotExist, dir)
		}
	} else if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	db, err := openBadger(path, o)
	if err != nil {
		return nil, explain(dir, err)
	}
	s := &Store{dir: dir, db: db, now: o.Now, cache: LazyCache{dir: filepath.Join(dir, cacheFolder)}}
	if err := s.checkSchema(o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if !o.ReadOnly {
		end, err := s.endOfEvents()
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		s.commit = startCommitter(db, diskFree(path), end)
		s.keep = s.startKeeper()
	}
	return s, nil
}

// Dir returns the data folder. Paths in records are relative to it.
func (s *Store) Dir() string { return s.dir }

// Cache remembers what can be computed again, in a folder of its own that no backup holds. It is read
// when it is first used.
func (s *Store) Cache() *LazyCache { return &s.cache }

// Sync makes everything that was logged durable.
func (s *Store) Sync() error {
	if s.commit == nil {
		return nil
	}
	return s.commit.sync()
}

// Close writes what was logged, releases the folder and returns the first error. Closing again does
// nothing.
func (s *Store) Close() error {
	err := s.cache.close()
	if s.commit != nil {
		err = errors.Join(err, s.commit.close())
	}
	if s.db.IsClosed() {
		return err
	}
	if s.keep != nil {
		err = errors.Join(err, s.keep.close())
	}
	if closing := s.db.Close(); err == nil && closing != nil {
		err = fmt.Errorf("close data folder %s: %w", s.dir, closing)
	}
	return err
}

// explain turns what Badger says about a folder into words for its user.
func explain(dir string, err error) error {
	if strings.Contains(err.Error(), "Cannot acquire directory lock") {
		return fmt.Errorf("%w: %s has %s open; wait until it ends, stop it, or use another folder with --data",
			ErrLocked, holder(dir), dir)
	}
	return fmt.Errorf("open data folder %s: %w", dir, err)
}

// holder names the process that has a folder open. Badger's writer leaves its number in a file, also
// when it is killed, and readers leave none.
func holder(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, storeFolder, "LOCK"))
	if err != nil {
		return "another process"
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return "another process"
	}
	process, err := os.FindProcess(pid)
	if err != nil || process.Signal(syscall.Signal(0)) != nil {
		return "another process"
	}
	return fmt.Sprintf("process %d", pid)
}
