package web

import (
	"context"
	"errors"
	"net/http"
)

// answer makes a handler of a route: who asks, whether they may, what they bring, and what becomes of an
// error. It is the only way to a route.
func (s *Server) answer(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, s: s}
		s.protect(w, r)
		s.bound(c, rt)
		err := s.admit(c, rt)
		if err == nil {
			err = rt.handle(s, c)
		}
		if err != nil {
			s.refuse(c, rt, err)
		}
	})
}

// admit finds out who asks, and refuses who may not.
func (s *Server) admit(c *call, rt route) error {
	who, err := s.recognise(c.r)
	if err == nil {
		c.who = who
		s.presence.seen(who.ID, s.o.Now())
	}
	if rt.kind == socket || rt.kind != page && !safe(c.r.Method) {
		if err := s.checkOrigin(c.r, who.cookie); err != nil {
			return err
		}
	}
	switch {
	case rt.least == everybody:
		return nil
	case err != nil:
		if who.secret != "" && !s.attempts.allow(s.address(c.r)) {
			return tooFast()
		}
		return notSignedIn(who.secret, err)
	case !c.who.may(rt.least):
		return Fail(Forbidden, "This takes the role %s, and you are %s.", rt.least, c.who.role()).
			Then("An admin can give you the role.")
	case !s.requests.allow(c.who.credential.ID):
		return tooFast()
	}
	return nil
}

func notSignedIn(secret string, err error) error {
	if secret == "" {
		return Fail(Unauthorized, "You are not signed in.").
			Then("Open the link that you were given, or send a key with Authorization: Bearer.")
	}
	return err
}

// safe says whether a method changes nothing.
func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// bound limits what a request may bring and how long it may take for it, also where nobody reads it.
func (s *Server) bound(c *call, rt route) {
	if rt.kind == socket {
		return
	}
	size := s.o.Limits.Body
	if rt.kind == upload {
		size = s.o.Limits.Upload
	}
	control := http.NewResponseController(c.w)
	err := c.wait(control.SetWriteDeadline)
	if c.r.Body != http.NoBody {
		err = errors.Join(err, c.wait(control.SetReadDeadline))
		c.r.Body = patient{http.MaxBytesReader(c.w, c.r.Body, size), c}
	}
	if err != nil {
		s.o.Log.Warn("no deadline", "route", rt.path, "error", err)
	}
}

// refuse sends an error in words. What nobody outside can do something about is logged, once, here.
func (s *Server) refuse(c *call, rt route, err error) {
	f, known := failureOf(err)
	quiet := errors.Is(err, errGone) || errors.Is(err, context.Canceled)
	if !known && !quiet {
		s.o.Log.Error("request", "route", rt.method+" "+rt.path, "person", c.who.ID, "error", err)
	}
	if c.begun || quiet && c.r.Context().Err() != nil {
		return
	}
	if f.Code == TooMany || f.Code == Busy {
		c.w.Header().Set("Retry-After", "2")
	}
	if f.Code == Unauthorized {
		c.w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if rt.kind == api {
		c.refuseAPI(f, err)
		return
	}
	if err := c.replyWith(statuses[f.Code], *f); err != nil && !errors.Is(err, errGone) {
		s.o.Log.Warn("reply", "route", rt.path, "error", err)
	}
}
