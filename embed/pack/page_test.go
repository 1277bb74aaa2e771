package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePackagesOfThePageAreThoseThatAreBundled(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("package-lock.json", `{"packages": {
		"": {"version": "1.0.0"},
		"node_modules/b": {"version": "2.0.0"},
		"node_modules/@a/c": {"version": "3.0.0"},
		"node_modules/b/node_modules/d": {"version": "4.0.0"},
		"node_modules/tool": {"version": "5.0.0", "dev": true}}}`)
	const mit = "Permission is hereby granted, free of charge, to any person obtaining a copy"
	write("node_modules/b/LICENSE", mit)
	write("node_modules/@a/c/LICENSE", mit)
	if _, err := pageModules(folder); err == nil || !strings.Contains(err.Error(), "npm ci") {
		t.Errorf("a package that is not installed: got %v, want an error that says npm ci", err)
	}
	write("node_modules/b/node_modules/d/LICENSE", mit)
	modules, err := pageModules(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range modules {
		got = append(got, strings.Join([]string{m.Path, m.Version, m.Licence, m.Text}, " "))
	}
	const from = "npmjs.com/package/"
	want := from + "@a/c 3.0.0 MIT " + mit + "\n|" + from + "b 2.0.0 MIT " + mit + "\n|" + from + "d 4.0.0 MIT " + mit + "\n"
	if strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
}
