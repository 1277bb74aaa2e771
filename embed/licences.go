package embed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"workbench/embed/manifest"
)

// Licence is the terms under which one thing is in the binary.
type Licence struct {
	Of      string // a Go module's path, a package of the page (npmjs.com/package/…), or a carried part and its name
	Version string
	SPDX    string // identifiers joined by AND
	Source  string // where it came from; empty for Go modules, whose path says it
	Text    string // whole; empty for our own reward model, whose card says what it was made from
}

// modulesFile lists the linked Go modules and the page's packages with their licences; embed/pack writes it.
const modulesFile = "licenses/modules.json.zst"

// Licences lists what the binary carries and what is linked into it, with full texts: carried parts
// first, then Go and its modules, then the page's packages. The error wraps [ErrNotCarried] when the binary was built without
// the texts.
func Licences() ([]Licence, error) { return licences(carried) }

func licences(from fs.FS) ([]Licence, error) {
	packed, err := unpack(from, modulesFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("this binary carries no licence texts (NOTICE in the source names them): %w", ErrNotCarried)
	}
	if err != nil {
		return nil, err
	}
	var modules []manifest.Module
	if err := json.Unmarshal(packed, &modules); err != nil {
		return nil, fmt.Errorf("%s: %w", modulesFile, err)
	}
	var all []Licence
	for _, folder := range []struct{ name, kind string }{{"runtime", "runtime library"}, {"model", "language model"}} {
		l, err := licenceOf(from, folder.name, folder.kind)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	adapter, err := reward(from)
	switch {
	case err == nil:
		all = append(all, Licence{Of: adapter.Kind + " " + adapter.Name, Version: adapter.Version, SPDX: adapter.Licence, Source: adapter.Source})
	case !errors.Is(err, ErrNotCarried):
		return nil, err
	}
	for _, m := range modules {
		all = append(all, Licence{Of: m.Path, Version: m.Version, SPDX: m.Licence, Text: m.Text})
	}
	return all, nil
}

// licenceOf gathers the licence texts that lie beside a carried file.
func licenceOf(from fs.FS, folder, kind string) (Licence, error) {
	note, err := unpack(from, path.Join(folder, manifest.File))
	if errors.Is(err, fs.ErrNotExist) {
		return Licence{}, notCarried(kind)
	}
	if err != nil {
		return Licence{}, err
	}
	m, err := manifest.Parse(note)
	if err != nil {
		return Licence{}, fmt.Errorf("%s: %w", kind, err)
	}
	l := Licence{Of: kind + " " + m.Name, Version: m.Version, SPDX: m.Licence, Source: m.Source}
	for _, name := range m.Texts {
		text, err := unpack(from, path.Join(folder, name+".zst"))
		if err != nil {
			return Licence{}, fmt.Errorf("%s: licence text: %w", kind, err)
		}
		if l.Text != "" {
			l.Text += "\n"
		}
		l.Text += string(text)
	}
	return l, nil
}
