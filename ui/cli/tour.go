package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"workbench/engine/generate"
	"workbench/storage"
	"workbench/tasks/recipes"
)

// tourPrompt is what the embedded model is asked.
const tourPrompt = "In one sentence, why do people compare two answers instead of grading one?"

func tourCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "tour",
		Usage: "sample, train for about a minute, evaluate, and say what was done",
		Description: `This is what make run does. It needs nothing but the binary: the comparisons that it learns from are made up,
and easy. What it trains and measures is recorded in the data folder like any other run.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Value: embeddedName, Usage: "take the tour with `NAME`"},
		},
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			return a.withEngine(c.Context, true, func(e *engine) error {
				t := &tour{engine: e, model: c.String("model")}
				for _, part := range []func(context.Context) error{t.sample, t.prepare, t.train, t.evaluate} {
					if err := part(c.Context); err != nil {
						return err
					}
				}
				return a.answer(t.result(), t.write)
			})
		},
	}
}

// tour is one call of the verb.
type tour struct {
	*engine
	model         string
	text          string // what the model answered
	learn, unseen string // files with comparisons
	nLearn        int
	trained       outcome
	measured      outcome
}

// headline begins a part; with --json stdout is the result's.
func (t *tour) headline(format string, args ...any) { t.app.say("\n"+format, args...) }

func (t *tour) sample(ctx context.Context) error {
	t.headline("1. Ask the language model %s: %s", t.model, tourPrompt)
	var text bytes.Buffer
	g := &generation{
		app:  &app{stdout: io.MultiWriter(t.app.stderr, &text), stderr: t.app.stderr, getenv: t.app.getenv, now: t.app.now},
		name: t.model, prompt: tourPrompt, chat: true, n: 1, sampling: generate.Sampling{Temperature: 0.7, TopP: 0.9, MaxTokens: 60, Seed: 1},
	}
	err := g.run(ctx, t.engine)
	t.text = string(bytes.TrimSpace(text.Bytes()))
	return err
}

// prepare writes the comparisons where the record of the run can cite them.
func (t *tour) prepare(context.Context) error {
	store, err := t.folder()
	if err != nil {
		return err
	}
	learn, unseen := toyComparisons()
	t.nLearn = len(learn)
	if t.learn, err = writeLines(store, "learn.jsonl", learn); err != nil {
		return err
	}
	t.unseen, err = writeLines(store, "unseen.jsonl", unseen)
	return err
}

// writeLines puts comparisons into the folder tour of the data folder.
func writeLines(store *storage.Store, name string, rows []comparison) (string, error) {
	path := filepath.Join(store.Dir(), "tour", name)
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, row := range rows {
		if err := encoder.Encode(row); err != nil {
			return "", fmt.Errorf("write %s: %w", path, err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	return path, os.WriteFile(path, lines.Bytes(), 0o644)
}

func (t *tour) train(ctx context.Context) (err error) {
	t.headline("2. Train a reward model on %d made-up comparisons (recipe first: its loss is written in the script)", t.nLearn)
	t.trained, err = t.experiment(ctx, "first", "base="+t.model, "pairs="+t.learn, "lr=5e-4")
	return err
}

func (t *tour) evaluate(ctx context.Context) (err error) {
	t.headline("3. Evaluate it on comparisons about questions that it has never seen (recipe evaluate)")
	t.measured, err = t.experiment(ctx, "evaluate", "judge="+runPrefix+t.trained.Run, "pairs="+t.unseen)
	return err
}

// experiment runs one recipe of the tour.
func (t *tour) experiment(ctx context.Context, recipe string, params ...string) (outcome, error) {
	r, err := recipes.Find(recipe)
	if err != nil {
		return outcome{}, err
	}
	x := experiment{name: "tour", prefix: "tour-"} // what the tour keeps must not pass for the real thing
	if x.script, err = parseScript(r.Name, r.Text); err != nil {
		return outcome{}, err
	}
	if err = x.set(params); err != nil {
		return outcome{}, err
	}
	return t.perform(ctx, x)
}

func (t *tour) result() map[string]any {
	return map[string]any{
		"model": t.model, "prompt": tourPrompt, "text": t.text, "trained_on": t.nLearn,
		"training": t.trained.forJSON(), "evaluation": t.measured.forJSON(),
	}
}

func (t *tour) write(w io.Writer) {
	fmt.Fprintln(w)
	writeResult(w, t.measured.Result)
	fmt.Fprintf(w, `
What was done: the language model %s answered a question; a reward model was trained on it, from %d
comparisons in %.0f seconds (run %s); and its agreement with the answers that were
preferred was measured on unseen questions (run %s), beside what the longer or the
shorter answer would have said.

Go on:
  workbench recipe list                    the experiments in this binary
  workbench runs show last%-16s what a run left
  workbench generate --chat --prompt "…"   sample again
`, t.model, t.nLearn, t.trained.Seconds, t.trained.Run, t.measured.Run, t.app.dataFlag())
}
