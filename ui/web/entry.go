package web

import (
	"net/http"
	"strings"
)

// pageRoutes are what a browser's window asks for.
var pageRoutes = []route{
	{"GET", "/{$}", everybody, page, (*Server).getRoot},
	{"", "/", everybody, page, (*Server).getPage},
	{"GET", "/app/{file...}", everybody, page, (*Server).getAsset},
	{"GET", "/healthz", everybody, plain, (*Server).getHealth},
}

// getRoot is the page, to everybody: it asks who they are, and shows how to come in where nobody knows
// them. A token in the address is exchanged for a session and leaves the address. An invitation stays in
// it until the page has asked for a name; then the page takes it out.
func (s *Server) getRoot(c *call) error {
	token := c.r.URL.Query().Get("token")
	if token == "" || c.r.Method == http.MethodHead {
		return s.pages.index.send(c)
	}
	target := "/"
	if !s.attempts.allow(s.address(c.r)) {
		target = "/?signin=later"
	} else if _, session, err := s.o.People.SignIn(token); err == nil {
		s.setCookie(c.w, c.r, session)
	} else if f, known := failureOf(err); known && f.Code == Unauthorized {
		target = "/?signin=failed"
	} else {
		return err
	}
	c.begun = true
	http.Redirect(c.w, c.r, target, http.StatusSeeOther)
	return nil
}

// getPage is the page at any other address: which part of it is shown is decided in the browser.
func (s *Server) getPage(c *call) error {
	if !safe(c.r.Method) || !strings.Contains(c.r.Header.Get("Accept"), "text/html") {
		return Fail(NotFound, "There is no %s %s.", c.r.Method, c.r.URL.Path)
	}
	return s.pages.index.send(c)
}

func (s *Server) getAsset(c *call) error {
	f, ok := s.pages.files[c.name("file")]
	if !ok {
		return Fail(NotFound, "The page has no file %s.", c.name("file")).Then("Load the page again: it may be an older one.")
	}
	return f.send(c)
}

func (s *Server) getHealth(c *call) error { return c.reply(map[string]bool{"ok": true}) }
