package cli

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"workbench/storage"
)

func modelImportCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "copy a model into the data folder and give it a name",
		ArgsUsage: "PATH",
		Description: `PATH is a .gguf file, a Hugging Face folder, or an adapter folder. The copy is opened and checked before
the name means it; the name can be given again, and then means the new copy. Old ones stay.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "name", Required: true, Usage: "call it `NAME`: letters, digits, - _ and ."},
			&cli.StringFlag{Name: "base", Value: embeddedName, Usage: "the model that an adapter lies on"},
		},
		Action: func(c *cli.Context) error {
			from, err := arguments(c, "PATH")
			if err != nil {
				return err
			}
			if err := checkName(c.String("name")); err != nil {
				return err
			}
			return a.withEngine(c.Context, false, func(e *engine) error {
				kept, err := e.importModel(c.Context, from[0], c.String("name"), c.String("base"))
				if err != nil {
					return err
				}
				return a.answer(kept, func(w io.Writer) {
					fmt.Fprintf(w, "%s is version %d of %s, digest %.12s, in %s\n", from[0], kept.Version, kept.Name, kept.Digest, e.inFolder(kept.Path))
				})
			})
		},
	}
}

// checkName refuses names that mean something else, or that a file system may not take.
func checkName(name string) error {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)
	}
	switch {
	case name == embeddedName:
		return fail(badInput, "the name %s is what the binary carries", name).next("choose another name")
	case name == "" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") || strings.HasSuffix(name, ".gguf") || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }):
		return fail(badInput, "%q is no name for a model", name).next("use letters, digits, - _ and .")
	}
	return nil
}

// importModel copies what a model needs into models/<digest of the files>, checks the copy, and moves
// the name to it.
func (e *engine) importModel(ctx context.Context, from, name, base string) (storage.Model, error) {
	files, err := modelFiles(from)
	if err != nil {
		return storage.Model{}, err
	}
	store, err := e.folder()
	if err != nil {
		return storage.Model{}, err
	}
	home := filepath.Join(store.Dir(), "models")
	partial := filepath.Join(home, ".import-"+rand.Text())
	if err := os.MkdirAll(partial, 0o755); err != nil {
		return storage.Model{}, fmt.Errorf("import %s: %w", from, err)
	}
	kept, err := e.copyModel(ctx, files, partial, base)
	if err != nil {
		return storage.Model{}, errors.Join(explainModel(place{name: from}, err), os.RemoveAll(partial))
	}
	kept.Name = name
	if err := settle(partial, filepath.Join(store.Dir(), filepath.FromSlash(kept.Path))); err != nil {
		return storage.Model{}, fmt.Errorf("import %s: %w", from, err)
	}
	return store.PutModel(kept)
}

// copyModel copies, reads back, and opens.
func (e *engine) copyModel(ctx context.Context, files []string, partial, base string) (kept storage.Model, err error) {
	var total int64
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return kept, err
		}
		total += info.Size()
	}
	shown := e.app.progress("copy", total, "bytes")
	defer shown.finish()
	sums := sha256.New()
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return kept, err
		}
		sum, err := copyFile(file, filepath.Join(partial, filepath.Base(file)), shown)
		if err != nil {
			return kept, err
		}
		fmt.Fprintf(sums, "%s  %s\n", sum, filepath.Base(file))
	}
	at := place{name: "the copy", path: partial}
	if at.adapter() {
		at.base, kept.Base = base, base
	}
	m, err := e.openPlace(ctx, at)
	if err != nil {
		return kept, err
	}
	kept.Kind, kept.Digest = kindOfModel(m), m.Digest()
	kept.Path = path.Join("models", hex.EncodeToString(sums.Sum(nil)))
	return kept, m.Close()
}

// modelFiles lists what a model consists of: one file, or those of a folder that have to do with it.
func modelFiles(from string) ([]string, error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, fail(notFound, "there is nothing at %s", from).next("give the path of a .gguf file or of a Hugging Face folder")
	}
	if !info.IsDir() {
		return []string{from}, nil
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		wanted := slices.Contains([]string{".json", ".safetensors", ".jinja", ".gguf", ".md", ".txt"}, filepath.Ext(entry.Name())) ||
			strings.HasPrefix(strings.ToUpper(entry.Name()), "LICEN")
		target, err := os.Stat(filepath.Join(from, entry.Name())) // what a link leads to
		if wanted && err == nil && target.Mode().IsRegular() && !strings.HasPrefix(entry.Name(), ".") {
			files = append(files, filepath.Join(from, entry.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fail(badInput, "folder %s holds no model", from).next("it should have config.json and .safetensors files, or one .gguf file")
	}
	return files, nil
}

// copyFile copies a file onto the disk, and reads the copy back to compare.
func copyFile(from, to string, shown *progress) (sum string, err error) {
	source, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	read, written := sha256.New(), sha256.New()
	_, err = io.Copy(io.MultiWriter(target, read, meter{shown}), source)
	if err == nil {
		err = target.Sync()
	}
	if err == nil {
		_, err = target.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(written, target)
	}
	if err = errors.Join(err, target.Close()); err != nil {
		return "", fmt.Errorf("copy %s: %w", from, err)
	}
	sum = hex.EncodeToString(read.Sum(nil))
	if sum != hex.EncodeToString(written.Sum(nil)) {
		return "", fmt.Errorf("copy %s: what was written is not what was read; is the disk sound?", from)
	}
	return sum, nil
}

// meter counts bytes for a progress.
type meter struct{ shown *progress }

func (m meter) Write(p []byte) (int, error) {
	m.shown.add(int64(len(p)))
	return len(p), nil
}

// settle gives a finished folder its name; the same content may be there already.
func settle(partial, final string) error {
	if _, err := os.Stat(final); err == nil {
		return os.RemoveAll(partial)
	}
	if err := os.Rename(partial, final); err != nil {
		return err
	}
	home, err := os.Open(filepath.Dir(final))
	if err != nil {
		return err
	}
	return errors.Join(home.Sync(), home.Close())
}

func modelExportCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write a model as a Hugging Face folder, adapters merged into the weights",
		ArgsUsage: "NAME DIR",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "bf16", Usage: "store numbers in half the bytes, rounded to bfloat16"},
		},
		Action: func(c *cli.Context) error {
			given, err := arguments(c, "NAME", "DIR")
			if err != nil {
				return err
			}
			return a.withEngine(c.Context, false, func(e *engine) error {
				m, err := e.Open(c.Context, given[0])
				if err != nil {
					return err
				}
				dtype := "F32"
				if c.Bool("bf16") {
					dtype = "BF16"
				}
				if err := errors.Join(m.Export(given[1], dtype), m.Close()); err != nil {
					return fail(badInput, "%w", err)
				}
				size, err := diskBytes(given[1])
				if err != nil {
					return err
				}
				result := map[string]any{"model": given[0], "folder": given[1], "dtype": dtype, "bytes": size}
				return a.answer(result, func(w io.Writer) {
					fmt.Fprintf(w, "%s is in %s: %s, %s. transformers loads it with from_pretrained(%q)\n",
						given[0], given[1], dtype, megabytes(size), given[1])
				})
			})
		},
	}
}
