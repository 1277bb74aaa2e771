// Package lineage walks from anything to what it came from, and to what came of it: from a model down to each
// answer, person and sample, and from an answer up to the models that it changed. What it walks on is what
// records cite; nothing is guessed.
package lineage

import (
	"errors"
	"fmt"
	"io/fs"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/storage/dataset"
)

// Tracer reads the lineage of a data folder. Its methods may be called from several goroutines.
type Tracer struct {
	store *storage.Store
	book  *runs.Book
	data  *dataset.Register
}

// New reads from an open store and the register of its datasets.
func New(store *storage.Store, data *dataset.Register) *Tracer {
	return &Tracer{store, runs.NewBook(store, nil), data}
}

// Link is a neighbour of a node.
type Link struct {
	Node  storage.Node
	How   string // it is related, as in "read" or "given by"
	Title string
	Name  string // of a model: what it is called
}

// HeldOut is how a run is related to rows on which it was measured and from which it did not learn.
const HeldOut = "held out"

// Fact is something that a record says, for people.
type Fact struct{ Name, Value string }

// Trace is a node with its neighbours.
type Trace struct {
	Node  storage.Node
	Title string
	Name  string // of a model: what it is called
	Facts []Fact
	From  Side // what it came from
	To    Side // what came of it
}

// Side is some of the neighbours on one side.
type Side struct {
	Links  []Link
	Counts map[storage.NodeKind]int // of all
	Next   int                      // how many to leave out to get the next ones; 0 at the end
}

// Page says which neighbours of a side are wanted: so many, after leaving some out, and of one kind where that is
// said. A limit below 0 wants none, and does not count them.
type Page struct {
	Kind        storage.NodeKind
	Skip, Limit int
}

// Trace looks at a node. One that is not there is an error for which errors.Is(err, fs.ErrNotExist).
func (t *Tracer) Trace(n storage.Node, from, to Page) (out Trace, err error) {
	l := t.look()
	defer func() { err = errors.Join(err, l.close()) }()
	out.Node = n
	if out.Title, out.Facts, err = l.describe(n); err != nil {
		return out, err
	}
	if out.Name, err = l.called(n); err != nil {
		return out, err
	}
	if out.From, err = l.side(n, from, l.from); err != nil {
		return out, err
	}
	out.To, err = l.side(n, to, l.to)
	return out, err
}

// emit hears of a neighbour; its error ends the search.
type emit func(n storage.Node, how string) error

// side gathers a page of neighbours. Only those that are shown are read.
func (l *look) side(n storage.Node, p Page, neighbours func(storage.Node, emit) error) (Side, error) {
	s := Side{Counts: map[storage.NodeKind]int{}}
	if p.Limit < 0 {
		return s, nil
	}
	at := 0
	err := neighbours(n, func(other storage.Node, how string) error {
		s.Counts[other.Kind]++
		if p.Kind != "" && p.Kind != other.Kind {
			return nil
		}
		at++
		switch {
		case at <= p.Skip:
		case len(s.Links) < p.Limit:
			title, _, err := l.describe(other)
			if errors.Is(err, fs.ErrNotExist) {
				title, err = "not in this data folder", nil
			}
			name, err2 := l.called(other)
			s.Links = append(s.Links, Link{other, how, title, name})
			return errors.Join(err, err2)
		default:
			s.Next = p.Skip + p.Limit
		}
		return nil
	})
	return s, err
}

// ErrSeveral is what a reference gives that means several things.
var ErrSeveral = errors.New("several things are meant")

// refusal is an error with a kind that callers branch on, in words that don't repeat it.
type refusal struct{ kind, says error }

func (r refusal) Error() string   { return r.says.Error() }
func (r refusal) Unwrap() []error { return []error{r.kind, r.says} }

func refuse(kind error, format string, args ...any) error {
	return refusal{kind, fmt.Errorf(format, args...)}
}

func absent(n storage.Node) error { return refuse(fs.ErrNotExist, "there is no %s here", n) }
