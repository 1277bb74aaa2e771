package web

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/oklog/ulid/v2"

	"workbench/storage"
)

// recorders know which flows recorded into which datasets, from the rows that they have read.
type recorders struct {
	mu   sync.Mutex
	into map[string]map[string]bool // datasets by flow
	read map[string]string          // by dataset: the row to go on with
}

func newRecorders() *recorders {
	return &recorders{into: map[string]map[string]bool{}, read: map[string]string{}}
}

// of lists the datasets that a flow has recorded into.
func (r *recorders) of(store *storage.Store, flowID string) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, err := store.Datasets()
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Kind != "collected" {
			continue
		}
		last := ""
		err := store.EachRow(d.Name, r.read[d.Name], func(row storage.Row) error {
			last = row.ID
			flow, _, _ := strings.Cut(row.Instance, ".")
			if r.into[flow] == nil {
				r.into[flow] = map[string]bool{}
			}
			r.into[flow][d.Name] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
		r.read[d.Name] = before(last, r.read[d.Name])
	}
	return slices.Sorted(maps.Keys(r.into[flowID])), nil
}

// before is some seconds before a row: rows that are recorded at the same time are not kept in the order of
// their ids. It is otherwise where there is no row.
func before(row, otherwise string) string {
	const slack = 10_000 // milliseconds
	id, err := ulid.ParseStrict(row)
	if err != nil {
		return otherwise
	}
	from, err := ulid.New(max(id.Time(), slack)-slack, nil)
	if err != nil {
		return otherwise
	}
	return from.String()
}
