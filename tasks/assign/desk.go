package assign

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// Options of a desk; the zero value will do.
type Options struct {
	Lease  time.Duration    // how long somebody has for a task; 0: 30 minutes
	Now    func() time.Time // nil: time.Now
	Random io.Reader        // of ids; nil: crypto/rand
	// Gather is how long the first of a group waits for others, at most; 0: 2 ms, negative: not at all.
	// It is real time, whatever Now says.
	Gather time.Duration
}

// Desk gives tasks to people. Its methods may be called from several goroutines, also from within the
// functions that it calls.
type Desk struct {
	store  *storage.Store
	commit func(*storage.Batch) error // of the store; tests put faults in its place
	o      Options
	ids    *ids
	papers *papers
	news   *news

	mu sync.RWMutex // held by the loop while it changes ix, and by others to look up a lease
	ix *index

	waiting *line
	quit    chan struct{}
	gone    chan struct{} // the loop has ended
	closing sync.Once
}

// Open rebuilds what a store holds of tasks and people, and begins to work. The caller closes the desk,
// and the store after it.
func Open(store *storage.Store, o Options) (*Desk, error) { return open(store, o, store.Commit) }

func open(store *storage.Store, o Options, commit func(*storage.Batch) error) (*Desk, error) {
	if o.Lease <= 0 {
		o.Lease = 30 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Gather == 0 {
		o.Gather = 2 * time.Millisecond
	}
	ix, last, err := rebuild(store, o.Now().UnixNano())
	if err != nil {
		return nil, err
	}
	d := &Desk{
		store: store, commit: commit, o: o, ix: ix,
		ids: newIDs(o.Random, last), papers: newPapers(store), news: startNews(store),
		waiting: newLine(), quit: make(chan struct{}), gone: make(chan struct{}),
	}
	go d.loop()
	return d, nil
}

// Close ends the desk; who waits gets [ErrClosed]. It waits for a call of OnDone and its like to return.
func (d *Desk) Close() error {
	d.closing.Do(func() {
		close(d.quit)
		<-d.gone
		d.news.stop()
	})
	return nil
}

// loop serves whoever waits, a group at a time, until the desk is closed.
func (d *Desk) loop() {
	defer close(d.gone)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-d.waiting.arrived:
		case <-ticker.C: // so that somebody hears of leases that ended
		case <-d.quit:
			for _, r := range d.waiting.close() {
				r.finish(ErrClosed)
			}
			return
		}
		d.serve(d.waiting.gather(d.o.Gather))
	}
}

// group is what is decided together and written with one commit.
type group struct {
	*Desk
	now    time.Time
	batch  storage.Batch
	putNow map[string]bool               // tasks that are put by this group
	said   map[ulid.ULID]json.RawMessage // by its answers
	then   []func()                      // to be done when it is written
}

// serve decides for a group, writes what was decided, and only then tells them. Those who only look see
// what is written.
func (d *Desk) serve(requests []*request) {
	d.mu.Lock()
	g := &group{Desk: d, now: d.o.Now(), putNow: map[string]bool{}, said: map[ulid.ULID]json.RawMessage{}}
	opened := d.ix.opened
	d.ix.advance(g.now.UnixNano())
	d.ix.keep()
	for _, r := range requests {
		if r.decide != nil {
			r.err = r.ctx.Err()
		}
		if r.decide != nil && r.err == nil {
			r.err = r.decide(g)
		}
	}
	d.mu.Unlock()
	err := d.commit(&g.batch)
	d.mu.Lock()
	if err != nil {
		d.ix.takeBack()
		g.then = nil
	}
	d.ix.keep()
	for _, then := range g.then {
		then()
	}
	for _, r := range requests {
		if r.look != nil {
			r.look(d.ix, g.now)
		} else if r.err == nil {
			r.err = err
		}
	}
	opened -= d.ix.opened
	d.mu.Unlock()
	for _, r := range requests {
		r.finish(r.err)
	}
	if opened != 0 {
		d.news.available()
	}
}

// newID makes an id that is larger than all before it.
func (g *group) newID() (ulid.ULID, error) { return g.ids.next(g.now) }
