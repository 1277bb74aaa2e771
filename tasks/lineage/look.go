package lineage

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/storage/dataset"
)

// look is one reading of the lineage: what many nodes ask for is read once. It belongs to one goroutine, which
// closes it.
type look struct {
	*Tracer
	runs   []runs.Run // the newest first; nil before they are asked for
	models []storage.Model
	flows  []storage.Flow
	given  map[string][]given // by run
	lists  map[string]*dataset.RowList
}

// given is an input of a run with what the run was given of it.
type given struct {
	runs.Digest
	read runs.Read
	list *dataset.RowList // nil for what has no rows
}

func (t *Tracer) look() *look {
	return &look{Tracer: t, given: map[string][]given{}, lists: map[string]*dataset.RowList{}}
}

func (l *look) close() error {
	var errs []error
	for _, list := range l.lists {
		if list != nil {
			errs = append(errs, list.Close())
		}
	}
	return errors.Join(errs...)
}

func (l *look) allRuns() ([]runs.Run, error) {
	if l.runs == nil {
		all, err := l.book.Runs("", 0)
		if err != nil {
			return nil, err
		}
		l.runs = append([]runs.Run{}, all...)
	}
	return l.runs, nil
}

// allModels are all versions of all names.
func (l *look) allModels() ([]storage.Model, error) {
	if l.models == nil {
		current, err := l.store.Models()
		if err != nil {
			return nil, err
		}
		l.models = []storage.Model{}
		for _, m := range current {
			history, err := l.store.ModelHistory(m.Name)
			if err != nil {
				return nil, err
			}
			l.models = append(l.models, history...)
		}
	}
	return l.models, nil
}

func (l *look) allFlows() (_ []storage.Flow, err error) {
	if l.flows == nil {
		l.flows, err = l.store.Flows()
	}
	return l.flows, err
}

// dataName is the name of a dataset whose file has this one.
func dataName(file string) string { return strings.TrimSuffix(file, path.Ext(file)) }

// inputs are what a run has read, with the records of it that the script was given.
func (l *look) inputs(run runs.Run) ([]given, error) {
	if all, known := l.given[run.ID]; known {
		return all, nil
	}
	reads, err := l.book.Reads(run.ID)
	if err != nil {
		return nil, err
	}
	all := make([]given, len(run.Inputs))
	for i, in := range run.Inputs {
		all[i].Digest = in
		for _, read := range reads {
			if read.SHA256 == in.SHA256 && read.Rows == in.Rows {
				all[i].read = read
			}
		}
		if all[i].list, err = l.list(dataName(in.Name), in.SHA256, in.Rows); err != nil {
			return nil, err
		}
	}
	l.given[run.ID] = all
	return all, nil
}

// list opens the list of the rows of an input; nil where there is none, or it is gone from the data folder.
func (l *look) list(name, sha256, rows string) (*dataset.RowList, error) {
	if rows == "" || l.data == nil {
		return nil, nil //nolint:nilnil // not every input was made of rows
	}
	at := name + "/" + sha256 + "/" + rows
	if list, known := l.lists[at]; known {
		return list, nil
	}
	list, err := l.data.OpenList(name, sha256, rows)
	if errors.Is(err, fs.ErrNotExist) {
		list, err = nil, nil
	}
	l.lists[at] = list
	return list, err
}

// rowIn says how a run was given a row: as read or held out; empty when it was not.
func (l *look) rowIn(run runs.Run, name, id string) (string, error) {
	inputs, err := l.inputs(run)
	if err != nil {
		return "", err
	}
	how := ""
	for _, in := range inputs {
		if in.list == nil || dataName(in.Name) != name {
			continue
		}
		at, err := in.list.Find(id)
		switch {
		case err != nil:
			return "", err
		case in.read.Used.Has(at):
			return read, nil
		case in.read.HeldOut.Has(at):
			how = HeldOut
		}
	}
	return how, nil
}

// read is how a run is related to what it was given.
const read = "read"
