package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"
)

func withPage(o *Options) {
	o.Assets = fstest.MapFS{
		"index.html":              {Data: []byte(`<!doctype html><script type="module" src="/app/main-ABCD2345.js"></script>`)},
		"main-ABCD2345.js":        {Data: []byte(strings.Repeat("export const x = 1;\n", 100))},
		"plain.js":                {Data: []byte("x")},
		"deep/style-Z2345678.css": {Data: []byte("a{}")},
		".keep":                   {Data: []byte("")},
	}
}

func TestFilesOfThePage(t *testing.T) {
	w := open(t, withPage)
	for _, c := range []struct {
		path, accept, kind, cache, encoding string
	}{
		{"/", "gzip", "text/html; charset=utf-8", "no-cache", ""},
		{"/app/main-ABCD2345.js", "gzip, br", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "gzip"},
		{"/app/main-ABCD2345.js", "gzip;q=0", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", ""},
		{"/app/plain.js", "gzip", "text/javascript; charset=utf-8", "no-cache", ""},
		{"/app/deep/style-Z2345678.css", "", "text/css; charset=utf-8", "public, max-age=31536000, immutable", ""},
	} {
		got := w.ask(t, w.browser(t), "GET", c.path, "", "Accept-Encoding", c.accept, "Accept", "text/html")
		h := got.Header
		if got.StatusCode != http.StatusOK || h.Get("Content-Type") != c.kind || h.Get("Cache-Control") != c.cache || h.Get("Content-Encoding") != c.encoding {
			t.Errorf("%s for %q: %s, %s, %s, encoding %q", c.path, c.accept, got.Status, h.Get("Content-Type"), h.Get("Cache-Control"), h.Get("Content-Encoding"))
		}
		if c.encoding == "gzip" {
			r, err := gzip.NewReader(strings.NewReader(got.body))
			must(t, err)
			plain, err := io.ReadAll(r)
			if err != nil || !strings.HasPrefix(string(plain), "export const") {
				t.Errorf("%s unpacks to %.20q, %v", c.path, plain, err)
			}
		}
		again := w.ask(t, w.browser(t), "GET", c.path, "", "Accept-Encoding", c.accept, "If-None-Match", h.Get("ETag"), "Accept", "text/html")
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %s", c.path, again.Status)
		}
	}
	if got := w.ask(t, w.browser(t), "GET", "/app/.keep", ""); got.StatusCode != http.StatusNotFound {
		t.Errorf("a hidden file: %s", got.Status)
	}
}

// TestPolicy holds what browsers let the page do, on everything that is sent.
func TestPolicy(t *testing.T) {
	w := openTLS(t, withPage)
	for _, path := range []string{"/", "/?invite=x", "/?token=x", "/app/plain.js", "/app/none", "/api/me", "/api/none", "/flows", "/healthz"} {
		got := w.ask(t, w.browser(t), "GET", path, "", "Accept", "text/html")
		csp := got.Header.Get("Content-Security-Policy")
		for _, bad := range []string{"unsafe-inline", "unsafe-eval", "*", "http:", "blob:"} {
			if strings.Contains(csp, bad) {
				t.Errorf("%s: the policy allows %s: %s", path, bad, csp)
			}
		}
		for _, good := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, good) {
				t.Errorf("%s: the policy lacks %s: %s", path, good, csp)
			}
		}
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got.Header.Get(header) != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got.Header.Get(header), want)
			}
		}
	}
}
