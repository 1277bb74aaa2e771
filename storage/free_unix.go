//go:build linux || darwin

package storage

import "golang.org/x/sys/unix"

// diskFree returns a function that asks how many bytes an ordinary user may still write at path.
func diskFree(path string) func() (uint64, error) {
	return func() (uint64, error) {
		var stat unix.Statfs_t
		if err := unix.Statfs(path, &stat); err != nil {
			return 0, err
		}
		return stat.Bavail * uint64(stat.Bsize), nil
	}
}
