package storage

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Every key of the store is made here. Parts are separated by a slash. Numbers are decimal with
// leading zeros, so that they sort; text that may hold a slash is percent-encoded or comes last.

// meta/schema                          the version of this layout and the binary that wrote it
const schemaKey = "meta/schema"

// run/<ulid>                           one run; a backward scan reads the newest first
func runKey(id string) []byte { return []byte(runPrefix + id) }

const runPrefix = "run/"

// left/<ulid>/<kind>/<step>/<name>     what a run leaves: one scan reads a kind by step
func entryKey(run, kind string, step int64, name string) []byte {
	return fmt.Appendf(entryPrefix(run, kind), "%0*d/%s", stepDigits, step, name)
}

// left/<ulid>/<kind>/
func entryPrefix(run, kind string) []byte { return []byte("left/" + run + "/" + kind + "/") }

// stepDigits are enough for a step a microsecond during eleven days.
const stepDigits = 12

// maxStep is the largest step whose key sorts.
const maxStep = 1_000_000_000_000 - 1

// maxName is the most bytes that the parts of a key may have together.
const maxName = 1 << 10

// parseEntry reads the step and the name out of a key that entryKey made.
func parseEntry(key, prefix []byte) (step int64, name string, err error) {
	digits, name, ok := strings.Cut(string(key[len(prefix):]), "/")
	if !ok {
		return 0, "", fmt.Errorf("key %q has no step", key)
	}
	step, err = strconv.ParseInt(digits, 10, 64)
	return step, name, err
}

// model/<name, encoded>/<version>      one version of a model; the last is what the name means now
func modelKey(name string, version int) []byte {
	return fmt.Appendf(modelPrefix(name), "%08d", version)
}

// model/<name, encoded>/
func modelPrefix(name string) []byte { return []byte(modelsPrefix + url.PathEscape(name) + "/") }

const modelsPrefix = "model/"

// checkEntry refuses what would make a key that reads back differently.
func checkEntry(run, kind string, step int64, name string) error {
	switch {
	case run == "" || strings.Contains(run, "/"):
		return fmt.Errorf("%q is no run's id", run)
	case kind == "" || strings.Contains(kind, "/"):
		return fmt.Errorf("%q is no kind of entry", kind)
	case len(run)+len(kind)+len(name) > maxName:
		return fmt.Errorf("%s %.40q… of run %.40s has a name of %d bytes, the limit is %d", kind, name, run, len(name), maxName)
	case step < 0 || step > maxStep:
		return fmt.Errorf("%s of run %s has step %d, steps go from 0 to %d", kind, run, step, int64(maxStep))
	}
	return nil
}
