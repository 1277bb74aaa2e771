package cli

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"workbench/tasks/script"
)

func evalCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "eval",
		Usage:     "measure models: with an evaluation that is carried, or a script of one's own",
		ArgsUsage: "[FILE|RECIPE]",
		Description: `RECIPE is multiple_choice (log-likelihoods), exact_match (generated answers), or evaluate, which is meant
when none is named: agreement of a reward model with people's comparisons (-p pairs=FILE.jsonl), or a
language model's perplexity (-p what=perplexity -p texts=FILE.jsonl). FILE is a script whose run() calls
measure(…); docs/evals.md shows one. Figures come with standard errors and 95 % intervals that treat
what belongs to one group as dependent. Each model's evaluation is recorded as a run. Several models
are measured one after another and compared with the first, item by item. What a model answered is
remembered in the data folder: repeating a command, also one that was stopped, computes what is new.`,
		Flags: []cli.Flag{
			paramFlag(),
			&cli.StringSliceFlag{Name: "model", Usage: "measure `NAME`: the script's param policy, or else its first model; repeat it for several"},
			&cli.BoolFlag{Name: "fresh", Usage: "compute answers that are remembered anew"},
			&cli.StringFlag{Name: "items", Usage: "write what was found on each item to `FILE`, a line of JSON each"},
		},
		Action: func(c *cli.Context) error { return a.evaluate(c) },
	}
}

// evaluate measures each model that the command line names.
func (a *app) evaluate(c *cli.Context) error {
	all, err := evaluationsOf(c)
	if err != nil {
		return err
	}
	t := evalTable{script: all[0].script.Name}
	for _, x := range all {
		m, err := a.measure(c.Context, x)
		if err != nil {
			return stoppedEval(err)
		}
		t.models = append(t.models, m)
	}
	t.compare()
	if path := c.String("items"); path != "" {
		if err := t.writeItems(path); err != nil {
			return err
		}
	}
	return a.answer(t.forJSON(), func(w io.Writer) { t.write(w) })
}

// evaluation is an experiment that measures a model; an empty model is whatever the script says.
type evaluation struct {
	experiment
	model string
}

// standardEval is the recipe that is meant when none is named.
const standardEval = "evaluate"

// evaluationsOf reads the command line of eval: an evaluation for each model.
func evaluationsOf(c *cli.Context) ([]evaluation, error) {
	name := c.Args().First()
	if name == "" {
		name = standardEval
	} else if _, err := arguments(c, "FILE|RECIPE"); err != nil {
		return nil, err
	}
	s, err := loadScript(name)
	if err != nil {
		return nil, err
	}
	if !s.HasRun {
		return nil, fail(badInput, "script %s has no run(), so it measures nothing", s.Name).next("put what it measures into  def run():")
	}
	models := c.StringSlice("model")
	if len(models) == 0 {
		models = []string{""}
	}
	var all []evaluation
	for i, model := range models {
		if slices.Contains(models[:i], model) {
			return nil, fail(badInput, "--model %s is given twice", model)
		}
		given := slices.Clone(c.StringSlice("param"))
		if model != "" {
			name, err := measuredParam(s, given)
			if err != nil {
				return nil, err
			}
			given = append(given, name+"="+model)
		}
		x := evaluation{experiment{script: s, name: name, fresh: c.Bool("fresh")}, model}
		if err := x.set(given); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

// measuredParam is the param that --model sets.
func measuredParam(s *script.Script, given []string) (string, error) {
	other := func(p string) bool { return strings.HasPrefix(p, "what=") && p != "what=agreement" }
	if s.Name == standardEval && !slices.ContainsFunc(given, other) {
		return "judge", nil // agreement is a reward model's
	}
	declared, err := s.Describe()
	if err != nil {
		return "", fail(badInput, "%w", err)
	}
	first := ""
	for _, p := range declared {
		switch {
		case p.Kind != script.ModelParam:
		case p.Name == "policy":
			return p.Name, nil
		case first == "":
			first = p.Name
		}
	}
	if first == "" {
		return "", fail(badInput, "--model: script %s has no param that names a model", s.Name).next(`declare one:  policy = param.model("embedded", "the model to measure")`)
	}
	return first, nil
}

// measure carries one evaluation out and gathers what it found.
func (a *app) measure(ctx context.Context, x evaluation) (measuredModel, error) {
	if x.model != "" {
		a.say("%s: %s", x.script.Name, x.model)
	}
	o, err := a.perform(ctx, x.experiment)
	if err != nil {
		return measuredModel{}, err
	}
	m := measuredModel{Model: x.model, outcome: o.forJSON()}
	m.Metrics = maps.Clone(o.Metrics)
	m.Answers = answers{int(m.Metrics[script.MetricComputed]), int(m.Metrics[script.MetricReused])}
	delete(m.Metrics, script.MetricComputed)
	delete(m.Metrics, script.MetricReused)
	if name, err := measuredParam(x.script, nil); err == nil {
		m.standard, _ = o.Params[name].(string)
	}
	m.items, err = readItems(o)
	return m, err
}

// stoppedEval says how an evaluation that was stopped goes on.
func stoppedEval(err error) error {
	if codeOf(err) != cancelled {
		return err
	}
	return fail(cancelled, "%w", err).next("the same command goes on: answers up to here are remembered")
}
