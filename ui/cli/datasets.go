package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/storage/dataset"
)

// datasets finds data: by a name of the data folder, or by path.
type datasets struct {
	register  func() (*dataset.Register, error) // nil: there are no names; may return nil where no data folder is
	namesOnly bool                              // whoever asks is not at this machine
	// cited is what the run has read before: a resumed one reads the same again, whatever the names
	// mean by now.
	cited []runs.Digest
}

// data finds data for a run that has cited what it read so far.
func (e *engine) data(cited ...runs.Digest) datasets {
	return datasets{register: e.names, namesOnly: e.namesOnly, cited: cited}
}

// names opens the register of the data folder, to write where the folder is open to write; it is nil,
// without error, where there is no data folder yet.
func (e *engine) names() (*dataset.Register, error) {
	if e.register != nil {
		return e.register, nil
	}
	store, err := e.reading()
	if store == nil {
		return nil, err
	}
	e.register, err = dataset.OpenRegister(store, e.app.now)
	return e.register, err
}

// Find returns the files of a dataset: a name or a path, or several separated by commas.
func (d datasets) Find(name string) ([]string, error) {
	var paths []string
	for part := range strings.SplitSeq(name, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		found, err := d.find(part)
		if err != nil {
			return nil, err
		}
		paths = append(paths, found)
	}
	if len(paths) == 0 {
		return nil, fail(badInput, "no dataset is named").next("workbench data list shows those that have names; the path of a file that ends in %s works too", dataset.Suffixes())
	}
	return paths, nil
}

// versionMark stands between the name of a dataset and the digest of one of its versions.
const versionMark = "@"

// find looks for a name first: no file of data is called like one, as its ending says its format.
func (d datasets) find(part string) (string, error) {
	if name, digest, ok := strings.Cut(part, versionMark); ok && len(digest) == 64 && dataset.CheckName(name) == nil {
		return d.version(name, digest)
	}
	if d.register != nil && dataset.CheckName(part) == nil {
		register, err := d.register()
		if errors.Is(err, storage.ErrLocked) { // to a check, what cannot be seen now is not there
			return "", absent{fail(unexpected, "find dataset %s: %w", part, err)}
		}
		if err != nil {
			return "", err
		}
		if register != nil {
			found, err := d.named(register, part)
			if err == nil || !errors.Is(err, fs.ErrNotExist) {
				return found, explainData(err)
			}
			if info, err := os.Stat(part); err != nil || !info.IsDir() {
				return "", unknownDataset(register, part)
			}
		}
	}
	if d.namesOnly {
		return "", absent{fail(notFound, "there is no dataset of the name %q", part).next("the page Data lists those that there are")}
	}
	info, err := os.Stat(part)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", missingFile(part)
	case err != nil:
		return "", fail(badInput, "%w", err)
	case info.IsDir():
		return "", fail(badInput, "dataset %s is a folder", part).next("name the files in it, separated by commas")
	}
	return part, nil
}

// version finds what a name meant when its content had a digest.
func (d datasets) version(name, digest string) (string, error) {
	if d.register == nil {
		return "", absent{fail(notFound, "there are no versions of datasets here")}
	}
	register, err := d.register()
	if err != nil {
		return "", err
	}
	found, err := "", error(fs.ErrNotExist)
	if register != nil {
		found, err = register.FindVersion(name, digest)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", absent{fail(notFound, "dataset %s has no version %.12s in this data folder", name, digest)}
	}
	return found, explainData(err)
}

// named finds the version of a name that the run has cited, or the one that the name means now.
func (d datasets) named(register *dataset.Register, name string) (string, error) {
	for _, c := range d.cited {
		if strings.TrimSuffix(c.Name, path.Ext(c.Name)) != name {
			continue
		}
		if found, err := register.FindVersion(name, c.SHA256); err == nil {
			return found, nil
		}
	}
	return register.Find(context.Background(), name)
}

// ListOf cites the rows of a file that was made of rows; a resumed run cites what it cited before.
func (d datasets) ListOf(file string) string {
	name, digest := filepath.Base(file), filepath.Base(filepath.Dir(file))
	for _, c := range d.cited {
		if c.Name == name && c.SHA256 == digest {
			return c.Rows
		}
	}
	if d.register == nil {
		return ""
	}
	register, err := d.register()
	if err != nil || register == nil {
		return ""
	}
	return register.ListOf(file)
}

// unknownDataset complains about a name that nothing has.
func unknownDataset(register *dataset.Register, name string) error {
	complaint := fail(notFound, "no dataset is called %s", name)
	all, err := register.List()
	if err != nil {
		return err
	}
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
	}
	if near := nearest(name, names); near != "" {
		return absent{complaint.next("did you mean %s?", near)}
	}
	return absent{complaint.next("workbench data list shows those that there are; the path of a file that ends in %s works too", dataset.Suffixes())}
}

// absent is a failure that is fs.ErrNotExist, without its words about files.
type absent struct{ *failure }

func (a absent) Unwrap() error      { return a.failure }
func (absent) Is(target error) bool { return target == fs.ErrNotExist }

// missingFile complains about a file that is not there, and shows what is there instead.
func missingFile(path string) error {
	var there []string
	entries, err := os.ReadDir(filepath.Dir(path))
	for _, entry := range entries {
		there = append(there, entry.Name())
	}
	complaint := fail(notFound, "dataset %s: %w", path, fs.ErrNotExist)
	if near := nearest(filepath.Base(path), there); err == nil && near != "" {
		return complaint.next("did you mean %s?", filepath.Join(filepath.Dir(path), near))
	}
	if err != nil {
		return complaint.next("its folder %s is not there either", filepath.Dir(path))
	}
	return complaint.next("give the path of a file that ends in %s; .gz may follow", dataset.Suffixes())
}

// explainData chooses the exit code of what a register refuses.
func explainData(err error) error {
	var bad *dataset.BadRecord
	var known *failure
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.As(err, &bad):
		return fail(badInput, "%w", err).next("nothing was imported; correct that place and import it again")
	case errors.Is(err, dataset.ErrName), errors.Is(err, dataset.ErrTaken), errors.Is(err, dataset.ErrFile), errors.Is(err, dataset.ErrAsked):
		return fail(badInput, "%w", err)
	}
	return err
}
