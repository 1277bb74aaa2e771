package cli

import (
	"cmp"
	"context"

	"workbench/engine/runs"
	"workbench/tasks/people"
	"workbench/tasks/recipes"
	"workbench/tasks/script"
	"workbench/ui/web"
)

// serverRuns starts and ends runs for those who ask over the web.
type serverRuns struct {
	jobs   *jobs
	people *people.Book
}

// runSummary is a run in lists; state is nil for one that does not run here.
func runSummary(run runs.Run, state *runState) web.RunSummary {
	out := web.RunSummary{
		ID: run.ID, Name: runName(run), Script: run.Script.Name, Status: string(run.Status), Error: run.Error, Started: run.Started,
	}
	if !run.Ended.IsZero() {
		out.Ended = &run.Ended
	}
	if state != nil {
		out.Step, out.Steps, out.Says = state.step, state.steps, state.says
		if state.waiting {
			out.Says = "waits for another run to end"
		}
	}
	return out
}

func runName(run runs.Run) string { return cmp.Or(run.Name, run.Script.Name) }

// Start puts a run in line and returns its id.
func (s serverRuns) Start(ctx context.Context, by string, start web.Start) (string, error) {
	if start.From != "" && start.Recipe == "" && start.Script == "" {
		return s.goOn(by, start)
	}
	x, err := startedExperiment(start)
	if err != nil {
		return "", invalid(err)
	}
	x.from = start.From
	if !x.script.HasRun {
		return "", invalid(fail(badInput, "script %s has no run(), so there is nothing to run", x.script.Name).next("start it as a flow"))
	}
	x.namesOnly = namesOnly(s.people, by)
	if err := s.jobs.engine.checkNames(ctx, x); err != nil {
		return "", invalid(err)
	}
	id, err := s.jobs.start(x)
	return id, invalid(err)
}

// goOn starts a run from a checkpoint of another one, with that one's script.
func (s serverRuns) goOn(by string, start web.Start) (string, error) {
	x := experiment{name: start.Name, from: start.From, namesOnly: namesOnly(s.people, by), typed: []string{}}
	for name, value := range start.Params {
		x.typed = append(x.typed, name+"="+value)
	}
	id, err := s.jobs.start(x)
	return id, invalid(err)
}

// namesOnly says whether somebody may only name data and models: over the network files of the server's
// machine are not reached for, but by its admins.
func namesOnly(book *people.Book, by string) bool {
	p, err := book.Person(by)
	return err != nil || people.Role(p.Role) != people.Admin
}

// startedExperiment is what somebody asks a server to start.
func startedExperiment(start web.Start) (x experiment, err error) {
	if x.script, err = startedScript(start); err != nil {
		return x, err
	}
	x.name, x.fresh = start.Name, start.Fresh
	declared, err := x.script.Describe()
	if err != nil {
		return x, fail(badInput, "%w", err)
	}
	x.declared = declared
	if x.params, err = script.Values(declared, start.Params); err != nil {
		return x, fail(badInput, "%w", err)
	}
	for _, p := range declared {
		if p.Name == "seed" {
			x.seed, _ = p.Default.(int64)
		}
	}
	if seed, is := x.params["seed"].(int64); is {
		x.seed = seed
	}
	return x, nil
}

// startedScript is the script that is meant: a recipe, or a text of one's own.
func startedScript(start web.Start) (*script.Script, error) {
	if start.Script != "" {
		return parseScript(cmp.Or(start.Name, "script")+".star", start.Script)
	}
	recipe, err := recipes.Find(start.Recipe)
	if err != nil {
		return nil, fail(notFound, "%w", err)
	}
	return parseScript(recipe.Name, recipe.Text)
}

// Stop ends a run at the next boundary of its loop.
func (s serverRuns) Stop(_ context.Context, id string) error { return invalid(s.jobs.stop(id)) }

// Resume goes on with a run from its last checkpoint.
func (s serverRuns) Resume(_ context.Context, by, id string) error {
	_, err := s.jobs.start(experiment{resume: id, namesOnly: namesOnly(s.people, by)})
	return invalid(err)
}

// Live is how far a run is that runs here.
func (s serverRuns) Live(id string) (web.Live, bool) {
	state := s.jobs.state(id)
	if state == nil {
		return web.Live{}, false
	}
	if state.waiting {
		return web.Live{Says: "waits for another run to end"}, true
	}
	return web.Live{Step: state.step, Steps: state.steps, Says: state.says, Used: state.used}, true
}
