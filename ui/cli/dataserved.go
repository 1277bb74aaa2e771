package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"workbench/storage"
	"workbench/storage/dataset"
	"workbench/ui/web"
)

// servedLibrary is the data of the server that has the data folder open.
type servedLibrary struct{ c *client }

// List returns all entries.
func (l servedLibrary) List(ctx context.Context) ([]storage.Dataset, error) {
	var rows []web.DatasetRow
	if err := l.c.ask(ctx, "/api/datasets", &rows); err != nil {
		return nil, err
	}
	all := make([]storage.Dataset, len(rows))
	for i, row := range rows {
		all[i] = servedDataset(row)
	}
	return all, nil
}

func servedDataset(row web.DatasetRow) storage.Dataset {
	return storage.Dataset{
		Name: row.Name, Kind: row.Kind, Source: row.Source, Digest: row.Digest, Records: row.Records, Bytes: row.Bytes, Created: row.Created,
	}
}

// Import sends a file and hears how far the server is with it.
func (l servedLibrary) Import(ctx context.Context, in dataset.Import) (storage.Dataset, error) {
	query := url.Values{"file": {filepath.Base(in.Source)}}
	if in.Replace {
		query.Set("replace", "true")
	}
	if in.PassageWords > 0 {
		query.Set("passage_words", strconv.Itoa(in.PassageWords))
	}
	answer, err := l.c.request(ctx, http.MethodPost, "/api/datasets/"+url.PathEscape(in.Name)+"?"+query.Encode(), "application/octet-stream", sized{in.From, in.Size})
	if err != nil {
		return storage.Dataset{}, err
	}
	defer answer.Body.Close()
	lines := json.NewDecoder(answer.Body)
	for {
		var p web.ImportProgress
		if err := lines.Decode(&p); err != nil {
			return storage.Dataset{}, l.broken("import "+in.Source, err)
		}
		switch {
		case p.Error != nil:
			return storage.Dataset{}, refusedBy("", *p.Error)
		case p.Done != nil:
			return servedDataset(*p.Done), nil
		}
		in.Progress(p.Bytes, p.Records)
	}
}

// Export copies what the server writes; a trailer says what it was.
func (l servedLibrary) Export(ctx context.Context, e dataset.Export, w io.Writer) (out dataset.Exported, err error) {
	query := url.Values{"format": {e.Format}}
	for key, set := range map[string]bool{"lineage": e.Lineage, "late": e.Late, "undone": e.Undone} {
		if set {
			query.Set(key, "true")
		}
	}
	if e.Flow != "" {
		query.Set("flow", e.Flow)
	}
	answer, err := l.c.request(ctx, http.MethodGet, "/api/datasets/"+url.PathEscape(e.Name)+"/export?"+query.Encode(), "", nil)
	if err != nil {
		return out, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(w, answer.Body); err != nil {
		return out, l.broken("export "+e.Name, err)
	}
	if err := json.Unmarshal([]byte(answer.Trailer.Get(web.ExportedTrailer)), &out); err != nil {
		return out, l.broken("export "+e.Name, err)
	}
	return out, nil
}

// Stats describes what the server exports.
func (l servedLibrary) Stats(ctx context.Context, name string) (stats dataset.Stats, err error) {
	file, err := os.CreateTemp("", "workbench-*.jsonl")
	if err != nil {
		return stats, err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, err = l.Export(ctx, dataset.Export{Name: name, Format: dataset.JSONL}, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return stats, err
	}
	d, err := dataset.Open(file.Name())
	if err != nil {
		return stats, err
	}
	stats, err = d.Stats()
	return stats, errors.Join(err, d.Close())
}

// broken is what is said when the server goes away in the middle.
func (l servedLibrary) broken(what string, err error) error {
	return fail(unexpected, "%s: the server at %s broke off: %w", what, l.c.to.URL, err).
		next("is it still there? what it had said was imported stays")
}
