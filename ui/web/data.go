package web

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"workbench/tasks/people"
)

// dataRoutes are about datasets.
var dataRoutes = []route{
	{"GET", "/api/datasets", people.Researcher, plain, (*Server).getDatasets},
	{"GET", "/api/datasets/{name}", people.Researcher, plain, (*Server).getDataset},
	{"POST", "/api/datasets/{name}", people.Researcher, upload, (*Server).postDataset},
	{"GET", "/api/datasets/{name}/export", people.Researcher, stream, (*Server).exportDataset},
	{"DELETE", "/api/datasets/{name}", people.Researcher, plain, (*Server).deleteDataset},
}

func (s *Server) getDatasets(c *call) error {
	all, err := s.datasets()
	if err != nil {
		return err
	}
	return c.reply(all)
}

func (s *Server) datasets() ([]DatasetRow, error) {
	if s.o.Datasets == nil {
		return nil, nil
	}
	return s.o.Datasets.Datasets()
}

func (s *Server) getDataset(c *call) error {
	const most = 1 << 40
	offset, err := c.number("offset", 0, 0, most)
	if err != nil {
		return err
	}
	limit, err := c.number("limit", 50, 1, 500)
	if err != nil {
		return err
	}
	if s.o.Datasets == nil {
		return noSuchPart("data")
	}
	page, err := s.o.Datasets.Dataset(c.name("name"), offset, limit)
	if err != nil {
		return err
	}
	return c.reply(page)
}

// postDataset keeps an uploaded file under a name. It answers with lines of progress, because a book may
// take a while; so what goes wrong later is a line too.
func (s *Server) postDataset(c *call) error {
	if s.o.Datasets == nil {
		return noSuchPart("data")
	}
	if size := c.r.ContentLength; size > s.o.Limits.Upload {
		return Fail(TooLarge, "The file has %d bytes; at most %d can be uploaded.", size, s.o.Limits.Upload)
	}
	// HTTP/1 would else stop reading with the first line that is written. A connection that is used both ways
	// at once is not used again: what is left of a refused file may still be on its way.
	if err := http.NewResponseController(c.w).EnableFullDuplex(); err == nil && c.r.ProtoMajor == 1 {
		c.w.Header().Set("Connection", "close")
	}
	said := time.Time{}
	say := func(p ImportProgress) error {
		const often = 100 * time.Millisecond
		if now := time.Now(); now.Sub(said) >= often {
			said = now
			return c.line(p)
		}
		return nil
	}
	file, size := c.r.URL.Query().Get("file"), max(c.r.ContentLength, 0)
	row, err := s.o.Datasets.Import(c.r.Context(), c.who.ID, c.name("name"), file, size, c.r.Body, say)
	if err != nil {
		// Who is still sending hears nothing yet. A file of usual size is let in, and forgotten.
		const usual = 64 << 20
		_, _ = io.CopyN(io.Discard, c.r.Body, usual) // what can't be read can't be in the way
	}
	if err != nil && !c.begun {
		return err
	}
	last := ImportProgress{Bytes: row.Bytes, Of: row.Bytes, Records: row.Records, Done: &row}
	if err != nil {
		f, known := failureOf(err)
		if !known {
			s.o.Log.Error("import", "person", c.who.ID, "error", err)
		}
		last = ImportProgress{Of: size, Error: f}
	}
	return c.line(last)
}

var exports = map[string]string{"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}

// exportDataset streams a dataset as a file. One that breaks off in the middle breaks the connection, so
// that nobody takes the beginning for the whole.
func (s *Server) exportDataset(c *call) error {
	format := c.r.URL.Query().Get("format")
	if format == "" {
		format = "jsonl"
	}
	kind, ok := exports[format]
	if !ok {
		return Fail(Invalid, "There is no format %q; there are jsonl and csv.", format)
	}
	if s.o.Datasets == nil {
		return noSuchPart("data")
	}
	name := c.name("name")
	if _, err := s.o.Datasets.Dataset(name, 0, 1); err != nil {
		return err
	}
	c.download(name+"."+format, kind)
	return c.whole(s.o.Datasets.Export(c.r.Context(), name, format, c))
}

// download makes browsers keep what follows as a file, whatever is in it.
func (c *call) download(name, kind string) {
	c.begin(kind)
	c.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}

// whole passes nil on. After an error the connection breaks: the client must see that the end is missing.
func (c *call) whole(err error) error {
	if err == nil {
		return nil
	}
	if f, known := failureOf(err); !known {
		c.s.o.Log.Error("stream", "path", c.r.Pattern, "person", c.who.ID, "error", err)
	} else {
		c.s.o.Log.Warn("stream", "path", c.r.Pattern, "person", c.who.ID, "error", f.Says)
	}
	panic(http.ErrAbortHandler) // net/http's own word for it
}

func (s *Server) deleteDataset(c *call) error {
	if s.o.Datasets == nil {
		return noSuchPart("data")
	}
	if err := s.o.Datasets.Delete(c.r.Context(), c.who.ID, c.name("name")); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	return c.reply(nil)
}
