package people

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// Options are what a Book takes from outside; the zero value takes the system's.
type Options struct {
	Now    func() time.Time
	Random io.Reader
	// Session is how long somebody stays signed in; 0 means 90 days.
	Session time.Duration
}

const defaultSession = 90 * 24 * time.Hour

// Book is everybody and their credentials. It is kept in memory, and every change is durable before it
// takes effect. Its methods may be called from several goroutines; only those that change something wait
// for the disk.
type Book struct {
	store   *storage.Store
	now     func() time.Time
	random  io.Reader
	session time.Duration

	changing sync.Mutex // held by who changes something, over the commit: changes happen one after another
	entropy  *ulid.MonotonicEntropy
	told     []func(storage.Person)

	mu          sync.RWMutex // guards the maps, never over a wait
	people      map[string]storage.Person
	credentials map[string]storage.Credential // by hash
}

// Open reads everybody from the store.
func Open(store *storage.Store, o Options) (*Book, error) {
	b := &Book{
		store: store, now: o.Now, random: o.Random, session: cmp.Or(o.Session, defaultSession),
		people: map[string]storage.Person{}, credentials: map[string]storage.Credential{},
	}
	if b.now == nil {
		b.now = time.Now
	}
	if b.random == nil {
		b.random = rand.Reader
	}
	b.entropy = ulid.Monotonic(b.random, 0)
	everybody, err := store.People()
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	for _, p := range everybody {
		b.people[p.ID] = p
	}
	credentials, err := store.Credentials()
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	for _, c := range credentials {
		b.credentials[c.Hash] = c
	}
	return b, nil
}

// OnChange has f called with every person that is new or changed, after it is durable, in order. f must
// not change people, and returns soon.
func (b *Book) OnChange(f func(storage.Person)) {
	b.changing.Lock()
	defer b.changing.Unlock()
	b.told = append(b.told, f)
}

// Who finds the person whose session or key this is. Errors wrap [ErrUnknown], [ErrExpired] or
// [ErrDisabled]. It reads memory only.
func (b *Book) Who(secret string) (storage.Person, storage.Credential, error) {
	c, err := b.credential(secret)
	if err == nil && c.Kind == invite {
		err = ErrUnknown
	}
	if err != nil {
		return storage.Person{}, storage.Credential{}, err
	}
	p, err := b.Person(c.Person)
	switch {
	case err != nil:
		return storage.Person{}, storage.Credential{}, ErrUnknown
	case p.Disabled:
		return storage.Person{}, storage.Credential{}, ErrDisabled
	}
	return p, c, nil
}

// credential finds what is known under a secret and still valid.
func (b *Book) credential(secret string) (storage.Credential, error) {
	if secret == "" || len(secret) > maxSecret {
		return storage.Credential{}, ErrUnknown
	}
	hash := hashOf(secret)
	b.mu.RLock()
	c, ok := b.credentials[hash]
	b.mu.RUnlock()
	switch {
	case !ok:
		return c, ErrUnknown
	case c.Revoked:
		return c, fmt.Errorf("%w: it was withdrawn", ErrExpired)
	case !c.Expires.IsZero() && !b.now().Before(c.Expires):
		return c, fmt.Errorf("%w: it ended on %s", ErrExpired, c.Expires.Format(time.DateOnly))
	}
	return c, nil
}

// Person finds one; a miss wraps fs.ErrNotExist.
func (b *Book) Person(id string) (storage.Person, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	p, ok := b.people[id]
	if !ok {
		return p, fmt.Errorf("person %q: %w", id, fs.ErrNotExist)
	}
	return p, nil
}

// All lists everybody in the order in which they came.
func (b *Book) All() []storage.Person {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.SortedFunc(maps.Values(b.people), func(x, y storage.Person) int { return cmp.Compare(x.ID, y.ID) })
}

// Invites lists the invitations, the oldest first.
func (b *Book) Invites() []storage.Credential { return b.kept(invite, "") }

// Keys lists the keys of a person, the oldest first.
func (b *Book) Keys(person string) []storage.Credential { return b.kept(key, person) }

func (b *Book) kept(kind, person string) []storage.Credential {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var some []storage.Credential
	for _, c := range b.credentials {
		if c.Kind == kind && c.Person == person {
			some = append(some, c)
		}
	}
	slices.SortFunc(some, func(x, y storage.Credential) int { return cmp.Compare(x.ID, y.ID) })
	return some
}
