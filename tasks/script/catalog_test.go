package script

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.starlark.net/starlark"

	"workbench/engine/enginetest"
)

var update = flag.Bool("update", false, "write the generated documentation")

// Every primitive has a signature, documentation and an example; every method of a value is in the
// catalog, and every method in the catalog exists.
func TestTheCatalogIsWhole(t *testing.T) {
	known := map[string]bool{}
	for _, p := range Catalog() {
		if known[p.Name] {
			t.Errorf("%s stands in the catalog twice", p.Name)
		}
		known[p.Name] = true
		if !strings.HasPrefix(p.Signature, p.Name+"(") {
			t.Errorf("%s: the signature %q does not begin with the name", p.Name, p.Signature)
		}
		if len(p.Doc) < 4 || !strings.HasSuffix(p.Doc, ".") {
			t.Errorf("%s: want a documentation of whole sentences, got %q", p.Name, p.Doc)
		}
		if p.Example == "" {
			t.Errorf("%s has no example", p.Name)
		}
		if p.do == nil && !strings.Contains(p.Name, ".") {
			t.Errorf("%s has no function", p.Name)
		}
	}
	values := map[string]starlark.HasAttrs{
		"param": paramType{}, "dataset": &Dataset{}, "batch": &Batch{}, "model": &Model{}, "trainer": &Trainer{},
	}
	for kind, v := range values {
		for _, name := range v.AttrNames() {
			if name != "name" && !known[kind+"."+name] {
				t.Errorf("%s.%s can be called and is not in the catalog", kind, name)
			}
		}
	}
	for name := range known {
		kind, method, dotted := strings.Cut(name, ".")
		if !dotted {
			continue
		}
		found := false
		for _, have := range values[kind].AttrNames() {
			found = found || have == method
		}
		if !found {
			t.Errorf("%s is in the catalog and cannot be called", name)
		}
	}
}

// Every example runs, with a stand-in model and a stand-in sampler where it wants one.
func TestExamplesRun(t *testing.T) {
	pairs := filepath.Join(t.TempDir(), "pairs.jsonl")
	if err := os.WriteFile(pairs, []byte(`{"prompt": "Hi", "a": "Hello.", "b": "No.", "label": "a"}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, p := range Catalog() {
		t.Run(p.Name, func(t *testing.T) {
			s := parse(t, p.Example)
			if !s.HasRun {
				tryExample(t, s)
				return
			}
			if strings.Contains(p.Example, "policy") {
				enginetest.Runtime(t)
			}
			w := newWorld(t, s)
			w.Datasets = fileNames{"pairs.jsonl": pairs}
			w.Sampler = newEcho
			if _, err := s.Run(t.Context(), w.Host, nil); err != nil {
				t.Errorf("%s:\n%v", p.Example, err)
			}
			if _, err := s.Check(t.Context(), fileNames{"pairs.jsonl": pairs}, nil); err != nil {
				t.Errorf("check of %s:\n%v", p.Example, err)
			}
		})
	}
}

// tryExample tries an example of a flow: all of it but what only a real run or event says.
func tryExample(t *testing.T, s *Script) {
	got, err := s.Check(t.Context(), nil, nil)
	if err != nil {
		t.Errorf("check of %s:\n%v", s.Text, err)
	}
	for _, note := range got.Notes {
		t.Errorf("check of %s left something out:\n%s", s.Text, note)
	}
}

func TestDocumentationIsGenerated(t *testing.T) {
	path := filepath.Join(enginetest.Root(t), "docs", "script.md")
	if *update {
		if err := os.WriteFile(path, []byte(Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != Markdown() {
		t.Errorf("docs/script.md is stale (%v): run  go test ./tasks/script -run Documentation -update", err)
	}
}
