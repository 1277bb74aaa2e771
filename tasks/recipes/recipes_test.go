package recipes_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"workbench/tasks/recipes"
	"workbench/tasks/script"
)

// Every recipe is short, says what it is, and passes its check.
func TestRecipesPassTheirCheck(t *testing.T) {
	all := recipes.List()
	if len(all) < 4 {
		t.Fatalf("%d recipes are carried, want at least 4", len(all))
	}
	for _, r := range all {
		t.Run(r.Name, func(t *testing.T) {
			if n := strings.Count(r.Text, "\n"); n > 150 {
				t.Errorf("%d lines; a recipe has at most 150", n)
			}
			s, err := script.Parse(r.Name, r.Text)
			if err != nil {
				t.Fatal(err)
			}
			if s.Summary == "" || s.Summary != r.Summary {
				t.Errorf("summary: the script says %q, the list %q", s.Summary, r.Summary)
			}
			got, err := s.Check(t.Context(), nil, nil)
			if err != nil {
				t.Error(err)
			}
			for _, note := range got.Notes {
				if strings.Contains(note, "which only the real one has") && r.Name == "learn" {
					continue // what runs return is tried by a test of its own
				}
				t.Errorf("the check left something out: %s", note)
			}
			for _, f := range got.Forms {
				if f.Guide == "" || strings.Contains(f.Guide, "<") {
					t.Errorf("form %q: want a guide without HTML, in guides/%s.FORM.md", f.Title, r.Name)
				}
			}
		})
	}
}

// Every guide is one of a recipe's forms.
func TestGuidesBelongToRecipes(t *testing.T) {
	pages, err := filepath.Glob("guides/*")
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, r := range recipes.List() {
		used += strings.Count(r.Text, "\nguide(")
	}
	if used != len(pages) || used == 0 {
		t.Errorf("there are %d files in guides, and recipes use %d", len(pages), used)
	}
}

func TestFindNamesWhatThereIs(t *testing.T) {
	if r, err := recipes.Find("reward"); err != nil || r.Name != "reward" {
		t.Errorf("find reward: got %q, %v", r.Name, err)
	}
	_, err := recipes.Find("rewards")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "sft") {
		t.Errorf("find rewards: got %v, want an error that lists the recipes", err)
	}
}
