package storage

import (
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
)

const (
	tidyEvery  = 10 * time.Minute
	tidyWasted = 0.5 // a file of large values is written anew when this share of it is out of use
)

// keeper is the goroutine that gives the room of replaced and deleted large values back to the disk.
// Small records need none: Badger drops them while it merges its tables.
type keeper struct {
	quit chan struct{}
	gone chan error // gets one error or nil, at the end
}

func (s *Store) startKeeper() *keeper {
	k := &keeper{make(chan struct{}), make(chan error, 1)}
	go func() {
		ticker := time.NewTicker(tidyEvery)
		defer ticker.Stop()
		var err error
		for {
			select {
			case <-k.quit:
				k.gone <- err
				return
			case <-ticker.C:
				err = s.tidy(k.quit)
			}
		}
	}()
	return k
}

// close ends the goroutine and returns why its last attempt failed.
func (k *keeper) close() error {
	close(k.quit)
	return <-k.gone
}

// tidy gives back what can be, file by file, until quit is closed.
func (s *Store) tidy(quit <-chan struct{}) error {
	for {
		select {
		case <-quit:
			return nil
		default:
		}
		if err := checkRoom(s.commit.free, 2*valueLog); err != nil {
			return nil //nolint:nilerr // writing anew takes room first; it will be tried again
		}
		switch err := s.db.RunValueLogGC(tidyWasted); {
		case errors.Is(err, badger.ErrNoRewrite), errors.Is(err, badger.ErrRejected):
			return nil
		case err != nil:
			return fmt.Errorf("give back the room of deleted values in %s: %w", s.dir, err)
		}
	}
}
