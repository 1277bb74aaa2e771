package web

import (
	"net/http"
	"slices"
	"strings"

	"workbench/tasks/people"
)

// route is one thing that can be asked for.
type route struct {
	method, path string      // as net/http matches them; no method: any
	least        people.Role // that it takes; empty for everybody, also who is not signed in
	kind         kind
	handle       func(*Server, *call) error
}

// kind says what a request brings and how its response looks.
type kind int

const (
	plain  kind = iota // JSON in (where the method has a body), JSON out, both small
	page               // for a browser's window: errors are no JSON, and any site may link to it
	stream             // a small body, and a response as long as it takes
	upload             // a body as long as it takes
	socket             // a websocket
	api                // as OpenAI's API: its form of errors, and a response as long as it takes
)

// everybody is the role of routes that take none.
const everybody people.Role = ""

// routes is everything that can be asked for. A test holds a table of who may, and fails for a route that
// is not in it.
func (s *Server) routes() []route {
	return slices.Concat(pageRoutes, selfRoutes, workRoutes, peopleRoutes, flowRoutes, instanceRoutes,
		liveRoutes, runRoutes, traceRoutes, dataRoutes, modelRoutes, apiRoutes, adminRoutes)
}

// handler puts the routes together.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range s.routes() {
		mux.Handle(strings.TrimSpace(rt.method+" "+rt.path), s.answer(rt))
	}
	nothing := route{path: "/api/", handle: func(_ *Server, c *call) error {
		return Fail(NotFound, "There is no %s %s.", c.r.Method, c.r.URL.Path)
	}}
	mux.Handle("/api/", s.answer(nothing))
	mux.Handle("/ws/", s.answer(nothing))
	nothing.kind = api
	mux.Handle("/v1/", s.answer(nothing))
	return mux
}
