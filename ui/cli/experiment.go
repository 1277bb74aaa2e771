package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"workbench/engine/ort"
	"workbench/engine/runs"
	"workbench/engine/train"
	"workbench/storage"
	"workbench/storage/dataset"
	"workbench/tasks/recipes"
	"workbench/tasks/script"
)

// experiment is a script with settings, new or taken up again.
type experiment struct {
	script *script.Script
	params map[string]any // those that were given
	seed   int64          // the param seed, if the script has one
	name   string         // what the person calls the run
	resume string         // id of the run to go on with; empty for a new one
	from   string         // RUN or RUN@STEP: the checkpoint that a new run goes on from; empty for none
	typed  []string       // params as they are typed, where the script is not known yet
	prefix string         // of the names of what it keeps
	call   string         // of the flow that starts it; empty for a person's own
	fresh  bool           // answers of models that are remembered are computed anew

	declared  []script.Param // of the script, where they were looked up
	namesOnly bool           // whoever asked may name data and models, and not reach for files
}

// outcome is what is known of a run at its end.
type outcome struct {
	Run     string             `json:"run"`
	Script  string             `json:"script"`
	Data    string             `json:"data"` // the folder in which it is recorded
	Params  map[string]any     `json:"params"`
	Result  any                `json:"result"`
	Metrics map[string]float64 `json:"metrics"` // the last of each
	Models  []string           `json:"models"`  // names it kept
	Seconds float64            `json:"seconds"`
	PeakRSS float64            `json:"peak_rss_mb"`
	// Diagnoses are what looks wrong about it, in words.
	Diagnoses []runs.Diagnosis `json:"diagnoses,omitempty"`
}

// loadScript reads a script: a file, or a recipe.
func loadScript(name string) (*script.Script, error) {
	name, text, err := findScript(name)
	if err != nil {
		return nil, err
	}
	return parseScript(name, text)
}

// findScript finds the text of a script: a file, or a recipe.
func findScript(name string) (as, text string, err error) {
	file, err := os.ReadFile(name)
	switch {
	case err == nil:
		return name, string(file), nil
	case !errors.Is(err, fs.ErrNotExist) || strings.HasSuffix(name, ".star"):
		return "", "", fail(notFound, "script %s: %w", name, err).next("workbench recipe list shows what needs no file; recipe copy NAME FILE makes one to edit")
	}
	recipe, err := recipes.Find(name)
	if err != nil {
		var names []string
		for _, r := range recipes.List() {
			names = append(names, r.Name)
		}
		complaint := fail(notFound, "%q is neither a file nor a recipe", name)
		if near := nearest(name, names); near != "" {
			return "", "", complaint.next("did you mean the recipe %s?", near)
		}
		return "", "", complaint.next("recipes are %s", strings.Join(names, ", "))
	}
	return recipe.Name, recipe.Text, nil
}

func parseScript(name, text string) (*script.Script, error) {
	s, err := script.Parse(name, text)
	if err != nil {
		return nil, fail(badInput, "%w", err)
	}
	return s, nil
}

// paramFlag is how settings of scripts are given.
func paramFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "param", Aliases: []string{"p"}, Usage: "set a param of the script, `KEY=VALUE`; can be repeated"}
}

// set gives a script's params the values from the command line.
func (x *experiment) set(given []string) (err error) {
	var declared []script.Param
	if x.params, declared, err = settings(x.script, given); err != nil {
		return err
	}
	for _, p := range declared {
		if p.Name == "seed" {
			x.seed, _ = p.Default.(int64)
		}
	}
	if seed, is := x.params["seed"].(int64); is {
		x.seed = seed
	}
	return nil
}

// typedParams reads values for params as they are typed: KEY=VALUE.
func typedParams(given []string) (map[string]string, error) {
	texts := map[string]string{}
	for _, text := range given {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, fail(badInput, "-p %s is not KEY=VALUE", text).next("write for example -p lr=3e-5")
		}
		if _, twice := texts[key]; twice {
			return nil, fail(badInput, "-p %s is given twice", key)
		}
		texts[key] = value
	}
	return texts, nil
}

// settings reads values for a script's params, and returns what params it declares.
func settings(s *script.Script, given []string) (map[string]any, []script.Param, error) {
	texts, err := typedParams(given)
	if err != nil {
		return nil, nil, err
	}
	declared, err := s.Describe()
	if err != nil {
		return nil, nil, fail(badInput, "%w", err)
	}
	values, err := script.Values(declared, texts)
	if err != nil {
		return nil, nil, fail(badInput, "%w", err).next("workbench recipe show %s lists the params", s.Name)
	}
	return values, declared, nil
}

// perform carries an experiment out, or on, and records it in the data folder.
func (e *engine) perform(ctx context.Context, x experiment) (outcome, error) {
	store, err := e.folder()
	if err != nil {
		return outcome{}, err
	}
	record, err := e.begin(runs.NewBook(store, e.app.now), &x)
	if err != nil {
		return outcome{}, err
	}
	e.app.named(record.ID())
	shown := e.app.watchRun(x)
	o, err := e.carryOut(ctx, record, x, shown.hear)
	shown.finish()
	if err != nil {
		return o, e.ended(record.ID(), err)
	}
	for _, d := range o.Diagnoses {
		if d.Why != "" { // what the script found itself was said when it did
			e.app.say("step %d, %s: %s", d.Step, d.Name, d.String())
		}
	}
	return o, nil
}

// carryOut executes the script of a run whose record was begun.
func (e *engine) carryOut(ctx context.Context, record *runs.Recorder, x experiment, hear func(script.Progress)) (outcome, error) {
	return e.carryOutMeasured(ctx, record, x, newRunMeter(e.app.now), hear)
}

// carryOutMeasured is carryOut for who looks at the meter meanwhile.
func (e *engine) carryOutMeasured(ctx context.Context, record *runs.Recorder, x experiment, meter *runMeter, hear func(script.Progress)) (outcome, error) {
	id, started := record.ID(), e.app.now()
	e.owner = "run " + id
	o := outcome{Run: id, Script: x.script.Name, Data: e.store.Dir()}
	host := e.host(record, &o, func(p script.Progress) { meter.hear(p); hear(p) }, x.prefix)
	host.Seed, host.Fresh = x.seed, x.fresh
	result, err := x.script.Run(runs.Named(ctx, e.owner), host, x.params)
	resources := meter.total(result.Work)
	err = errors.Join(err, record.Update(func(r *runs.Run) { r.Resources = resources }))
	if err != nil {
		return o, err
	}
	o.Params, o.Result = result.Params, result.Value
	o.Seconds, o.PeakRSS = e.app.now().Sub(started).Seconds(), float64(resources.PeakRSS)/1e6
	book := runs.NewBook(e.store, e.app.now)
	metrics, err := book.Metrics(id)
	if err != nil {
		return o, err
	}
	o.Metrics = finite(runs.Last(metrics))
	o.Diagnoses, err = book.Diagnoses(record.Run())
	return o, err
}

// begin starts the record of a new run, or takes up an old one with the text and the params that it
// was started with.
func (e *engine) begin(book *runs.Book, x *experiment) (*runs.Recorder, error) {
	switch {
	case x.from != "":
		return e.beginFrom(book, x)
	case x.resume == "":
		return book.Start(x.record())
	}
	run, err := book.Find(x.resume)
	if err != nil {
		return nil, fail(notFound, "%w", err).next("workbench runs list shows all")
	}
	record, err := book.Resume(run.ID)
	if err != nil {
		return nil, fail(badInput, "%w", err)
	}
	if x.script, err = parseScript(run.Script.Name, run.Script.Text); err != nil {
		return nil, err
	}
	x.params, x.seed = maps.Clone(run.Params), run.Seed
	return record, nil
}

// record is the record of the experiment as a new run, which begins with what it cites.
func (x *experiment) record(cites ...runs.Digest) runs.Run {
	return runs.Run{
		Name: x.name, For: x.call, Params: x.params, Seed: x.seed, Device: ort.CPU.String(), Inputs: cites,
		Script:   runs.Script{Name: x.script.Name, SHA256: x.script.SHA256(), Text: x.script.Text},
		Versions: runs.Versions{Binary: release, Runtime: ort.Version()},
	}
}

// host gives a run the world; names of what it keeps go into its outcome.
func (e *engine) host(record *runs.Recorder, o *outcome, hear func(script.Progress), prefix string) script.Host {
	return script.Host{
		Models: e, Datasets: e.data(record.Run().Inputs...), Record: record, Device: patient{e.device(runs.ForRun)}, Session: e.session(), MicroTokens: e.microTokens,
		Now: e.app.now, Folder: e.store.Dir(), Cache: e.store.Cache(), Progress: hear,
		Register: func(k script.Kept) error {
			k.Name = prefix + k.Name
			if err := checkName(k.Name); err != nil {
				return err
			}
			below, err := e.bottom(context.Background(), k.Base)
			if err != nil {
				return err
			}
			_, err = e.store.PutModel(storage.Model{
				Name: k.Name, Kind: storage.ModelKind(k.Kind), Path: k.Path, Base: below.name, BaseDigest: k.BaseDigest, FromRun: k.Run, Digest: k.Digest,
			})
			if err == nil && !slices.Contains(o.Models, k.Name) {
				o.Models = append(o.Models, k.Name)
			}
			return err
		},
		Keep: func(ctx context.Context, name, path string) error {
			register, err := e.names()
			if err != nil {
				return err
			}
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			_, err = register.Import(ctx, dataset.Import{Name: name, Source: filepath.Base(path), From: f, Replace: true})
			return errors.Join(explainData(err), f.Close())
		},
	}
}

// ended says how a run that did not end well can be taken up, and chooses the exit code.
func (e *engine) ended(id string, err error) error {
	var mistake *script.ScriptError
	var record *dataset.BadRecord
	resume := fmt.Sprintf("workbench run --resume %s%s goes on from its last checkpoint", id, e.app.dataFlag())
	switch {
	case errors.Is(err, context.Canceled):
		return fail(cancelled, "run %s: %w", id, err).next("%s", resume)
	case errors.Is(err, train.ErrNotFinite):
		return fail(checkFailed, "run %s: %w", id, err).next("workbench runs show %s shows where it broke", id)
	case errors.As(err, &record):
		return fail(badInput, "run %s: %w", id, err).next("correct that line of the data and run it again")
	case codeOf(err) != unexpected:
		return fail(codeOf(err), "run %s: %w", id, err).next("%s", hintOf(err))
	case errors.As(err, &mistake):
		return fail(badInput, "run %s: %w", id, err).next("workbench recipe check tries a script without models")
	}
	return fail(unexpected, "run %s: %w", id, err).next("%s", resume)
}

// dataFlag is the flag that names the data folder again, where it was given.
func (a *app) dataFlag() string {
	if a.data == "" {
		return ""
	}
	return " --data " + a.data
}

// settings are all params of the script, those that were not given at their defaults.
func (x experiment) settings() map[string]any {
	all := map[string]any{}
	for _, p := range x.declared {
		all[p.Name] = p.Default
	}
	maps.Copy(all, x.params)
	return all
}
