package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/storage"
)

func backupCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "backup",
		Usage:     "write everything that is kept into one file, while others work",
		ArgsUsage: "FILE",
		Description: `Records, data sets, models and runs go in as they are at the beginning; who works meanwhile is not
disturbed, also when a running workbench serve has the data folder. The file is read back and checked
before it gets its name, which must be a new one. workbench restore makes a data folder of it.`,
		Action: func(c *cli.Context) error {
			file, err := arguments(c, "FILE")
			if err != nil {
				return err
			}
			info, err := a.backup(c.Context, file[0])
			if err != nil {
				return err
			}
			size, err := diskBytes(file[0])
			if err != nil {
				return err
			}
			return a.answer(backupResult{file[0], size, info}, func(w io.Writer) {
				fmt.Fprintf(w, "%s has %s, of %s; it was read back and is whole\n", file[0], inventory(info), megabytes(size))
				writeMissing(w, info)
			})
		},
	}
}

// backupResult is what backup and restore say in JSON.
type backupResult struct {
	Path string `json:"path"`
	Size int64  `json:"size"` // bytes of the file, or of the restored folder
	storage.BackupInfo
}

// inventory says in words what a backup holds.
func inventory(info storage.BackupInfo) string {
	return fmt.Sprintf("%s (%s in the log of events) and %s, %s unpacked", count(info.Records, "record"),
		count(int(info.Events), "entry"), count(info.Files, "file"), megabytes(info.Bytes))
}

func count(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case what == "entry":
		return fmt.Sprintf("%d entries", n)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// writeMissing lists what a backup lacks.
func writeMissing(w io.Writer, info storage.BackupInfo) {
	if info.RecordsOnly {
		fmt.Fprintln(w, "it was made before a change of layout and holds records only: data sets, models and runs are beside it, in the old folder")
	}
	for _, name := range info.Missing {
		fmt.Fprintf(w, "not in it: %q, which is missing, or is no plain file\n", name)
	}
}

// backup writes a backup under a hidden name, checks it, and gives it its own.
func (a *app) backup(ctx context.Context, file string) (info storage.BackupInfo, err error) {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return info, fail(badInput, "there is a file %s already", file).next("choose another name; a backup never takes another's place")
	}
	if folder, err := os.Stat(filepath.Dir(file)); err != nil || !folder.IsDir() {
		return info, fail(notFound, "there is no folder %s", filepath.Dir(file)).next("make it, or name another")
	}
	part, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".part-") // for its owner alone
	if err != nil {
		return info, fmt.Errorf("write the backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	shown := a.progress("back up", -1, "bytes")
	err = a.writeBackup(ctx, storage.LeavingRoom(io.MultiWriter(part, meter{shown}), part.Name()))
	shown.finish()
	if err == nil {
		info, err = a.readBackup(ctx, part)
	}
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return info, err
	}
	if err := os.Rename(part.Name(), file); err != nil {
		return info, err
	}
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return info, err
	}
	return info, errors.Join(folder.Sync(), folder.Close())
}

// writeBackup gets a backup from the data folder, or from the server that has it open.
func (a *app) writeBackup(ctx context.Context, w io.Writer) error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	store, err := storage.Open(dir, storage.Options{ReadOnly: true, Binary: release})
	switch {
	case errors.Is(err, storage.ErrLocked):
		return a.writeServersBackup(ctx, dir, err, w)
	case errors.Is(err, fs.ErrNotExist):
		return fail(notFound, "%w", err)
	case err != nil:
		return err
	}
	_, err = store.Backup(ctx, w, nil)
	return errors.Join(err, store.Close())
}

func (a *app) writeServersBackup(ctx context.Context, dir string, locked error, w io.Writer) error {
	c, err := a.client(dir, locked)
	if err != nil {
		return err
	}
	content, err := c.get(ctx, "/api/backup")
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return errors.Join(err, content.Close())
}

// readBackup reads a backup from its beginning to its end.
func (a *app) readBackup(ctx context.Context, file *os.File) (storage.BackupInfo, error) {
	end, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return storage.BackupInfo{}, err
	}
	shown := a.progress("check", end, "bytes")
	defer shown.finish()
	return storage.VerifyBackup(ctx, io.TeeReader(file, meter{shown}))
}

func restoreCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "restore",
		Usage:     "make a data folder of a backup, or only check the backup",
		ArgsUsage: "FILE",
		Description: `The folder that --data names must be empty or not there. What was restored is compared with the hashes
in the backup and opened before it gets its name; a backup that is not whole leaves nothing.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "verify", Usage: "only read the backup and say whether it is whole"},
		},
		Action: func(c *cli.Context) error {
			file, err := arguments(c, "FILE")
			if err != nil {
				return err
			}
			return a.restore(c.Context, file[0], c.Bool("verify"))
		},
	}
}

func (a *app) restore(ctx context.Context, name string, onlyVerify bool) error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	file, err := os.Open(name)
	if err != nil {
		return fail(notFound, "%w", err).next("workbench backup FILE makes one")
	}
	defer file.Close()
	size, err := diskBytes(name)
	if err != nil {
		return err
	}
	if onlyVerify {
		info, err := a.readBackup(ctx, file)
		if err != nil {
			return explainBackup(name, err)
		}
		return a.answer(backupResult{name, size, info}, func(w io.Writer) {
			fmt.Fprintf(w, "%s of %s is whole: %s\n", name, day(info.Created), inventory(info))
			writeMissing(w, info)
		})
	}
	shown := a.progress("restore", size, "bytes")
	info, err := storage.Restore(ctx, io.TeeReader(file, meter{shown}), dir, storage.Options{Binary: release})
	shown.finish()
	if err != nil {
		return explainBackup(name, err)
	}
	if size, err = diskBytes(dir); err != nil {
		return err
	}
	return a.answer(backupResult{dir, size, info}, func(w io.Writer) {
		fmt.Fprintf(w, "%s has what was kept on %s: %s\n", dir, day(info.Created), inventory(info))
		writeMissing(w, info)
	})
}

func day(t time.Time) string { return t.Format("2006-01-02 15:04 MST") }

// explainBackup says what to do about a backup that cannot be used.
func explainBackup(name string, err error) error {
	switch {
	case errors.Is(err, storage.ErrBackup):
		return fail(badInput, "%s: %w", name, err).next("nothing was changed; use another backup")
	case errors.Is(err, storage.ErrNewer):
		return fail(badInput, "%s: %w", name, err)
	case errors.Is(err, storage.ErrNotEmpty):
		return fail(badInput, "%w", err).next("name a new folder with --data, and move it into place yourself when you have looked at it")
	}
	return fmt.Errorf("%s: %w", name, err)
}
