package embed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// A stamp is a line beside an unpacked file that says which file was verified: its hash, size,
// inode and times of change. While it matches, the file need not be hashed again, which for the
// language model saves some 60 to 300 ms at each start. The time of inode change (ctime) cannot be
// set by a program, so neither writing to the file nor replacing it goes unnoticed; decay of the
// disk itself does.
func (f file) stampFor(path string) (string, error) {
	var info unix.Stat_t
	if err := unix.Stat(path, &info); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return fmt.Sprintf("%s size %d inode %d mtime %d ctime %d\n",
		f.sha256, info.Size, info.Ino, info.Mtim.Nano(), info.Ctim.Nano()), nil
}

func stampPath(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".verified")
}

// stamped reports whether the file at path is the one that was verified, by this user or by root.
func (f file) stamped(path string) bool {
	said, err := os.ReadFile(stampPath(path))
	if err != nil || !ours(path) || !ours(stampPath(path)) {
		return false
	}
	want, err := f.stampFor(path)
	return err == nil && want == string(said)
}

// ours reports whether a file belongs to this user or to root. In a cache folder that others may
// write, nobody else's word is taken for a library that we are about to load.
func ours(path string) bool {
	var info unix.Stat_t
	if err := unix.Stat(path, &info); err != nil {
		return false
	}
	return info.Uid == 0 || int(info.Uid) == os.Geteuid()
}

// stamp notes that the file at path has been verified. The holder of the lock calls it.
func (f file) stamp(path string) error {
	line, err := f.stampFor(path)
	if err != nil {
		return err
	}
	partial := stampPath(path) + ".partial"
	if err := os.WriteFile(partial, []byte(line), 0o644); err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return os.Rename(partial, stampPath(path))
}
