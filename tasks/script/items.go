package script

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"workbench/engine/runs"
	"workbench/engine/weights"
)

// itemsName is the top-level name of the dataset that a flow is done for, where a script says which.
const itemsName = "items"

// Items are what flow(item) is done for, one after another. They belong to one goroutine, which closes
// them.
type Items struct {
	run    *Run
	rows   rows          // nil: one empty item
	Inputs []runs.Digest // the files that they are read from
}

// Items opens what flow(item) is done for: the dataset that the script's top level calls items, else its
// first param.dataset; without either there is one item, which is empty. Params are by name.
func (s *Script) Items(ctx context.Context, datasets Datasets, params map[string]any) (*Items, error) {
	return s.openItems(ctx, running, datasets, params)
}

// openItems executes the top level and opens the dataset of the items; those of a check are examples.
func (s *Script) openItems(ctx context.Context, m mode, datasets Datasets, params map[string]any) (*Items, error) {
	noted := &noting{}
	r := s.newRun(ctx, describing, Host{Models: noModels{}, Datasets: datasets, Record: noted, Device: idle{}, Now: time.Now}, params)
	all, err := r.items(m)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return &Items{r, all, noted.inputs}, nil
}

func (r *Run) items(m mode) (rows, error) {
	globals, err := r.top()
	if err != nil {
		return nil, err
	}
	for name := range r.given {
		if _, ok := r.values[name]; !ok {
			return nil, unknownParam(name, r.values)
		}
	}
	d, ok := globals[itemsName].(*Dataset)
	if !ok {
		if d, ok = globals[ItemsParam(r.params)].(*Dataset); !ok {
			return nil, nil
		}
	}
	r.mode = m // the top level is done: data may be read
	all, err := d.all()
	return all, r.explain(err)
}

// ItemsParam is the setting that names what a flow is done for: items, or the first dataset; empty for none.
func ItemsParam(params []Param) string {
	first := ""
	for _, p := range params {
		if p.Kind != DatasetParam {
			continue
		}
		if p.Name == itemsName {
			return p.Name
		}
		if first == "" {
			first = p.Name
		}
	}
	return first
}

// Len is how many there are.
func (i *Items) Len() int {
	if i.rows == nil {
		return 1
	}
	return i.rows.len()
}

// All gives them in order, as plain values; it ends at the first that cannot be read.
func (i *Items) All() iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		if i.rows == nil {
			yield(map[string]any{}, nil)
			return
		}
		for n := range i.rows.len() {
			item, err := i.item(n)
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

func (i *Items) item(n int) (any, error) {
	row, err := i.rows.row(n)
	if err == nil {
		var item any
		if item, err = crossing(row); err == nil {
			return item, nil
		}
	}
	return nil, fmt.Errorf("item %d: %w", n+1, i.run.explain(err))
}

// Close closes the files.
func (i *Items) Close() error { return i.run.close() }

// noting is a record that keeps what was read.
type noting struct {
	discard
	inputs []runs.Digest
}

// Cite notes a file.
func (n *noting) Cite(input runs.Digest) error {
	n.inputs = append(n.inputs, input)
	return nil
}

// noModels opens none.
type noModels struct{}

func (noModels) Open(_ context.Context, name string) (*weights.Model, error) {
	return nil, advise("let the flow use it", "the items of a flow are read without models, and this asks for %s", name)
}
