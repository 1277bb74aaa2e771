package script

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"workbench/engine/enginetest"
	"workbench/engine/runs"
	"workbench/engine/weights"
)

// world is a host for tests: stand-in models, files by path, a record in memory.
type world struct {
	Host
	book *runs.Book
	says []string
}

// files finds datasets by name, as the test laid them out.
type fileNames map[string]string

func (f fileNames) Find(name string) ([]string, error) {
	if path, ok := f[name]; ok {
		return []string{path}, nil
	}
	return nil, fmt.Errorf("no dataset is called %q: %w", name, fs.ErrNotExist)
}

// opener opens the stand-in, fresh each time, with weights that the seed determines.
type opener struct{}

func (opener) Open(_ context.Context, name string) (*weights.Model, error) {
	if strings.HasPrefix(name, "missing") {
		return nil, fmt.Errorf("no model is called %s; there is embedded", name)
	}
	return StandIn(7)
}

// newWorld makes a host and starts a run of the script in its record.
func newWorld(t *testing.T, s *Script) *world {
	t.Helper()
	w := &world{book: runs.NewBook(&runs.Memory{}, nil)}
	record, err := w.book.Start(runs.Run{Name: s.Name, Script: runs.Script{Name: s.Name, SHA256: s.SHA256(), Text: s.Text}})
	if err != nil {
		t.Fatal(err)
	}
	w.Host = Host{
		Models: opener{}, Datasets: fileNames{}, Record: record, Device: &enginetest.Device{}, Seed: 1, Folder: t.TempDir(),
		Progress: func(p Progress) {
			if p.Say != "" {
				w.says = append(w.says, p.Say)
			}
		},
	}
	return w
}

// parse is Parse for scripts that must be right.
func parse(t *testing.T, text string) *Script {
	t.Helper()
	s, err := Parse("test.star", text)
	if err != nil {
		t.Fatalf("parse:\n%s\n%v", text, err)
	}
	return s
}

// execute runs a script in a fresh world and returns what it printed.
func execute(t *testing.T, text string) (string, error) {
	t.Helper()
	s := parse(t, text)
	w := newWorld(t, s)
	_, err := s.Run(t.Context(), w.Host, nil)
	return strings.Join(w.says, "\n"), err
}

// expression runs a script that prints one expression.
func expression(t *testing.T, e string) (string, error) {
	t.Helper()
	return execute(t, "def run():\n    print("+e+")\n")
}
