package storage

import (
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/ristretto/v2/z"
)

// Badger's sizes in bytes.
const (
	memTable       = 16 << 20
	blockCache     = 16 << 20
	valueThreshold = 256 << 10 // larger values go to the value log; must fit 15 % of memTable
	valueLog       = 64 << 20
	maxRecord      = 32 << 20 // half a file of the value log
	maxLevelZero   = 8        // tables of the size of memTable that wait to be merged, before writing waits
)

// openBadger opens Badger with little memory: a record is small, and the machine's memory is the
// models'. What a killed writer left half made is mended; nothing of it was acknowledged.
func openBadger(path string, o Options) (*badger.DB, error) {
	options := badger.DefaultOptions(path).
		WithLogger(nil). // it speaks of tables and levels; what matters comes back as an error
		WithMetricsEnabled(false).
		WithSyncWrites(true).
		WithDetectConflicts(false). // there is one writer
		WithNumVersionsToKeep(1).
		WithMemTableSize(memTable).
		WithNumMemtables(2).
		WithNumCompactors(2).
		WithNumLevelZeroTablesStall(maxLevelZero).
		WithBlockCacheSize(blockCache).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(valueLog).
		WithReadOnly(o.ReadOnly)
	if o.tune != nil {
		options = o.tune(options)
	}
	db, err := badger.Open(options)
	for range maxHalfMade {
		if err == nil || !halfMade(err) {
			break
		}
		if o.ReadOnly {
			err = mend(path, o)
			if err != nil {
				break
			}
		}
		db, err = badger.Open(options)
	}
	return db, err
}

// maxHalfMade bounds the logs that a killed writer can have left half made: each is mended by one try.
const maxHalfMade = 8

// halfMade says whether a store could not be opened because of a log whose end was being written, or
// that was being made or removed, when its writer was killed. For the latter two Badger has no word:
// it takes the empty file for a new one, makes it one, and gives up; the next try finds it in order.
func halfMade(err error) bool {
	for _, says := range []string{badger.ErrTruncateNeeded.Error(), z.NewFile.Error(), "error while truncation"} {
		if strings.Contains(err.Error(), says) {
			return true
		}
	}
	return false
}

// mend opens a store to write, which cuts off half-written ends, and closes it.
func mend(path string, o Options) error {
	o.ReadOnly = false
	db, err := openBadger(path, o)
	if err != nil {
		return err
	}
	return db.Close()
}
