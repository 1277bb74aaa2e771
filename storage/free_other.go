//go:build !(linux || darwin)

package storage

import "errors"

// diskFree cannot be asked here.
func diskFree(string) func() (uint64, error) {
	return func() (uint64, error) { return 0, errors.ErrUnsupported }
}
