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
	seen, waiting := map[storage.Node]bool{n: true}, []storage.Node{n}
	for len(waiting) > 0 {
		at := waiting[0]
		waiting = waiting[1:]
		if len(seen) > Most {
			return ErrMany
		}
		if at != n {
			if err := do(at); err != nil {
				return err
			}
		}
		err := neighbours(at, func(next storage.Node, how string) error {
			if !seen[next] && !strings.HasPrefix(how, HeldOut) {
				seen[next] = true
				waiting = append(waiting, next)
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // what was cited may be gone
			return err
		}
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
