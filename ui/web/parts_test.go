package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/flow"
	"workbench/tasks/form"
)

// better is the form of the tests: it shows two of the item's fields, and never the others.
var better = form.Form{
	Title: "Which is better?",
	Show:  []form.Part{{Kind: "text", Fields: []string{"prompt"}}, {Kind: "pair", Fields: []string{"left", "right"}}},
	Ask: []form.Field{
		{Name: "preference", Kind: "scale", Points: 9},
		{Name: "why", Kind: "longtext", Optional: true},
	},
}

// programs opens the one program of the tests.
type programs struct{}

func (programs) Program(storage.Flow, string, flow.Value) (flow.Program, error) {
	return program{}, nil
}

// program asks people what is better, and records what they said.
type program struct{}

func (program) Run(_ context.Context, i *flow.Instance, _ string, args flow.Value) (flow.Value, error) {
	item, ok := args.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the item is a %T", args)
	}
	ask := flow.Ask{Form: better, Item: item, People: 1}
	if people, ok := item["people"].(int64); ok {
		ask.People = int(people)
	}
	ask.Pool, _ = item["pool"].(string)
	ask.Gold = item["gold"]
	if item["fails"] == true {
		return i.Do("generate", "x", func(context.Context) (flow.Value, []string, error) {
			return nil, nil, flow.Final(errors.New("the model is not there"))
		})
	}
	answers, err := i.Ask(ask)
	if err != nil {
		return nil, err
	}
	var of []string
	var said []any
	for _, a := range answers.List {
		of, said = append(of, a.ID), append(said, a.Values["preference"])
	}
	_, err = i.Record("comparisons", map[string]any{"said": said}, of)
	return said, err
}

// items makes so many items of what each holds besides.
func items(n int, more map[string]any) []flow.Value {
	all := make([]flow.Value, n)
	for i := range all {
		item := map[string]any{"prompt": fmt.Sprintf("prompt %d", i), "left": "a", "right": "b", "secret_model": "HIDDEN-model"}
		for name, value := range more {
			item[name] = value
		}
		all[i] = item
	}
	return all
}

// parts stand for what the composition root gives to a server. They do what they are asked in the
// simplest way that is true.
type parts struct{ w *world }

func (p parts) Recipes() ([]Recipe, error) {
	return []Recipe{{Name: "compare", Summary: "two samples, a person's choice", Text: "def flow(item): …", Flow: true}}, nil
}

func (p parts) Check(_ context.Context, script string) (Recipe, error) {
	if script != "def flow(item): pass" {
		return Recipe{}, Fail(Invalid, "script.star:1:1: this is no script")
	}
	return Recipe{Name: "script", Text: script, Flow: true}, nil
}

func (p parts) StartFlow(ctx context.Context, by string, s Start) (string, error) {
	if s.Recipe != "compare" {
		return "", fmt.Errorf("recipe %q: %w", s.Recipe, fs.ErrNotExist)
	}
	return p.w.startFlow(ctx, by, items(max(s.Limit, 1), map[string]any{"pool": "nobody's"}))
}

func (w *world) startFlow(ctx context.Context, by string, all []flow.Value) (string, error) {
	f, err := w.flows.Start(ctx, flow.NewFlow{
		Name: "A flow <b>of</b> tests", Recipe: "compare", Script: "def flow(item): …", Params: map[string]any{"n": int64(2)}, Starter: by,
		Items: func(yield func(flow.Value, error) bool) {
			for _, item := range all {
				if !yield(item, nil) {
					return
				}
			}
		},
	})
	return f.ID, err
}

func (p parts) Status() DeviceStatus { return DeviceStatus{Running: "a test", Budget: 1} }

func (p parts) Backup(_ context.Context, to io.Writer) error {
	_, err := io.WriteString(to, "everything")
	return err
}

func (p parts) runs() Runs         { return testRuns(p) }
func (p parts) models() Models     { return testModels{} }
func (p parts) datasets() Datasets { return testDatasets{} }

type testRuns struct{ w *world }

func (r testRuns) Start(_ context.Context, _ string, s Start) (string, error) {
	recorder, err := r.w.book.Start(runs.Run{Name: s.Name, Script: runs.Script{Name: s.Recipe, Text: "def run(): …"}})
	if err != nil {
		return "", err
	}
	return recorder.ID(), nil
}

func (r testRuns) Stop(_ context.Context, id string) error {
	_, err := r.w.book.Run(id)
	return err
}

func (r testRuns) Resume(_ context.Context, _, id string) error {
	_, err := r.w.book.Run(id)
	return err
}

func (r testRuns) Live(string) (Live, bool) { return Live{Step: 3, Steps: 10, Says: "loss 0.5"}, true }

type testModels struct{}

func (testModels) Models() ([]ModelRow, error) { return []ModelRow{{Name: "embedded"}}, nil }

func (testModels) Model(name string) (ModelDetail, error) {
	if name != "embedded" {
		return ModelDetail{}, fmt.Errorf("model %q: %w", name, fs.ErrNotExist)
	}
	return ModelDetail{ModelRow: ModelRow{Name: name}}, nil
}

func (m testModels) Try(ctx context.Context, name string, t Try, say func(TryPart) error) error {
	if _, err := m.Model(name); err != nil {
		return err
	}
	for word := range strings.FieldsSeq(t.Prompt) {
		if err := say(TryPart{Text: word}); err != nil {
			return err
		}
		if word == "wait" {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(300 * time.Millisecond):
			}
		}
		if word == "break" {
			return Fail(Invalid, "The model can't go on.")
		}
	}
	return say(TryPart{End: "stop"})
}

type testDatasets struct{}

func (testDatasets) Datasets() ([]DatasetRow, error) { return []DatasetRow{{Name: "pairs"}}, nil }

func (testDatasets) Dataset(name string, _, _ int) (DatasetPage, error) {
	if name != "pairs" {
		return DatasetPage{}, fmt.Errorf("dataset %q: %w", name, fs.ErrNotExist)
	}
	return DatasetPage{DatasetRow: DatasetRow{Name: name}}, nil
}

func (testDatasets) Import(_ context.Context, _, name string, u Upload, say func(ImportProgress) error) (DatasetRow, error) {
	row := DatasetRow{Name: name, Source: u.File}
	if name == "refused" {
		return row, Fail(Invalid, "There is a dataset of this name.")
	}
	piece := make([]byte, 1000)
	for {
		n, err := u.Content.Read(piece)
		row.Bytes += int64(n)
		row.Records += strings.Count(string(piece[:n]), "\n")
		if strings.Contains(string(piece[:n]), "bad") {
			return row, Fail(Invalid, "line %d, column 3: bad", row.Records+1)
		}
		if saying := say(ImportProgress{Bytes: row.Bytes, Of: u.Size, Records: row.Records}); saying != nil {
			return row, saying
		}
		if errors.Is(err, io.EOF) {
			return row, nil
		}
		if err != nil {
			return row, err
		}
	}
}

func (testDatasets) Export(_ context.Context, _, name string, d Download, to io.Writer) (any, error) {
	if name == "answers" {
		return d, nil
	}
	if name != "pairs" {
		return nil, fmt.Errorf("dataset %q: %w", name, fs.ErrNotExist)
	}
	if _, err := io.WriteString(to, "a,b\n"); err != nil {
		return nil, err
	}
	if d.Format == "csv" {
		return nil, errors.New("the disk went away")
	}
	return d, nil
}

func (testDatasets) Collecting(name string) (*storage.Dataset, error) {
	if name == "pairs" {
		return nil, Fail(Conflict, "%q is a dataset that was imported.", name)
	}
	return &storage.Dataset{Name: name, Kind: "collected", Created: noon}, nil
}

func (testDatasets) Delete(_ context.Context, _, name string) error {
	if name != "pairs" {
		return fmt.Errorf("dataset %q: %w", name, fs.ErrNotExist)
	}
	return nil
}
