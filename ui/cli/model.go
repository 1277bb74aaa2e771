package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"workbench/storage"
)

func modelCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "model",
		Usage: "list, inspect, import and export models",
		Description: `A model is named: embedded (what the binary carries), reward (the reward model it carries, unless the
data folder has one of that name), the name of an import or of something a run kept, run:ID or
run:ID/NAME for what one run kept, or a path to a .gguf file or a Hugging Face folder.`,
		Subcommands: []*cli.Command{
			modelListCommand(a),
			modelInfoCommand(a),
			modelImportCommand(a),
			modelExportCommand(a),
		},
	}
}

// listed is one line of `workbench model list`.
type listed struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Version int    `json:"version,omitempty"` // of a registered name
	Base    string `json:"base,omitempty"`
	FromRun string `json:"from_run,omitempty"`
	Digest  string `json:"digest,omitempty"`
	Created string `json:"created,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"` // on the disk
	Missing string `json:"missing,omitempty"`
}

func modelListCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the models that have names",
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			return a.withEngine(c.Context, false, func(e *engine) error {
				all, err := e.listModels(c.Context)
				if err != nil {
					return err
				}
				return a.answer(all, func(w io.Writer) { writeModels(w, all) })
			})
		},
	}
}

// listModels is what the binary carries, then what the data folder knows.
func (e *engine) listModels(ctx context.Context) ([]listed, error) {
	all := carriedModels()
	store, err := e.reading()
	if errors.Is(err, storage.ErrLocked) {
		return e.listServed(ctx, err)
	}
	if err != nil || store == nil {
		return all, err
	}
	records, err := store.Models()
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		l := listed{
			Name: r.Name, Kind: string(r.Kind), Version: r.Version, Base: r.Base, FromRun: r.FromRun,
			Digest: r.Digest, Created: r.Created.Format("2006-01-02 15:04"),
		}
		if l.Bytes, err = diskBytes(e.inFolder(r.Path)); err != nil {
			l.Missing = "its files are gone"
		}
		all = append(all, l)
	}
	return all, nil
}

// carriedModels are the models inside the binary; what it lacks is listed with the reason.
func carriedModels() []listed {
	var all []listed
	kinds := map[string]listed{
		"language model": {Name: embeddedName, Kind: string(storage.BaseModel)},
		"reward model":   {Name: rewardName, Kind: string(storage.RewardModel), Base: embeddedName},
	}
	for _, part := range carriedParts() {
		l, is := kinds[part.Kind]
		if !is {
			continue
		}
		l.Digest, l.Bytes, l.Missing = part.SHA256, part.Bytes, part.Missing
		all = append(all, l)
	}
	return all
}

// diskBytes is the size of a file, or of the files of a folder.
func diskBytes(path string) (int64, error) {
	var total int64
	err := filepath.WalkDir(path, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

func writeModels(w io.Writer, all []listed) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tKIND\tON\tSIZE\tDIGEST\tFROM")
	for _, l := range all {
		if l.Missing != "" {
			fmt.Fprintf(table, "%s\t%s\t%s\t-\t-\t%s\n", l.Name, l.Kind, orDash(l.Base), l.Missing)
			continue
		}
		from := "carried by the binary"
		if l.Version > 0 {
			from = fmt.Sprintf("version %d, %s", l.Version, l.Created)
			if l.FromRun != "" {
				from += ", run " + l.FromRun
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.12s\t%s\n", l.Name, l.Kind, orDash(l.Base), megabytes(l.Bytes), l.Digest, from)
	}
	_ = table.Flush() // w is a buffer; writing it out is checked
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
