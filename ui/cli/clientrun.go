package cli

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"workbench/engine/runs"
	"workbench/tasks/script"
	"workbench/ui/web"
)

// pollRun is how often a server is asked how far a run is.
const pollRun = 500 * time.Millisecond

// performThere has the server that owns the data folder carry an experiment out, and shows how it goes.
func (a *app) performThere(ctx context.Context, locked error, x experiment) (o outcome, err error) {
	dir, err := a.dataDir()
	if err != nil {
		return o, err
	}
	c, err := a.client(dir, locked)
	if err != nil {
		return o, err
	}
	id, err := c.startRun(ctx, x)
	if err != nil {
		return o, err
	}
	a.named(id)
	a.say("run %s is done by the workbench at %s, which has the data folder open", id, c.to.URL)
	started := a.now()
	detail, err := c.follow(ctx, a, id, a.watchRun(x))
	if err != nil {
		return o, err
	}
	o = outcome{
		Run: id, Script: detail.Script, Data: dir, Params: detail.Params, Result: detail.Result, Models: detail.Models,
		Seconds: a.now().Sub(started).Seconds(), Metrics: map[string]float64{},
	}
	var curves []web.MetricSeries
	if err := c.ask(ctx, "/api/runs/"+id+"/metrics", &curves); err != nil {
		return o, err
	}
	for _, curve := range curves {
		if n := len(curve.Values); n > 0 && curve.Values[n-1] != nil {
			o.Metrics[curve.Name] = *curve.Values[n-1]
		}
	}
	return o, nil
}

// startRun starts a run, or goes on with one, and returns its id.
func (c *client) startRun(ctx context.Context, x experiment) (id string, err error) {
	if x.resume != "" {
		if id, err = c.findRun(ctx, x.resume); err != nil {
			return "", err
		}
		return id, c.call(ctx, http.MethodPost, "/api/runs/"+id+"/resume", struct{}{}, nil)
	}
	if x.from != "" && x.script == nil {
		start := web.Start{From: x.from, Name: x.name}
		if start.Params, err = typedParams(x.typed); err != nil {
			return "", err
		}
		var made web.RunDetail
		err = c.call(ctx, http.MethodPost, "/api/runs", start, &made)
		return made.ID, err
	}
	start, err := startOf(x.script, x.params)
	if err != nil {
		return "", err
	}
	start.Name, start.Fresh = cmp.Or(x.name, start.Name), x.fresh
	start.From = x.from
	var made web.RunDetail
	err = c.call(ctx, http.MethodPost, "/api/runs", start, &made)
	return made.ID, err
}

// absolutePaths makes paths of this process, several with commas, good for another.
func absolutePaths(names string) string {
	parts := strings.Split(names, ",")
	for i, part := range parts {
		part = strings.TrimSpace(part)
		if _, err := os.Stat(part); err != nil {
			continue // a name
		}
		if absolute, err := filepath.Abs(part); err == nil {
			parts[i] = absolute
		}
	}
	return strings.Join(parts, ",")
}

// findRun is the run that a person means, as [runs.Book.Find] finds it.
func (c *client) findRun(ctx context.Context, reference string) (string, error) {
	var all []web.RunSummary
	if err := c.ask(ctx, "/api/runs", &all); err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(r web.RunSummary) bool {
		return reference == "last" || strings.HasPrefix(r.ID, strings.ToUpper(reference)) || r.Name == reference
	})
	if i < 0 {
		return "", fail(notFound, "the server has no run %q", reference).next("workbench runs list shows all")
	}
	return all[i].ID, nil
}

// follow shows a run until it ends. When ctx ends, the run is stopped at its next boundary.
func (c *client) follow(ctx context.Context, a *app, id string, shown *runView) (d web.RunDetail, err error) {
	defer shown.finish()
	stopped, said, step := false, "", 0
	for patient := context.WithoutCancel(ctx); ; {
		if ctx.Err() != nil && !stopped {
			stopped = true
			if err := c.call(patient, http.MethodPost, "/api/runs/"+id+"/stop", struct{}{}, nil); err != nil {
				return d, err
			}
		}
		if err := c.ask(patient, "/api/runs/"+id, &d); err != nil {
			return d, err
		}
		if d.Says != "" && d.Says != said {
			said = d.Says
			shown.hear(script.Progress{Step: d.Step, Say: said})
		}
		if d.Steps > 0 && d.Step > step {
			step = d.Step
			shown.hear(script.Progress{Step: d.Step - 1, Steps: d.Steps, Metrics: map[string]float64{}})
		}
		switch runs.Status(d.Status) {
		case runs.Running:
		case runs.Done:
			return d, nil
		case runs.Stopped:
			return d, fail(cancelled, "run %s was stopped", id).next("workbench run --resume %s%s goes on from its last checkpoint", id, a.dataFlag())
		default:
			return d, fail(unexpected, "run %s: %s", id, d.Error).next("workbench runs show %s%s shows where it broke", id, a.dataFlag())
		}
		time.Sleep(pollRun)
	}
}
