package web

import (
	"net/http"
	"time"

	"workbench/storage"
	"workbench/tasks/people"
)

// peopleRoutes are about who may come in.
var peopleRoutes = []route{
	{"GET", "/api/people", people.Researcher, plain, (*Server).getPeople},
	{"PATCH", "/api/people/{id}", people.Researcher, plain, (*Server).patchPerson},
	{"GET", "/api/invites", people.Researcher, plain, (*Server).getInvites},
	{"POST", "/api/invites", people.Researcher, plain, (*Server).postInvite},
	{"DELETE", "/api/invites/{id}", people.Researcher, plain, (*Server).deleteInvite},
	{"POST", "/api/keys", people.Researcher, plain, (*Server).postKey},
}

// agreementStep is how much of the log is read at a time to see how far people agree.
const agreementStep = 2000

func (s *Server) getPeople(c *call) error {
	for more := true; more; {
		var err error
		if more, err = s.agreement.Refresh(agreementStep); err != nil {
			return err
		}
	}
	return c.reply(s.people())
}

func (s *Server) people() []PersonRow {
	var rows []PersonRow
	for _, p := range s.o.People.All() {
		rows = append(rows, s.personRow(p))
	}
	return rows
}

// catchUp reads in the background how far people agreed before the server was started.
func (s *Server) catchUp() {
	for {
		more, err := s.agreement.Refresh(agreementStep)
		if err != nil {
			s.o.Log.Error("agreement", "error", err)
		}
		if err != nil || !more {
			return
		}
		select {
		case <-s.done:
			return
		default:
		}
	}
}

func (s *Server) personRow(p storage.Person) PersonRow {
	last, online := s.presence.of(p.ID)
	done := s.o.Desk.Person(p.ID)
	row := PersonRow{
		ID: p.ID, Name: p.Name, Role: p.Role, Pools: p.Pools, Disabled: p.Disabled, Online: online, Created: p.Created,
		Working: done.Working, Today: done.Today, Total: done.Total, LastHour: done.LastHour, Median: done.Median, Skipped: done.Skipped,
	}
	if !last.IsZero() {
		row.LastSeen = &last
	}
	if share, ok := s.agreement.Agreement(p.ID); ok {
		row.Agreement = &Agreement{Share: share.Value, High: 1, N: share.N}
		if share.Groups > 1 { // of one task nothing can be said about others
			row.Agreement.Low, row.Agreement.High = share.Low, share.High
		}
	}
	return row
}

// patchPerson changes a person as far as whoever asks may; people.Book knows how far.
func (s *Server) patchPerson(c *call) error {
	var in PersonChange
	if err := c.read(&in); err != nil {
		return err
	}
	change := people.Change{Name: in.Name, Pools: in.Pools, Disabled: in.Disabled}
	if in.Role != nil {
		role := people.Role(*in.Role)
		change.Role = &role
	}
	p, err := s.o.People.Change(c.who.ID, c.name("id"), change)
	if err != nil {
		return err
	}
	return c.reply(s.personRow(p))
}

func (s *Server) getInvites(c *call) error {
	var all []Invite
	for _, i := range s.o.People.Invites() {
		all = append(all, inviteOf(i))
	}
	return c.reply(all)
}

func inviteOf(c storage.Credential) Invite {
	i := Invite{
		ID: c.ID, Name: c.Name, Role: c.Role, Pools: c.Pools, Uses: c.Uses, Used: c.Used,
		Created: c.Created, Revoked: c.Revoked,
	}
	if !c.Expires.IsZero() {
		i.Expires = &c.Expires
	}
	return i
}

// postInvite makes an invitation. Its link is in this reply and nowhere else.
func (s *Server) postInvite(c *call) error {
	var in NewInvite
	if err := c.read(&in); err != nil {
		return err
	}
	const mostHours = 24 * 366 * 10
	if in.Hours < 0 || in.Hours > mostHours {
		return Fail(Invalid, "An invitation can't hold for %d hours.", in.Hours).Then("Give 1 to %d, or 0 for ever.", mostHours)
	}
	n := people.NewInvite{Name: in.Name, Role: people.Role(in.Role), Pools: in.Pools, Uses: in.Uses}
	if in.Hours > 0 {
		n.Expires = s.o.Now().Add(time.Duration(in.Hours) * time.Hour)
	}
	secret, made, err := s.o.People.Invite(c.who.ID, n)
	if err != nil {
		return err
	}
	out := inviteOf(made)
	out.Link = s.base(c.r) + "/?invite=" + secret
	return c.replyWith(http.StatusCreated, out)
}

func (s *Server) deleteInvite(c *call) error {
	if err := s.o.People.Revoke(c.who.ID, c.name("id")); err != nil {
		return err
	}
	return c.reply(nil)
}

// postKey makes a key, for a program or for the link by which somebody signs in elsewhere.
func (s *Server) postKey(c *call) error {
	var in NewKey
	if err := c.read(&in); err != nil {
		return err
	}
	whose := in.Person
	if whose == "" {
		whose = c.who.ID
	}
	token, made, err := s.o.People.NewKey(c.who.ID, whose, in.Name, people.Role(in.Role))
	if err != nil {
		return err
	}
	out := Key{ID: made.ID, Name: made.Name, Role: made.Role, Token: token}
	if made.Role == "" {
		out.Link = s.base(c.r) + "/?token=" + token
	}
	return c.replyWith(http.StatusCreated, out)
}
