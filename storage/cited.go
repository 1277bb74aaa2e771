package storage

import (
	"errors"
	"fmt"
	"strings"
)

// Records say what they came from. The index in this file leads the other way: from what is cited to what
// cites it, where no key and no short list does. It is written with what cites, and can be made anew.

// Cite notes that by came from of.
func (b *Batch) Cite(of, by Node) {
	key := citedKey(of, by)
	if len(key) > 2*maxName {
		b.fail(fmt.Errorf("%.40s… cites %.40s…: their names are too long", by, of))
		return
	}
	b.writes = append(b.writes, write{key: key, value: []byte{}})
}

// citeAll notes what a record cites by full names; others are nothing of this store.
func (b *Batch) citeAll(of []string, by Node) {
	for _, name := range of {
		if n, err := ParseNode(name); err == nil {
			b.Cite(n, by)
		}
	}
}

// EachCiting calls do for the nodes that cite one, by name, until it errs.
func (s *Store) EachCiting(of Node, do func(by Node) error) error {
	prefix := citedPrefix(of)
	return s.scan(prefix, false, nil, func(key, _ []byte) error {
		by, err := parseCiting(key[len(prefix):])
		if err != nil {
			return fmt.Errorf("the record %s is not readable: %w", key, err)
		}
		return do(by)
	})
}

// TaskOf returns the task to which an answer was given.
func (s *Store) TaskOf(answer string) (task string, err error) {
	if strings.Contains(answer, "/") {
		return "", fmt.Errorf("id %.40q has a slash", answer)
	}
	value, err := s.get(answeredKey(answer))
	if err != nil {
		return "", missing(err, "answer %s", answer)
	}
	return string(value), nil
}

// noteAnswer writes what leads to an answer: from its id to its task, and from its person.
func (b *Batch) noteAnswer(a Answer) {
	b.writes = append(b.writes, write{key: answeredKey(a.ID), value: []byte(a.Task)})
	if a.Person != "" {
		b.Cite(Node{PersonNode, a.Person}, Node{AnswerNode, a.ID})
	}
}

// Beginning lists the answers and rows whose ULID begins with a text, a few of each.
func (s *Store) Beginning(prefix string) (found []Node, err error) {
	const most = 10
	few := func(keys []byte, node func(id string) Node) error {
		n := 0
		err := s.scan(append(keys, prefix...), false, nil, func(key, _ []byte) error {
			if n++; n > most {
				return errEnough
			}
			found = append(found, node(string(key[len(keys):])))
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	}
	err = few(answeredKey(""), func(id string) Node { return Node{AnswerNode, id} })
	all, err2 := s.Datasets()
	err = errors.Join(err, err2)
	for _, d := range all {
		err = errors.Join(err, few(rowsOf(d.Name), func(id string) Node { return RowOf(d.Name, id) }))
	}
	return found, err
}

// errEnough ends a scan early.
var errEnough = errors.New("enough")
