package lineage

import (
	"errors"
	"io/fs"
	"strings"

	"workbench/storage"
)

// Direction is which way one walks.
type Direction int

// The directions.
const (
	Down Direction = iota // to what a node came from
	Up                    // to what came of it
)

// Most is how many nodes a walk goes through.
const Most = 200_000

// ErrMany ends a walk that would be longer than that.
var ErrMany = errors.New("that is more than can be walked through at once; begin at something smaller")

// Walk calls do, once each, for all that a node came from, or for all that came of it, near ones first. It does not
// go through rows that a run held out, since the run learned nothing from them.
func (t *Tracer) Walk(n storage.Node, way Direction, do func(storage.Node) error) (err error) {
	l := t.look()
	defer func() { err = errors.Join(err, l.close()) }()
	neighbours := l.from
	if way == Up {
		neighbours = l.to
	}
	w := walk{seen: map[storage.Node]bool{n: true}, told: map[storage.Node]bool{n: true}, waiting: []storage.Node{n}, do: do}
	for len(w.waiting) > 0 {
		at := w.waiting[0]
		w.waiting = w.waiting[1:]
		err := neighbours(at, func(next storage.Node, how string) error { return w.meet(at, next, how) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // what was cited may be gone
			return err
		}
	}
	return nil
}

// walk is one that is under way.
type walk struct {
	seen, told map[storage.Node]bool // gone on from, or about to be; and heard of
	waiting    []storage.Node
	do         func(storage.Node) error
}

// meet takes a neighbour in. From a run it goes on to the rows that the run was given, and not to all others of
// the same dataset.
func (w *walk) meet(at, next storage.Node, how string) error {
	if strings.HasPrefix(how, HeldOut) {
		return nil
	}
	if len(w.told) > Most {
		return ErrMany
	}
	if !w.told[next] {
		w.told[next] = true
		if err := w.do(next); err != nil {
			return err
		}
	}
	if all := at.Kind == storage.RunNode && next.Kind == storage.DatasetNode; !all && !w.seen[next] {
		w.seen[next] = true
		w.waiting = append(w.waiting, next)
	}
	return nil
}

// Reach counts what a walk comes by, by kind.
func (t *Tracer) Reach(n storage.Node, way Direction) (map[storage.NodeKind]int, error) {
	counts := map[storage.NodeKind]int{}
	err := t.Walk(n, way, func(n storage.Node) error {
		counts[n.Kind]++
		return nil
	})
	return counts, err
}
