package main

import (
	"flag"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// documents describe the tree, so they must describe this one. What they write as code is looked up:
// paths, exported names, make targets, verbs, flags, recipes, script primitives, tests.
var documents = []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"}

var update = flag.Bool("update", false, "copy the recipe that README.md shows into it")

func TestDocumentsNameWhatExists(t *testing.T) {
	h := inspect(t)
	for _, name := range documents {
		text := read(t, name)
		for _, m := range mentions(name, text) {
			if problem := h.problem(m); problem != "" {
				t.Errorf("%s: `%s`: %s", m.at, m.text, problem)
			}
		}
		for _, target := range link.FindAllStringSubmatch(text, -1) {
			if !h.files[strings.TrimSuffix(path.Clean(target[1]), "/")] {
				t.Errorf("%s links to %s, which is not there", name, target[1])
			}
		}
	}
}

// TestDocumentChecks tries the checks on mentions that must and must not pass.
func TestDocumentChecks(t *testing.T) {
	h := inspect(t)
	for _, tt := range []struct {
		text string
		good bool
	}{
		{"models/graph", true},
		{"models/graphs", false},
		{"models/<name>/", true},
		{"nowhere/<name>/", false},
		{"catalog.go", true},
		{"catalogue.go", false},
		{"github.com/anybody/anything", true},
		{"graph.Graph.Grad", true},
		{"graph.Graph.Gradient", false},
		{"runs.NewQueue", true},
		{"nothing.New", false},
		{"TestTable", true},
		{"TestNothing", false},
		{"loop(…)", true},
		{"lop(…)", false},
		{"make test", true},
		{"make tea", false},
		{"go test ./models/graph", true},
		{"go test ./models/grph", false},
		{"workbench licenses --json", true},
		{"workbench licences", false},
		{"workbench licenses --louder", false},
		{"workbench run nothing", false},
		{"workbench recipe show nothing", false},
		{"float32", true},
	} {
		if problem := h.problem(mention{text: tt.text}); (problem == "") != tt.good {
			t.Errorf("`%s`: got problem %q, want good to be %v", tt.text, problem, tt.good)
		}
	}
}

// TestReadmeBegins holds the promise of the first screen: two commands, and no others.
func TestReadmeBegins(t *testing.T) {
	const screen = 25 // lines
	lines := strings.SplitAfter(read(t, "README.md"), "\n")
	var got []string
	for _, m := range mentions("README.md", strings.Join(lines[:min(screen, len(lines))], "")) {
		if m.block {
			got = append(got, m.text)
		}
	}
	if want := []string{"make run", "make test"}; !slices.Equal(got, want) {
		t.Errorf("commands in the first %d lines of README.md: got %q, want %q", screen, got, want)
	}
}

// TestReadmeShowsTheRecipe holds that the script which README.md shows is the one that is carried.
func TestReadmeShowsTheRecipe(t *testing.T) {
	const opening, closing = "```python\n", "```\n"
	text, recipe := read(t, "README.md"), read(t, "tasks/recipes/first.star")
	before, rest, found := strings.Cut(text, opening)
	shown, after, closed := strings.Cut(rest, closing)
	if !found || !closed {
		t.Fatal("README.md has no block of Python")
	}
	if shown == recipe {
		return
	}
	if !*update {
		t.Fatal("README.md does not show tasks/recipes/first.star as it is: go test . -run Readme -update")
	}
	if err := os.WriteFile("README.md", []byte(before+opening+recipe+closing+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestArchitectureNamesEveryPackage(t *testing.T) {
	text := read(t, "ARCHITECTURE.md")
	for _, s := range sources(t) {
		if s.pkg != "." && strings.Count(s.pkg, "/") < 2 && !s.isTest() && !strings.Contains(text, "`"+s.pkg+"`") {
			t.Errorf("ARCHITECTURE.md does not say what `%s` is for", s.pkg)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
