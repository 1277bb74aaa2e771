package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"workbench/tasks/people"
	"workbench/ui/web/openai"
)

// apiRoutes are for programs that speak OpenAI's API.
var apiRoutes = []route{
	{"GET", "/v1/models", people.User, api, (*Server).getAPIModels},
	{"GET", "/v1/models/{id...}", people.User, api, (*Server).getAPIModel},
	{"POST", "/v1/chat/completions", people.User, api, (*Server).postChat},
	{"POST", "/v1/completions", people.User, api, (*Server).postText},
	{"POST", "/v1/feedback", people.User, api, (*Server).postFeedback},
}

func (s *Server) getAPIModels(c *call) error {
	list := openai.Models{Object: openai.ObjectList, Data: []openai.Model{}}
	if s.o.Completers != nil {
		all, err := s.o.Completers.Completers()
		if err != nil {
			return err
		}
		for _, m := range all {
			list.Data = append(list.Data, apiModel(m))
		}
	}
	return c.send(http.StatusOK, list)
}

func apiModel(m ModelRow) openai.Model {
	out := openai.Model{ID: m.Name, Object: openai.ObjectModel, OwnedBy: "workbench"}
	if !m.Carried { // of a carried one the digest is that of its file, and answers name that of its weights
		out.Digest = m.Digest
	}
	if !m.Created.IsZero() {
		out.Created = m.Created.Unix()
	}
	return out
}

func (s *Server) getAPIModel(c *call) error {
	if s.o.Completers == nil {
		return noSuchPart("models")
	}
	all, err := s.o.Completers.Completers()
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Name == c.name("id") {
			return c.send(http.StatusOK, apiModel(m))
		}
	}
	return noModel(Fail(NotFound, "There is no model %q that completes texts.", c.name("id")).Then("GET /v1/models lists those that there are."))
}

// noModel is the API's error about the name of a model.
func noModel(f *Failure) error {
	e := openai.Refuse("model", "%s", f.words()).With(openai.ModelUnsuited)
	if f.Code == NotFound {
		e = e.With(openai.ModelNotFound)
		e.Status = http.StatusNotFound
	}
	return e
}

// words is a failure in one text.
func (f *Failure) words() string {
	switch {
	case f.Next == "":
		return f.Says
	case strings.HasSuffix(f.Says, "."):
		return f.Says + " " + f.Next
	}
	return f.Says + "; " + f.Next
}

// send sends a value of the API, whose nulls mean something.
func (c *call) send(status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the reply: %w", err)
	}
	c.begin("application/json")
	c.w.WriteHeader(status)
	return c.write(append(text, '\n'))
}

// body reads a request of the API.
func (c *call) body() ([]byte, error) {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, openai.Refuse("", "The body must be JSON: send it with Content-Type: application/json.")
	}
	return io.ReadAll(c.r.Body)
}

// apiErrors says how a failure looks to clients of the API: OpenAI's type and code.
var apiErrors = map[string]struct{ kind, code string }{
	Unauthorized: {openai.InvalidRequest, openai.InvalidKey},
	Forbidden:    {openai.InvalidRequest, Forbidden},
	NotFound:     {openai.InvalidRequest, NotFound},
	Invalid:      {openai.InvalidRequest, ""},
	Conflict:     {openai.InvalidRequest, Conflict},
	TooLarge:     {openai.InvalidRequest, TooLarge},
	TooMany:      {openai.RateLimit, openai.RateExceeded},
	Busy:         {openai.ServerError, Busy},
	Full:         {openai.ServerError, Full},
	Internal:     {openai.ServerError, ""},
}

// errorOf is an error in the API's form.
func errorOf(f *Failure, err error) *openai.Error {
	var own *openai.Error
	if errors.As(err, &own) {
		return own
	}
	as := apiErrors[f.Code]
	e := &openai.Error{Status: statuses[f.Code], Message: f.words(), Type: as.kind}
	if as.code != "" {
		e.Code = &as.code
	}
	return e
}

// refuseAPI sends an error in the API's form.
func (c *call) refuseAPI(f *Failure, err error) {
	e := errorOf(f, err)
	if err := c.send(e.Status, openai.Failed{Error: e}); err != nil && !errors.Is(err, errGone) {
		c.s.o.Log.Warn("reply", "path", c.r.URL.Path, "error", err)
	}
}
