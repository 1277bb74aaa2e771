package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// input opens the file that a flag names, or stdin for "-". The caller closes it.
func (a *app) input(flag, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(a.stdin), nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail(notFound, "--%s: there is no file %s", flag, path).next("name a file that exists, or - for stdin")
	case err == nil && info.IsDir():
		return nil, fail(badInput, "--%s: %s is a folder", flag, path).next("name a file in it, or - for stdin")
	case err != nil:
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	opened, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return opened, nil
}
