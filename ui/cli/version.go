package cli

import (
	"fmt"
	"io"
	"runtime"

	"github.com/urfave/cli/v2"

	"workbench/embed"
)

// release is set by the linker (make build) to what `git describe` says; it stays "dev" in binaries
// built with plain `go build`.
var release = "dev"

// carriedPart is what `workbench version` says about one part that the binary carries, or lacks.
type carriedPart struct {
	Kind    string `json:"kind"`
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	Licence string `json:"licence,omitempty"`
	Missing string `json:"missing,omitempty"` // why it is not there and what to do
}

func versionCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "say which build this is and what it carries",
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			parts := carriedParts()
			result := map[string]any{
				"version":  release,
				"go":       runtime.Version(),
				"platform": runtime.GOOS + "/" + runtime.GOARCH,
				"carries":  parts,
			}
			return a.answer(result, func(w io.Writer) {
				fmt.Fprintf(w, "workbench %s (%s, %s/%s)\n", release, runtime.Version(), runtime.GOOS, runtime.GOARCH)
				for _, part := range parts {
					part.write(w)
				}
			})
		},
	}
}

func (p carriedPart) write(w io.Writer) {
	if p.Missing != "" {
		fmt.Fprintf(w, "  lacks the %s: %s\n", p.Kind, p.Missing)
		return
	}
	fmt.Fprintf(w, "  carries the %s: %s %s, %.1f MB, %s, sha256 %.12s\n",
		p.Kind, p.Name, p.Version, float64(p.Bytes)/1e6, p.Licence, p.SHA256)
}

func carriedParts() []carriedPart {
	var parts []carriedPart
	for _, lookup := range embed.Parts() {
		part, err := lookup.Find()
		if err != nil {
			parts = append(parts, carriedPart{Kind: lookup.Kind, Missing: err.Error()})
			continue
		}
		parts = append(parts, carriedPart{
			Kind: lookup.Kind, Name: part.Name, Version: part.Version,
			SHA256: part.SHA256, Bytes: part.Size, Licence: part.Licence,
		})
	}
	return parts
}
