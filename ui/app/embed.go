// Package app is the browser half: TypeScript in this folder, bundled by esbuild (`make build`) into
// dist, which the binary carries. A build by go alone works, and carries no page.
package app

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var built embed.FS

// Files are the page: index.html, which every address of the page shows, and what it loads from below
// /app/, under names that carry a hash of their content. Without `make build` there is no index.html.
func Files() fs.FS {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // only for a name that is no path
	}
	return files
}
