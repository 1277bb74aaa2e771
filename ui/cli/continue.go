package cli

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"workbench/engine/runs"
	"workbench/tasks/script"
)

// continued finds the checkpoint from which a new run goes on, named RUN or RUN@STEP, and gives the experiment the
// script of that run where none was named, and its params where none were given.
func (e *engine) continued(book *runs.Book, x *experiment) (runs.CheckpointInfo, error) {
	var none runs.CheckpointInfo
	reference, step, named := strings.Cut(x.from, "@")
	run, err := book.Find(reference)
	if err != nil {
		return none, fail(notFound, "%w", err).next("workbench runs list shows all")
	}
	kept, err := book.Checkpoints(run.ID)
	if err == nil {
		kept, err = script.Resumable(e.store.Dir(), kept)
	}
	if err != nil {
		return none, err
	}
	var steps []string
	for _, c := range kept {
		steps = append(steps, strconv.Itoa(c.Step))
	}
	if len(kept) == 0 {
		return none, fail(notFound, "run %s has no checkpoint to go on from", run.ID).
			next("checkpoints are made at boundaries of loop(…); a model that it kept is named run:%s/NAME", run.ID)
	}
	at := len(kept) - 1
	if named {
		for at >= 0 && strconv.Itoa(kept[at].Step) != step {
			at--
		}
	}
	if at < 0 {
		return none, fail(notFound, "run %s has no checkpoint at step %q", run.ID, step).next("it has those at steps %s; loop(…, keep = n) keeps more", strings.Join(steps, ", "))
	}
	return kept[at], x.takeOver(run)
}

// takeOver completes an experiment that goes on from a run.
func (x *experiment) takeOver(run runs.Run) error {
	own, err := parseScript(run.Script.Name, run.Script.Text)
	switch {
	case err != nil:
		return err
	case x.script == nil:
		x.script = own
	case x.script.SHA256() != own.SHA256():
		return fail(badInput, "script %s is another than run %s executed (sha256 %.12s and %.12s), and a checkpoint belongs to its script", x.script.Name, run.ID, x.script.SHA256(), run.Script.SHA256).
			next("leave the script out to go on with that run's own; to start another recipe from what the run kept, name it as a param, such as -p policy=run:%s/NAME", run.ID)
	}
	params := maps.Clone(run.Params)
	if x.typed != nil {
		given, _, err := settings(x.script, x.typed)
		if err != nil {
			return err
		}
		maps.Copy(params, given)
	}
	maps.Copy(params, x.params)
	x.params, x.seed = params, run.Seed
	if seed, is := params["seed"].(int64); is {
		x.seed = seed
	}
	return nil
}

// beginFrom starts the record of a run that goes on from a checkpoint, which it cites.
func (e *engine) beginFrom(book *runs.Book, x *experiment) (*runs.Recorder, error) {
	from, err := e.continued(book, x)
	if err != nil {
		return nil, err
	}
	record, err := book.Start(x.record(runs.Digest{Kind: "checkpoint", Name: fmt.Sprintf("%s@%d", from.Run, from.Step), SHA256: from.SHA256}))
	if err != nil {
		return nil, err
	}
	if err := script.Continue(e.store.Dir(), from, record.ID()); err != nil {
		if ending := record.Finish(nil, err); ending != nil {
			return nil, ending
		}
		return nil, err
	}
	return record, nil
}
