package web

import (
	"cmp"
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
	u := Upload{File: c.r.URL.Query().Get("file"), Size: max(c.r.ContentLength, 0), Content: c.r.Body}
	var err error
	if u.Replace, err = c.flag("replace"); err != nil {
		return err
	}
	if u.PassageWords, err = c.number("passage_words", 0, 0, 1<<20); err != nil {
		return err
	}
	row, err := s.o.Datasets.Import(c.r.Context(), c.who.ID, c.name("name"), u, say)
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
		last = ImportProgress{Of: u.Size, Error: f}
	}
	return c.line(last)
}

var exports = map[string]string{"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}

// exportDataset streams a dataset as a file. One that breaks off in the middle breaks the connection, so
// that nobody takes the beginning for the whole.
func (s *Server) exportDataset(c *call) error {
	if s.o.Datasets == nil {
		return noSuchPart("data")
	}
	d, err := c.wanted()
	if err != nil {
		return err
	}
	name := c.name("name")
	file := &download{c: c, name: name + "." + d.Format, kind: exports[d.Format], trailer: ExportedTrailer}
	said, err := s.o.Datasets.Export(c.r.Context(), c.who.ID, name, d, file)
	if err != nil && !c.begun {
		return err
	}
	if err := c.whole(err); err != nil {
		return err
	}
	file.begin() // also one without a record is a file
	text, err := encode(said)
	if err == nil {
		c.w.Header().Set(ExportedTrailer, string(text))
	}
	return err
}

// wanted reads how a dataset is wanted out of the query.
func (c *call) wanted() (d Download, err error) {
	query := c.r.URL.Query()
	d.Flow, d.Format = query.Get("flow"), cmp.Or(query.Get("format"), "jsonl")
	if exports[d.Format] == "" {
		return d, Fail(Invalid, "There is no format %q; there are jsonl and csv.", d.Format)
	}
	for name, set := range map[string]*bool{"lineage": &d.Lineage, "late": &d.Late, "undone": &d.Undone} {
		if *set, err = c.flag(name); err != nil {
			return d, err
		}
	}
	return d, nil
}

// download is a response that browsers keep as a file, whatever is in it. It begins with the first piece,
// so that what is refused before can still be said.
type download struct {
	c       *call
	name    string
	kind    string
	trailer string // that follows; empty for none
}

func (d *download) begin() {
	if !d.c.begun {
		d.c.begin(d.kind)
		if d.trailer != "" {
			d.c.w.Header().Set("Trailer", d.trailer)
		}
		d.c.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.name}))
	}
}

// Write sends a piece.
func (d *download) Write(text []byte) (int, error) {
	d.begin()
	return d.c.Write(text)
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
