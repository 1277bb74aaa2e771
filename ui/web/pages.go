package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// pages are the files of the built page, read and packed once.
type pages struct {
	index file
	files map[string]file // by their path below /app/
}

type file struct {
	kind    string
	plain   []byte
	packed  []byte // gzip; nil where that gains nothing
	tag     string
	forever bool // its name changes with its content
}

// hashed is how the bundler names files.
var hashed = regexp.MustCompile(`-[A-Z0-9]{8}\.`)

const indexName = "index.html"

// readPages reads the built page. Without one there is a page that says so.
func readPages(assets fs.FS) (*pages, error) {
	p := &pages{index: newFile(indexName, []byte(noPage)), files: map[string]file{}}
	if assets == nil {
		return p, nil
	}
	err := fs.WalkDir(assets, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		content, err := fs.ReadFile(assets, name)
		if err != nil {
			return err
		}
		if name == indexName {
			p.index = newFile(name, content)
		} else {
			p.files[name] = newFile(name, content)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	return p, nil
}

const noPage = `<!doctype html><meta charset="utf-8"><title>Workbench</title>
<h1>Workbench runs, but this build has no page.</h1><p>make build makes one. The data is there: /api/ answers to a key.</p>
`

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	const enough = 16
	f := file{
		kind: mime.TypeByExtension(path.Ext(name)), plain: content,
		tag: `"` + hex.EncodeToString(sum[:enough]) + `"`, forever: hashed.MatchString(name),
	}
	if own, ok := kindsOfFile[path.Ext(name)]; ok {
		f.kind = own // the system's table may say anything
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(content)
	}
	if err = errors.Join(err, w.Close()); err == nil && packed.Len() < len(content) {
		f.packed = packed.Bytes()
	}
	return f
}

var kindsOfFile = map[string]string{
	".html":  "text/html; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".svg":   "image/svg+xml",
	".json":  "application/json",
	".woff2": "font/woff2",
}

// send answers with a file.
func (f file) send(c *call) error {
	h := c.w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache") // asked for again each time, and answered with a line where it is the same
	if f.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	content, tag := f.plain, f.tag
	if f.packed != nil && takesGzip(c.r) {
		h.Set("Content-Encoding", "gzip")
		content, tag = f.packed, strings.TrimSuffix(f.tag, `"`)+`-gzip"`
	}
	h.Set("ETag", tag)
	c.begun = true
	http.ServeContent(c.w, c.r, "", time.Time{}, bytes.NewReader(content))
	return nil
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" && strings.ReplaceAll(quality, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
