package cli

import (
	"context"
	"net/url"
	"path/filepath"

	"workbench/storage"
	"workbench/ui/web"
)

// listServed is the models of the server that has the data folder open.
func (e *engine) listServed(ctx context.Context, locked error) ([]listed, error) {
	dir, err := e.app.dataDir()
	if err != nil {
		return nil, err
	}
	c, err := e.app.client(dir, locked)
	if err != nil {
		return nil, err
	}
	var rows []web.ModelRow
	if err := c.ask(ctx, "/api/models", &rows); err != nil {
		return nil, err
	}
	all := make([]listed, len(rows))
	for i, r := range rows {
		all[i] = listed{Name: r.Name, Kind: r.Kind, Version: r.Version, Base: r.Base, FromRun: r.FromRun, Digest: r.Digest, Bytes: r.Bytes, Missing: r.Note}
		if !r.Carried {
			all[i].Created = r.Created.Format("2006-01-02 15:04")
		}
	}
	return all, nil
}

// findServed is the place of a registered model, which the server that has the data folder open tells; its files
// can be read by anybody.
func (e *engine) findServed(name string, locked error) (place, bool, error) {
	dir, err := e.app.dataDir()
	if err != nil {
		return place{}, false, err
	}
	c, err := e.app.client(dir, locked)
	if err != nil {
		return place{}, false, err
	}
	var found web.ModelDetail
	err = c.ask(context.Background(), "/api/models/"+url.PathEscape(name), &found)
	if err != nil && codeOf(err) != notFound {
		return place{}, false, err
	}
	if err != nil || found.Carried {
		return place{}, false, nil //nolint:nilerr // no name, maybe a path
	}
	record := modelOf(found.ModelRow)
	at := place{name: found.Name, path: filepath.Join(dir, filepath.FromSlash(found.Path)), base: found.Base, record: &record}
	for i := len(found.Versions) - 1; i >= 0; i-- { // the oldest first
		at.history = append(at.history, modelOf(found.Versions[i]))
	}
	return at, true, nil
}

func modelOf(r web.ModelRow) storage.Model {
	return storage.Model{
		Name: r.Name, Version: r.Version, Kind: storage.ModelKind(r.Kind), Path: r.Path, Base: r.Base, FromRun: r.FromRun, Digest: r.Digest, Created: r.Created,
	}
}
