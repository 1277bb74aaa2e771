package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"workbench/storage/dataset"
)

// datasets finds data by path.
type datasets struct{}

// Find returns the files of a dataset: a path, or several separated by commas.
func (datasets) Find(name string) ([]string, error) {
	var paths []string
	for part := range strings.SplitSeq(name, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		info, err := os.Stat(part)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, missingFile(part)
		case err != nil:
			return nil, fail(badInput, "%w", err)
		case info.IsDir():
			return nil, fail(badInput, "dataset %s is a folder", part).next("name the files in it, separated by commas")
		}
		paths = append(paths, part)
	}
	if len(paths) == 0 {
		return nil, fail(badInput, "no dataset is named").next("give the path of a file that ends in %s; .gz may follow", dataset.Suffixes())
	}
	return paths, nil
}

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
