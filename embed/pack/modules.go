package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"workbench/embed/manifest"
)

// linkedModules lists the Go modules that a package's binary links, and Go itself, with licences.
// A module without a licence file is an error: we could not say on what terms we pass it on.
func linkedModules(ctx context.Context, pkg string) ([]manifest.Module, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Module,Standard", pkg)
	list.Env = append(os.Environ(), "CGO_ENABLED=1")
	var problems bytes.Buffer
	list.Stderr = &problems
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list what is linked: %w\n%s", err, problems.String())
	}
	folders, versions, err := readModules(output)
	if err != nil {
		return nil, err
	}
	text, err := licenceTexts(goRoot(ctx))
	if err != nil {
		return nil, err
	}
	modules := []manifest.Module{{Path: "Go", Version: runtime.Version(), Licence: identify(text), Text: text}}
	for path, folder := range folders {
		text, err := licenceTexts(folder)
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", path, err)
		}
		modules = append(modules, manifest.Module{Path: path, Version: versions[path], Licence: identify(text), Text: text})
	}
	slices.SortFunc(modules[1:], func(a, b manifest.Module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

// readModules takes the modules, their folders and versions out of what `go list -json` printed.
func readModules(listed []byte) (folders, versions map[string]string, err error) {
	folders, versions = map[string]string{}, map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(listed)); ; {
		var pkg struct {
			Standard bool
			Module   *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			return folders, versions, nil
		} else if err != nil {
			return nil, nil, fmt.Errorf("read go list: %w", err)
		}
		if m := pkg.Module; m != nil && !m.Main {
			folders[m.Path], versions[m.Path] = m.Dir, m.Version
		}
	}
}

func goRoot(ctx context.Context) string {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "" // licenceTexts then says that there is no licence
	}
	return strings.TrimSpace(string(root))
}

// licenceTexts joins the licence and notice files in the top folder of a module.
func licenceTexts(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, entry := range entries {
		if entry.IsDir() || !licenceName.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return "", err
		}
		if all.Len() > 0 {
			all.WriteString("\n")
		}
		all.Write(bytes.TrimSpace(text))
		all.WriteString("\n")
	}
	if all.Len() == 0 {
		return "", fmt.Errorf("no licence file in %s", folder)
	}
	return all.String(), nil
}

var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([-.].*)?$`)

// identify names the licences whose words are in a text, as SPDX identifiers joined by AND.
func identify(text string) string {
	words := strings.Join(strings.Fields(strings.ReplaceAll(text, "\n>", "\n")), " ") // some quote it, as in mail
	var found []string
	for _, l := range []struct{ spdx, phrase string }{
		{"Apache-2.0", "Apache License Version 2.0"},
		{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
		{"BSD-3-Clause", "used to endorse or promote products derived from this software"},
		{"BSD-2-Clause", "Redistributions of source code must retain the above copyright notice"},
		{"MPL-2.0", "Mozilla Public License Version 2.0"},
		{"OFL-1.1", "SIL OPEN FONT LICENSE Version 1.1"},
		{"FTL", "The FreeType Project LICENSE"},
		{"FTL OR GPL-2.0-or-later", "The FreeType License, which is similar to the original BSD license"},
		{"CC-BY-4.0", "Creative Commons Attribution 4.0 International Public License"},
		{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"},
		{"Unlicense", "This is free and unencumbered software released into the public domain"},
	} {
		threeClauses := l.spdx == "BSD-2-Clause" && slices.Contains(found, "BSD-3-Clause")
		if strings.Contains(words, l.phrase) && !threeClauses {
			found = append(found, l.spdx)
		}
	}
	if len(found) == 0 {
		return "see text"
	}
	return strings.Join(found, " AND ")
}

// layModules packs the list of modules, and leaves the file alone when nothing changed.
func layModules(modules []manifest.Module, folder string) error {
	list, err := json.MarshalIndent(modules, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "modules.json.zst")
	if packed, err := os.ReadFile(path); err == nil {
		if old, err := decode(packed); err == nil && bytes.Equal(old, list) {
			return nil
		}
	}
	_, err = writePacked(path, bytes.NewReader(list))
	return err
}
