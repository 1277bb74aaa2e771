package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"workbench/storage"
	"workbench/storage/dataset"
	"workbench/ui/web"
)

// serverData is the register of datasets as the page uses it.
type serverData struct{ register *dataset.Register }

// Datasets lists all, by name.
func (s serverData) Datasets() ([]web.DatasetRow, error) {
	all, err := s.register.List()
	rows := make([]web.DatasetRow, len(all))
	for i, d := range all {
		rows[i] = dataRow(d)
	}
	return rows, err
}

func dataRow(d storage.Dataset) web.DatasetRow {
	return web.DatasetRow{Name: d.Name, Kind: d.Kind, Source: d.Source, Records: d.Records, Bytes: d.Bytes, Digest: d.Digest, Created: d.Created}
}

// Dataset is some records of one.
func (s serverData) Dataset(name string, offset, limit int) (web.DatasetPage, error) {
	p, err := s.register.Page(context.Background(), name, offset, limit)
	if err != nil {
		return web.DatasetPage{}, badData(err)
	}
	out := web.DatasetPage{DatasetRow: dataRow(p.Dataset), Fields: p.Fields, Offset: p.Offset, Rows: p.Rows, Of: p.Of}
	for _, id := range p.IDs {
		out.Nodes = append(out.Nodes, storage.RowOf(p.Name, id).String())
	}
	if out.Rows == nil {
		out.Rows = []map[string]any{}
	}
	return out, nil
}

// Import keeps an upload under a name, all of it or nothing.
func (s serverData) Import(ctx context.Context, by, name string, u web.Upload, say func(web.ImportProgress) error) (web.DatasetRow, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var broken error
	d, err := s.register.Import(ctx, dataset.Import{
		Name: name, Source: u.File, From: u.Content, Size: u.Size, By: by, Replace: u.Replace, PassageWords: u.PassageWords,
		Progress: func(bytes int64, records int) {
			if err := say(web.ImportProgress{Bytes: bytes, Of: u.Size, Records: records}); err != nil && broken == nil {
				broken = err
				stop() // nobody listens any more, so nobody would know
			}
		},
	})
	if broken != nil {
		return web.DatasetRow{}, errors.Join(broken, err)
	}
	return dataRow(d), badData(err)
}

// Export writes a dataset, or what people answered, as it stands now.
func (s serverData) Export(ctx context.Context, by, name string, d web.Download, to io.Writer) (any, error) {
	said, err := s.register.Export(ctx, dataset.Export{
		Name: name, Format: d.Format, By: by, Lineage: d.Lineage, Flow: d.Flow, Late: d.Late, Undone: d.Undone,
	}, to)
	return said, badData(err)
}

// Delete forgets the name of an imported dataset.
func (s serverData) Delete(ctx context.Context, by, name string) error {
	return badData(s.register.Delete(ctx, by, name))
}

// Collecting is the entry that must be kept with the first row under a name.
func (s serverData) Collecting(name string) (*storage.Dataset, error) {
	first, err := s.register.Collecting(name)
	return first, badData(err)
}

// badData puts what the register refuses in the words of the web.
func badData(err error) error {
	var bad *dataset.BadRecord
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		return web.Fail(web.Invalid, "%s", err).Then("Nothing was imported. Correct that place, and import the file again.")
	case errors.Is(err, dataset.ErrTaken):
		return web.Fail(web.Conflict, "%s", err)
	case errors.Is(err, dataset.ErrName), errors.Is(err, dataset.ErrFile), errors.Is(err, dataset.ErrAsked):
		return web.Fail(web.Invalid, "%s", err)
	case errors.Is(err, fs.ErrNotExist):
		return web.Fail(web.NotFound, "%s", err)
	}
	return err
}

// serverBackup writes a backup of the whole data folder.
type serverBackup struct{ store *storage.Store }

// Backup streams everything that is kept, as it stands now.
func (s serverBackup) Backup(ctx context.Context, to io.Writer) error {
	_, err := s.store.Backup(ctx, to, nil)
	return err
}
