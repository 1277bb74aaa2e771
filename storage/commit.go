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

	// The goroutine's own.
	end    chain // of the log of events
	broken error // why nothing can be written any more
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
	var again []group
	for len(groups) > 0 {
		n, err := c.write(groups)
		for _, g := range groups[:n] {
			switch {
			case g.done != nil:
				g.done <- err
			case err != nil && !errors.Is(err, ErrTooLarge):
				again = append(again, g)
			}
		}
		groups = groups[n:]
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

// write tries to commit groups in order and says how many of them, at least one, are done with: they
// are durable, or err says why none of them is written.
func (c *committer) write(groups []group) (n int, err error) {
	if c.broken != nil {
		return len(groups), c.broken
	}
	if err := c.roomFor(groups); err != nil {
		return len(groups), err
	}
	txn, n, end, err := c.gather(groups)
	if err != nil {
		return n, err
	}
	defer txn.Discard()
	if err := txn.Commit(); err != nil {
		// Badger may have kept a part of it in memory, and some of its own errors leave it unable to go on.
		c.broken = fmt.Errorf("the data folder failed while it was written: %w; "+
			"nothing more is written until the program is started again", err)
		return len(groups), c.broken
	}
	c.end = end
	return n, nil
}

// gather fills a transaction with as many groups as fit and says how many, and where the log of events
// will end. When the first does not even fit alone, err is about that one.
func (c *committer) gather(groups []group) (txn *badger.Txn, n int, end chain, err error) {
	txn, end = c.db.NewTransaction(true), c.end
	for n = range groups {
		if err = setGroup(txn, groups[n], &end); err != nil {
			break
		}
	}
	if err == nil {
		return txn, len(groups), end, nil
	}
	txn.Discard()
	if n > 0 { // the n-th is in the transaction by half: do it again with those before
		return c.gather(groups[:n])
	}
	if errors.Is(err, badger.ErrTxnTooBig) {
		err = fmt.Errorf("%w: what is written together has %d records and %d events, more than fits one transaction",
			ErrTooLarge, len(groups[0].writes), len(groups[0].events))
	}
	return nil, 1, end, err
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
	need := uint64(0)
	for _, g := range groups {
		for _, w := range g.writes {
			need += uint64(w.size())
		}
		for _, e := range g.events {
			need += uint64(len(e.Data) + eventOverhead)
		}
	}
	return checkRoom(c.free, need)
}
