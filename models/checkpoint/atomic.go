package checkpoint

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Whatever is being written has a name that starts with a dot and ends like this, beside the place
// where it will stand, so that the last step is a rename within one file system.
const partialMark = ".partial-"

var partialName = regexp.MustCompile(`^\..+` + regexp.QuoteMeta(partialMark) + `[A-Z2-7]{26}$`)

// partialPath is a fresh name for what will become path.
func partialPath(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+partialMark+rand.Text())
}

// Sweep removes what writers that were killed left in a folder. Call it when nothing is being
// written there.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	for _, e := range entries {
		if partialName.MatchString(e.Name()) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// replaceFile writes a file so that at any moment path holds what it held before or all that write
// wrote; it returns when the latter is on the disk.
func replaceFile(path string, write func(io.Writer) error) error {
	partial := partialPath(path)
	if err := createFile(partial, write); err != nil {
		return errors.Join(err, removeIfThere(partial))
	}
	if err := os.Rename(partial, path); err != nil {
		return errors.Join(err, removeIfThere(partial))
	}
	return syncDir(filepath.Dir(path))
}

// createFile writes a new file and waits until its contents are on the disk.
func createFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	err = write(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// createFolder makes the folder dir with what fill puts into it, all of it or none. Dir must not
// exist, or be empty.
func createFolder(dir string, fill func(partial string) error) error {
	dir = filepath.Clean(dir)
	if err := mayCreate(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	partial := partialPath(dir)
	if err := os.Mkdir(partial, 0o777); err != nil {
		return err
	}
	err := fill(partial)
	if err == nil {
		err = syncDir(partial)
	}
	if err == nil {
		err = moveFolder(partial, dir)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	return syncDir(filepath.Dir(dir))
}

// mayCreate refuses to write where something is.
func mayCreate(dir string) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s exists and is not a folder; choose another name or remove it", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty (it holds %s); choose a new folder or empty this one: nothing is overwritten", dir, someNames(entries))
	}
	return nil
}

// moveFolder renames a folder, over an empty one if there is one.
func moveFolder(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s was filled meanwhile: %w", to, err)
	}
	return os.Rename(from, to)
}

func someNames(entries []fs.DirEntry) string {
	var names []string
	for _, e := range entries[:min(len(entries), 3)] {
		names = append(names, e.Name())
	}
	if len(entries) > len(names) {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// syncDir waits until a folder's list of names is on the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
