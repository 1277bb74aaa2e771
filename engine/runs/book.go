package runs

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// Book is the typed view of a [Store]: it starts runs and reads what they left. Its methods may be
// called from several goroutines.
type Book struct {
	store Store
	now   func() time.Time

	mu      sync.Mutex // guards entropy and what reads before it writes
	entropy *ulid.MonotonicEntropy
}

// NewBook reads and writes through store, with the time from now (nil means time.Now).
func NewBook(store Store, now func() time.Time) *Book {
	if now == nil {
		now = time.Now
	}
	return &Book{store: store, now: now, entropy: ulid.Monotonic(rand.Reader, 0)}
}

// NewID returns a fresh ULID. Ids of one Book ascend even within a millisecond.
func (b *Book) NewID() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, err := ulid.New(ulid.Timestamp(b.now()), b.entropy)
	if err != nil {
		return "", fmt.Errorf("new id: %w", err)
	}
	return id.String(), nil
}

// Start records a new run as running and returns its pen. ID and Started are filled in where empty.
func (b *Book) Start(run Run) (*Recorder, error) {
	if run.ID == "" {
		id, err := b.NewID()
		if err != nil {
			return nil, err
		}
		run.ID = id
	}
	if run.Started.IsZero() {
		run.Started = b.now().UTC()
	}
	run.Status, run.Error, run.Ended = Running, "", time.Time{}
	if err := b.putRun(run); err != nil {
		return nil, err
	}
	return &Recorder{book: b, run: run}, nil
}

// Resume takes up a run that does not run any more and returns its pen. A run that is done has
// nothing to go on with, which is an error.
func (b *Book) Resume(id string) (*Recorder, error) {
	run, err := b.Run(id)
	if err != nil {
		return nil, err
	}
	if run.Status == Done {
		return nil, fmt.Errorf("resume run %s: it is done; start a new run instead", id)
	}
	run.Status, run.Error, run.Ended, run.Result = Running, "", time.Time{}, nil
	run.Resumed++
	if err := b.putRun(run); err != nil {
		return nil, err
	}
	return &Recorder{book: b, run: run}, nil
}

// Reclaim marks as stopped every run that the record calls running, and returns them. The owner of
// a data folder calls it once at its start: whoever was running then is dead.
func (b *Book) Reclaim() ([]Run, error) {
	var stale []Run
	err := b.each("", func(run Run) error {
		if run.Status == Running {
			stale = append(stale, run)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range stale {
		stale[i].Status = Stopped
		stale[i].Error = "the process ended before the run did; it can be resumed"
		if err := b.putRun(stale[i]); err != nil {
			return nil, err
		}
	}
	return stale, nil
}

// Run returns the run with exactly this id.
func (b *Book) Run(id string) (Run, error) {
	record, err := b.store.GetRun(id)
	if err != nil {
		return Run{}, fmt.Errorf("read run: %w", err)
	}
	return decodeRun(id, record)
}

// last is the reference that [Book.Find] takes for the newest run.
const last = "last"

// Find returns the run that a person means: "last" for the newest, the beginning of an id in any
// case, or a name, of which the newest run counts. Nothing found is an error for which
// errors.Is(err, fs.ErrNotExist); several ids that begin so is an error that lists them.
func (b *Book) Find(reference string) (Run, error) {
	prefix := strings.ToUpper(reference)
	if reference == last {
		prefix = ""
	}
	var byID, byName []Run
	err := b.each("", func(run Run) error {
		if strings.HasPrefix(run.ID, prefix) {
			byID = append(byID, run)
		}
		if run.Name == reference {
			byName = append(byName, run)
		}
		return nil
	})
	switch {
	case err != nil:
		return Run{}, err
	case reference == "":
		return Run{}, errors.New("no run is named: give an id, the beginning of one, a name, or last")
	case reference == last && len(byID) > 0, len(byID) == 1:
		return byID[0], nil
	case len(byName) > 0:
		return byName[0], nil
	case len(byID) > 1:
		return Run{}, ambiguous(reference, byID)
	}
	return Run{}, fmt.Errorf("no run is called %q and no run's id begins so: %w", reference, fs.ErrNotExist)
}

// Runs returns the runs whose id begins with prefix, in any case, newest first, at most limit of
// them (0 means all). The text of their scripts is left out.
func (b *Book) Runs(prefix string, limit int) ([]Run, error) {
	var runs []Run
	err := b.each(strings.ToUpper(prefix), func(run Run) error {
		run.Script.Text = ""
		runs = append(runs, run)
		if limit > 0 && len(runs) == limit {
			return errEnough
		}
		return nil
	})
	return runs, orEnough(err)
}

// errEnough ends an iteration early.
var errEnough = errors.New("enough")

func ambiguous(reference string, runs []Run) error {
	const shown = 4
	var ids []string
	for _, run := range runs[:min(shown, len(runs))] {
		ids = append(ids, run.ID)
	}
	more := ""
	if len(runs) > shown {
		more = ", …"
	}
	return fmt.Errorf("%d runs begin with %q (%s%s): give more letters", len(runs), reference,
		strings.Join(ids, ", "), more)
}

func (b *Book) each(prefix string, each func(Run) error) error {
	return b.store.EachRun(prefix, func(id string, record []byte) error {
		run, err := decodeRun(id, record)
		if err != nil {
			return err
		}
		return each(run)
	})
}

func (b *Book) putRun(run Run) error {
	record, err := json.Marshal(run)
	if err != nil {
		return fmt.Errorf("record run: %w", err)
	}
	if err := b.store.PutRun(run.ID, record); err != nil {
		return fmt.Errorf("record run %s: %w", run.ID, err)
	}
	return nil
}

func decodeRun(id string, record []byte) (Run, error) {
	var run Run
	if err := json.Unmarshal(record, &run); err != nil {
		return Run{}, fmt.Errorf("the record of run %s is not readable: %w", id, err)
	}
	return run, nil
}
