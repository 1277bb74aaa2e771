package embed

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPlaceholderOnly(t *testing.T) {
	empty := fstest.MapFS{"model/placeholder.zst": {}, "licenses/placeholder.zst": {}, "reward/.placeholder": {}}
	_, single := single(empty, "model", "language model")
	_, bundle := reward(empty)
	_, licences := licences(empty)
	for name, tt := range map[string]struct {
		err  error
		next string
	}{"language model": {single, "run make build"}, "reward model": {bundle, "workbench run reward"}, "licence texts": {licences, "run make build"}} {
		if !errors.Is(tt.err, ErrNotCarried) || !strings.Contains(tt.err.Error(), "carries no "+name) || !strings.Contains(tt.err.Error(), tt.next) {
			t.Errorf("without %s: %v, want ErrNotCarried saying what is missing and %q", name, tt.err, tt.next)
		}
	}
}

func TestSingleSaysWhatIsCarried(t *testing.T) {
	contents := noise(1000, 20)
	part := somePart(contents)
	if part.Name != "toy.gguf" || part.Version != "1" || part.Size != 1000 || part.Licence != "MIT" || len(part.SHA256) != 64 {
		t.Errorf("found %+v, want what the manifest says", part)
	}
}

func TestBrokenManifest(t *testing.T) {
	for _, note := range []string{"", "{", `{"name": "x"}`, `{"name":"x","sha256":"ab","size":1}`} {
		folder := fstest.MapFS{"model/manifest.json.zst": {Data: pack([]byte(note))}}
		if _, err := single(folder, "model", "language model"); err == nil || errors.Is(err, ErrNotCarried) {
			t.Errorf("manifest %q: %v, want an error that does not send people to make build", note, err)
		}
	}
}

func TestReward(t *testing.T) {
	folder := fstest.MapFS{
		"reward/.placeholder":              {},
		"reward/adapter_model.safetensors": {Data: noise(4000, 21)},
		"reward/card.json":                 {Data: []byte(`{"name": "convincing", "version": "3", "license": "CC-BY-4.0"}`)},
	}
	part, err := reward(folder)
	if err != nil {
		t.Fatal(err)
	}
	if part.Name != "convincing" || part.Version != "3" || part.Licence != "CC-BY-4.0" || part.Size < 4000 {
		t.Errorf("found %+v, want what the card says", part)
	}
	dir, err := part.Extract(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"adapter_model.safetensors", "card.json"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if want := folder["reward/"+name].Data; err != nil || string(got) != string(want) {
			t.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(want))
		}
	}
	first := part.SHA256
	folder["reward/card.json"] = &fstest.MapFile{Data: []byte(`{"name": "other"}`)}
	if part, err = reward(folder); err != nil || part.SHA256 == first {
		t.Errorf("another card: hash %.8s, %v, want another hash than %.8s", part.SHA256, err, first)
	}
	delete(folder, "reward/adapter_model.safetensors")
	if _, err := reward(folder); !errors.Is(err, ErrNotCarried) {
		t.Errorf("a card without an adapter: %v, want ErrNotCarried", err)
	}
}

// TestCarried unpacks what this very binary carries.
func TestCarried(t *testing.T) {
	for _, lookup := range Parts() {
		t.Run(lookup.Kind, func(t *testing.T) {
			part, err := lookup.Find()
			if errors.Is(err, ErrNotCarried) {
				t.Skip("not carried here: run make fetch")
			}
			if err != nil {
				t.Fatal(err)
			}
			if part.Licence == "" || part.Source == "" {
				t.Errorf("%+v has no licence or no source", part)
			}
			path, err := part.Extract(t.Context(), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLicencesOfAll: each carried part and each module is listed, with the texts beside it.
func TestLicencesOfAll(t *testing.T) {
	folder := packedFolder(noise(10, 22))
	for _, name := range []string{"toy.gguf.zst", "LICENSE.zst", "manifest.json.zst"} {
		folder["runtime/"+name] = folder["model/"+name]
	}
	folder["reward/adapter_model.safetensors"] = &fstest.MapFile{Data: []byte("weights")}
	folder["reward/card.json"] = &fstest.MapFile{Data: []byte(`{"name": "convincing", "license": "Apache-2.0"}`)}
	folder[modulesFile] = &fstest.MapFile{Data: pack([]byte(`[{"path":"example.org/m","version":"v1","licence":"MIT","text":"free"}]`))}
	all, err := licences(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range all {
		got = append(got, l.Of+" ("+l.SPDX+"): "+strings.TrimSpace(l.Text))
	}
	want := []string{
		"runtime library toy.gguf (MIT): do as you like",
		"language model toy.gguf (MIT): do as you like",
		"reward model convincing (Apache-2.0): ",
		"example.org/m (MIT): free",
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	delete(folder, "model/LICENSE.zst")
	if _, err := licences(folder); err == nil {
		t.Error("a model without its licence text was accepted")
	}
}

func TestLicences(t *testing.T) {
	all, err := Licences()
	if errors.Is(err, ErrNotCarried) {
		t.Skip("no licence texts here: run make fetch")
	}
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"runtime library":          "Copyright (c) Microsoft Corporation",
		"language model":           "Apache License",
		"Go":                       "The Go Authors",
		"github.com/urfave/cli/v2": "Permission is hereby granted",
	}
	for _, l := range all {
		own := strings.HasPrefix(l.Of, "reward model")
		if l.Text == "" && !own || l.SPDX == "" || l.Version == "" && !own {
			t.Errorf("%s has no text, licence or version: %.80q", l.Of, l.Text)
		}
		for of, phrase := range want {
			if strings.HasPrefix(l.Of, of) && strings.Contains(l.Text, phrase) {
				delete(want, of)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("licences lack %v", want)
	}
}

func BenchmarkExtract(b *testing.B) {
	part, err := Model()
	if err != nil {
		b.Skip("not carried here: run make fetch")
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			if _, err := part.Extract(b.Context(), b.TempDir()); err != nil {
				b.Fatal(err)
			}
		}
	})
	cache := b.TempDir()
	path, err := part.Extract(b.Context(), cache)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("in place", func(b *testing.B) {
		for b.Loop() {
			if _, err := part.Extract(b.Context(), cache); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("without stamp", func(b *testing.B) {
		for b.Loop() {
			if err := os.Remove(stampPath(path)); err != nil {
				b.Fatal(err)
			}
			if _, err := part.Extract(b.Context(), cache); err != nil {
				b.Fatal(err)
			}
		}
	})
}
