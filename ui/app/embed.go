// Package app is the browser half: TypeScript in this folder, bundled by esbuild (`make build`) into
// dist, which the binary carries. A build without it works, and its page says what is missing.
package app

import (
	"embed"
	"errors"
	"io/fs"
)

//go:embed all:dist
var built embed.FS

// ErrNotBuilt says that this binary was built without the page.
var ErrNotBuilt = errors.New("this binary carries no page: it was built by go alone; run make build, which needs Node.js and npm")

// Files are what the page loads: scripts and styles whose names carry a hash of their content, so that
// they never change.
func Files() fs.FS {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // only for a name that is no path
	}
	return files
}

// Index is the document that every address of the page shows. It names its files below /app/. The error
// is [ErrNotBuilt] where they are missing.
func Index() ([]byte, error) {
	index, err := fs.ReadFile(built, "dist/index.html")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	return index, err
}
