package recipes

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed *.star
var files embed.FS

// suffix of the files that are recipes.
const suffix = ".star"

// Recipe is one experiment.
type Recipe struct {
	Name    string // as it is called on the command line
	Summary string // the first line of its docstring
	Text    string
}

// List gives all recipes by name.
func List() []Recipe {
	entries, err := files.ReadDir(".")
	if err != nil { // the folder is part of the binary
		panic(err)
	}
	var all []Recipe
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		all = append(all, Recipe{strings.TrimSuffix(e.Name(), suffix), summary(string(text)), string(text)})
	}
	return all
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
