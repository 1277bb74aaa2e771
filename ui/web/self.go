package web

import (
	"net/http"

	"workbench/storage"
	"workbench/tasks/people"
)

// selfRoutes are about whoever asks.
var selfRoutes = []route{
	{"POST", "/api/session", everybody, plain, (*Server).postSession},
	{"DELETE", "/api/session", people.Annotator, plain, (*Server).deleteSession},
	{"GET", "/api/me", people.Annotator, plain, (*Server).getMe},
}

// postSession lets somebody in: with a token, or with an invitation and a name.
func (s *Server) postSession(c *call) error {
	var in SignIn
	if err := c.read(&in); err != nil {
		return err
	}
	if !s.attempts.allow(s.address(c.r)) {
		return tooFast()
	}
	if in.Invite != "" && c.who.known() {
		// Somebody who is two people would judge their own work.
		return Fail(Conflict, "You are signed in as %s already.", c.who.Name).Then("Sign out first if you are somebody else.")
	}
	var p storage.Person
	var session string
	var err error
	if in.Invite != "" {
		p, session, err = s.o.People.Join(in.Invite, in.Name)
	} else {
		p, session, err = s.o.People.SignIn(in.Token)
	}
	if err != nil {
		return err
	}
	s.setCookie(c.w, c.r, session)
	return c.replyWith(http.StatusCreated, s.me(p))
}

// deleteSession signs out.
func (s *Server) deleteSession(c *call) error {
	if err := s.o.People.SignOut(c.who.secret); err != nil {
		return err
	}
	s.setCookie(c.w, c.r, "")
	return c.reply(nil)
}

func (s *Server) getMe(c *call) error { return c.reply(s.me(c.who.Person)) }

// me is who somebody is and how far their day has come.
func (s *Server) me(p storage.Person) Me {
	done := s.o.Desk.Person(p.ID)
	return Me{
		ID: p.ID, Name: p.Name, Role: p.Role, Pools: p.Pools,
		Today: done.Today, Total: done.Total, Median: done.Median,
	}
}
