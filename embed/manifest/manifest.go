// Package manifest is the note that embed/pack leaves beside what it packed, and that package embed
// reads back: the one description of a carried file that both sides share.
package manifest

import (
	"encoding/json"
	"fmt"
)

// File is the name of the manifest in a folder of carried files. It ends in .zst because only such
// files are embedded; the files beside it may also lie there unpacked, for tests.
const File = "manifest.json.zst"

// Manifest describes one carried file and where it came from.
type Manifest struct {
	Name    string   `json:"name"`    // as it must be called when unpacked; Name + ".zst" is the packed file
	Version string   `json:"version"` // of the distribution it came in
	SHA256  string   `json:"sha256"`  // of the unpacked file, lower-case hex
	Size    int64    `json:"size"`    // of the unpacked file, in bytes
	Packed  int64    `json:"packed"`  // of the packed file, in bytes
	Licence string   `json:"licence"` // SPDX identifier
	Source  string   `json:"source"`  // distribution and member, for people
	Wheel   string   `json:"wheel"`   // SHA-256 of the wheel it was taken from
	Texts   []string `json:"texts"`   // licence texts beside it, each packed as name + ".zst"
}

// Module is the licence of one Go module that is linked into the binary, of Go itself, or of a package of the page.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Licence string `json:"licence"` // SPDX identifiers, joined by AND
	Text    string `json:"text"`    // the module's licence and notice files, whole
}

// Parse reads a manifest and rejects one that could not have been written by embed/pack.
func Parse(data []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("manifest: %w", err)
	}
	if m.Name == "" || len(m.SHA256) != 64 || m.Size <= 0 {
		return m, fmt.Errorf("manifest: name %q, sha256 %q and size %d do not describe a file", m.Name, m.SHA256, m.Size)
	}
	return m, nil
}
