package recipes

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed *.star guides/*.md
var files embed.FS

// suffix of the files that are recipes.
const suffix = ".star"

// Recipe is one experiment.
type Recipe struct {
	Name    string // as it is called on the command line
	Summary string // the first line of its docstring
	Text    string // with its guides, so that a copy has all of it
}

// List gives all recipes by name.
func List() []Recipe {
	entries, err := files.ReadDir(".")
	if err != nil { // the folder is part of the binary
		panic(err)
	}
	var all []Recipe
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok {
			text := read(e.Name())
			all = append(all, Recipe{name, summary(text), text + guides(name)})
		}
	}
	return all
}

func read(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// guides is the end of a recipe's script: what annotators read about its forms, from the files called
// guides/RECIPE.FORM.md, where FORM is the name that the form has in the script.
func guides(recipe string) string {
	pages, err := fs.Glob(files, "guides/"+recipe+".*.md")
	if err != nil {
		panic(err)
	}
	var b strings.Builder
	for _, page := range pages {
		form := strings.TrimSuffix(strings.TrimPrefix(page, "guides/"+recipe+"."), ".md")
		fmt.Fprintf(&b, "\nguide(%s, r\"\"\"\n%s\"\"\")\n", form, read(page))
	}
	return b.String()
}

// summary is the first line of a docstring.
func summary(text string) string {
	line, _, _ := strings.Cut(strings.TrimPrefix(text, `"""`), "\n")
	return strings.TrimSuffix(line, `"""`)
}

// Find gives the recipe of a name. A miss is an error for which errors.Is(err, fs.ErrNotExist), and
// lists what there is.
func Find(name string) (Recipe, error) {
	all := List()
	at := slices.IndexFunc(all, func(r Recipe) bool { return r.Name == name })
	if at >= 0 {
		return all[at], nil
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Name)
	}
	return Recipe{}, fmt.Errorf("no recipe is called %q; there are %s: %w", name, strings.Join(names, ", "), fs.ErrNotExist)
}
