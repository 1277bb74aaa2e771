//go:build race

package cli

// raced says that the race detector watches: it takes address space as it likes, so that limits on it
// can't be tried.
const raced = true
