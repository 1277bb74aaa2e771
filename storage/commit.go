package storage

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
)

const (
	flushEvery    = time.Second // the longest that a logged record is only in memory
	maxPending    = 64 << 20    // bytes of logged records that may wait for a disk that refuses them
	eventOverhead = 512         // bytes of an event besides its data, roughly
	fullBelow     = 64 << 20    // bytes; Badger writes through memory maps, and dies when there is no room
)

// write is one key and its new value, or its deletion.
type write struct {
	key, value []byte
	gone       bool
}

func (w write) size() int { return len(w.key) + len(w.value) }

// group is what one caller wants written, all of it or nothing.
type group struct {
	writes []write
	events []Event
	done   chan error // gets the outcome once; nil for records that were only logged
}

// committer is the one goroutine that writes. It takes whatever has gathered since its last commit
// and commits it in order, in as few transactions as it fits, each synchronous and atomic; then it
// tells those who wait. So the more write at once, the fewer syncs each of them costs.
type committer struct {
	db   *badger.DB
	free func() (uint64, error) // bytes left on the disk
	now  chan struct{}          // somebody waits; holds one token
	quit chan struct{}
	gone chan struct{}

	mu      sync.Mutex
	groups  []group // in the order of arrival
	pending int     // bytes of them
	busy    bool    // a commit is under way
	closed  bool

	end chain // of the log of events; the goroutine's own
}

func startCommitter(db *badger.DB, free func() (uint64, error), end chain) *committer {
	c := &committer{
		db: db, free: free, end: end,
		now: make(chan struct{}, 1), quit: make(chan struct{}), gone: make(chan struct{}),
	}
	go c.loop()
	return c
}

// put writes a group durably.
func (c *committer) put(writes ...write) error { return c.putAll(writes, nil) }

// putAll writes a group with entries of the log durably.
func (c *committer) putAll(writes []write, events []Event) error {
	done := make(chan error, 1)
	if err := c.add(group{writes, events, done}); err != nil {
		return err
	}
	c.wake()
	return <-done
}

// log writes a record within a second, in order with what put writes.
func (c *committer) log(w write) error { return c.add(group{writes: []write{w}}) }

// sync returns when everything before it is durable.
func (c *committer) sync() error {
	c.mu.Lock()
	idle := len(c.groups) == 0 && !c.busy
	c.mu.Unlock()
	if idle {
		return nil
	}
	// An empty group is told when all before it are written.
	err := c.put()
	if errors.Is(err, ErrClosed) {
		<-c.gone
		return nil
	}
	return err
}

// close writes what is left and ends the goroutine.
func (c *committer) close() error {
	err := c.sync()
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	c.mu.Unlock()
	if first {
		close(c.quit)
	}
	<-c.gone
	return err
}

func (c *committer) add(g group) error {
	size := 0
	for _, w := range g.writes {
		if len(w.value) > maxRecord {
			return fmt.Errorf("%w: %s has %d bytes, the limit is %d", ErrTooLarge, w.key, len(w.value), maxRecord)
		}
		size += w.size()
	}
	for _, e := range g.events {
		if len(e.Data) > maxRecord {
			return fmt.Errorf("%w: event %s of %s has %d bytes, the limit is %d", ErrTooLarge, e.Kind, e.Object, len(e.Data), maxRecord)
		}
		size += len(e.Data) + eventOverhead
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return ErrClosed
	case g.done == nil && c.pending+size > maxPending:
		return fmt.Errorf("%w: %d bytes wait to be written", ErrFull, c.pending)
	}
	c.groups = append(c.groups, g)
	c.pending += size
	return nil
}

func (c *committer) wake() {
	select {
	case c.now <- struct{}{}:
	default: // a token is there already
	}
}

func (c *committer) loop() {
	defer close(c.gone)
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-c.now:
		case <-ticker.C:
		case <-c.quit:
			c.flush()
			return
		}
		c.flush()
	}
}

// flush commits what has gathered. When that fails, the waiting callers are told, and what was only
// logged stays for the next time.
func (c *committer) flush() {
	c.mu.Lock()
	groups := c.groups
	c.groups, c.pending, c.busy = nil, 0, true
	c.mu.Unlock()
	written, err := c.write(groups)
	for _, g := range groups[:written] {
		if g.done != nil {
			g.done <- nil
		}
	}
	var again []group
	for _, g := range groups[written:] {
		if g.done != nil {
			g.done <- err
		} else {
			again = append(again, g)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
	c.groups = append(again, c.groups...)
	for _, g := range again {
		for _, w := range g.writes {
			c.pending += w.size()
		}
	}
}

// write commits groups in order and says how many of them are durable.
func (c *committer) write(groups []group) (written int, err error) {
	if len(groups) == 0 {
		return 0, nil
	}
	if err := c.roomFor(groups); err != nil {
		return 0, err
	}
	for written < len(groups) {
		n, err := c.transaction(groups[written:])
		if err != nil {
			return written, fmt.Errorf("write to the data folder: %w", err)
		}
		written += n
	}
	return written, nil
}

// transaction commits as many groups as fit, at least one, and says how many.
func (c *committer) transaction(groups []group) (n int, err error) {
	txn, end := c.db.NewTransaction(true), c.end
	defer func() { txn.Discard() }()
	for n = range groups {
		err := setGroup(txn, groups[n], &end)
		if err == nil {
			continue
		}
		if !errors.Is(err, badger.ErrTxnTooBig) || n == 0 {
			return 0, err
		}
		// The last group is in the transaction by half. Do it again with those before.
		txn.Discard()
		txn, end = c.db.NewTransaction(true), c.end
		for _, g := range groups[:n] {
			if err := setGroup(txn, g, &end); err != nil {
				return 0, err
			}
		}
		return n, c.finish(txn, end)
	}
	return len(groups), c.finish(txn, end)
}

// finish commits a transaction after which the log of events ends at end.
func (c *committer) finish(txn *badger.Txn, end chain) error {
	if err := txn.Commit(); err != nil {
		return err
	}
	c.end = end
	return nil
}

func setGroup(txn *badger.Txn, g group, end *chain) error {
	for _, w := range g.writes {
		if err := set(txn, w); err != nil {
			return err
		}
	}
	for _, e := range g.events {
		w, err := end.next(e)
		if err != nil {
			return err
		}
		if err := set(txn, w); err != nil {
			return err
		}
	}
	return nil
}

func set(txn *badger.Txn, w write) error {
	if w.gone {
		return txn.Delete(w.key)
	}
	return txn.Set(w.key, w.value)
}

// roomFor refuses to write when the disk has little room left.
func (c *committer) roomFor(groups []group) error {
	need := uint64(fullBelow)
	for _, g := range groups {
		for _, w := range g.writes {
			need += uint64(w.size())
		}
		for _, e := range g.events {
			need += uint64(len(e.Data) + eventOverhead)
		}
	}
	free, err := c.free()
	if err != nil || free >= need {
		return nil //nolint:nilerr // where the system does not say, the write itself will
	}
	return fmt.Errorf("%w: %d MB are left, writing stops below %d MB; make room and go on",
		ErrFull, free>>20, fullBelow>>20)
}
