package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"workbench/embed/manifest"
)

// pageModules lists the packages that are bundled into the page, with their licences: all that the lock
// file in folder names and that are not only for building and testing. They must be installed there.
func pageModules(folder string) ([]manifest.Module, error) {
	text, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version string
			Dev     bool
		}
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, fmt.Errorf("package-lock.json: %w", err)
	}
	var modules []manifest.Module
	for place, p := range lock.Packages {
		at := strings.LastIndex(place, "node_modules/")
		if at < 0 || p.Dev { // the page itself, or a tool
			continue
		}
		text, err := licenceTexts(filepath.Join(folder, filepath.FromSlash(place)))
		if err != nil {
			return nil, fmt.Errorf("package %s (npm ci in %s installs it): %w", place, folder, err)
		}
		name := "npmjs.com/package/" + place[at+len("node_modules/"):]
		modules = append(modules, manifest.Module{Path: name, Version: p.Version, Licence: identify(text), Text: text})
	}
	slices.SortFunc(modules, func(a, b manifest.Module) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Version, b.Version))
	})
	return modules, nil
}
