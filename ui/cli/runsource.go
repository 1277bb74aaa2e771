package cli

import (
	"context"
	"errors"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/lineage"
	"workbench/ui/web"
)

// runSource is where the record of runs, and what they lead to, is read: the data folder, or the server that has it
// open.
type runSource interface {
	list(ctx context.Context, limit int) ([]runLine, error)
	record(ctx context.Context, reference string) (runRecord, error)
	trace(ctx context.Context, reference string, limit int) (web.Trace, error)
}

// withRuns hands the data folder's runs to a verb, through its server where one has it open.
func (a *app) withRuns(ctx context.Context, do func(from runSource) error) error {
	return a.withEngine(ctx, false, func(e *engine) error {
		_, err := e.book()
		if !errors.Is(err, storage.ErrLocked) {
			if err != nil {
				return err
			}
			return do(ownRuns{e})
		}
		dir, missing := a.dataDir()
		if missing != nil {
			return missing
		}
		c, err := a.client(dir, err)
		if err != nil {
			return err
		}
		return do(servedRuns{c, a.json})
	})
}

// ownRuns are those of a data folder that nobody else has open.
type ownRuns struct{ e *engine }

func (o ownRuns) list(_ context.Context, limit int) ([]runLine, error) {
	book, err := o.e.book()
	if err != nil {
		return nil, err
	}
	return listRuns(book, limit)
}

func (o ownRuns) record(_ context.Context, reference string) (runRecord, error) {
	book, run, err := o.e.findRecord(reference)
	if err != nil {
		return runRecord{}, err
	}
	r, err := book.Record(run.ID)
	return runRecord{r}, err
}

func (o ownRuns) trace(_ context.Context, reference string, limit int) (web.Trace, error) {
	store, err := o.e.reading()
	if err != nil {
		return web.Trace{}, err
	}
	register, err := o.e.names()
	if err != nil {
		return web.Trace{}, err
	}
	tracer := lineage.New(store, register)
	n, err := tracer.Find(reference)
	if err != nil {
		return web.Trace{}, untraced(err)
	}
	page := lineage.Page{Limit: limit}
	found, err := tracer.Trace(n, page, page)
	return web.TraceOf(found), untraced(err)
}

// servedRuns are asked of a server.
type servedRuns struct {
	c    *client
	json bool // for programs: everything is wanted
}

func (s servedRuns) list(ctx context.Context, limit int) ([]runLine, error) {
	var all []web.RunSummary
	if err := s.c.ask(ctx, "/api/runs", &all); err != nil {
		return nil, err
	}
	if limit > 0 && limit < len(all) {
		all = all[:limit]
	}
	lines := make([]runLine, len(all))
	for i, r := range all {
		lines[i] = runLine{ID: r.ID, Name: r.Name, Script: r.Script, Status: runs.Status(r.Status), Started: r.Started}
		if r.Ended != nil {
			lines[i].Seconds = r.Ended.Sub(r.Started).Seconds()
		}
		if s.json {
			r, err := s.record(ctx, r.ID)
			if err != nil {
				return nil, err
			}
			lines[i].Metrics = lastOf(r.Record)
		}
	}
	return lines, nil
}

// lastOf are the last values of a run's metrics that are finite.
func lastOf(r runs.Record) map[string]float64 {
	last := map[string]float64{}
	for name, c := range r.Metrics {
		if n := len(c.Values); n > 0 && c.Values[n-1] != nil {
			last[name] = *c.Values[n-1]
		}
	}
	return last
}

func (s servedRuns) record(ctx context.Context, reference string) (r runRecord, err error) {
	id, err := s.c.findRun(ctx, reference)
	if err != nil {
		return r, err
	}
	err = s.c.ask(ctx, "/api/runs/"+id+"/record", &r.Record)
	return r, err
}
