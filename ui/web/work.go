package web

import (
	"context"
	"encoding/json"
	"errors"

	"workbench/tasks/assign"
	"workbench/tasks/people"
)

// workRoutes are for people at work.
var workRoutes = []route{
	{"GET", "/ws/work", people.Annotator, socket, (*Server).work},
	{"GET", "/api/me/history", people.Annotator, plain, (*Server).getHistory},
}

// work is the websocket of somebody at work: every Ask gets its Reply, in order.
func (s *Server) work(c *call) error {
	ctx := context.WithoutCancel(c.r.Context()) // what was begun is finished, also if the connection is lost meanwhile
	return s.converse(c, people.Annotator, func(p *peer, who visitor, text []byte) error {
		var ask Ask
		if err := json.Unmarshal(text, &ask); err != nil {
			return err
		}
		s.presence.seen(who.ID, s.o.Now())
		return p.send(s.replyTo(ctx, p, who, ask))
	}, s.crowd.forget)
}

// ops are what can be asked for at work.
var ops = map[string]func(*Server, context.Context, visitor, Ask, *Reply) error{
	"next":   (*Server).next,
	"submit": (*Server).submit,
	"draft":  (*Server).draft,
	"skip":   (*Server).skip,
	"undo":   (*Server).undo,
	"touch":  (*Server).touch,
}

// replyTo does what is asked for.
func (s *Server) replyTo(ctx context.Context, p *peer, who visitor, ask Ask) Reply {
	reply := Reply{ID: ask.ID}
	op, ok := ops[ask.Op]
	if !ok {
		reply.Error = Fail(Invalid, "There is nothing called %q to do.", ask.Op)
		return reply
	}
	begun := s.crowd.look()
	err := checkAsk(ask)
	if err == nil {
		err = op(s, ctx, who, ask, &reply)
	}
	var none *assign.NoTask
	switch {
	case errors.As(err, &none):
		reply.None = noWork(*none)
	case err != nil:
		f, known := failureOf(err)
		if !known {
			s.o.Log.Error("work", "op", ask.Op, "person", who.ID, "error", err)
		}
		reply.Error = f
	}
	if reply.None != nil {
		s.crowd.wait(p, begun)
	}
	return reply
}

// checkAsk refuses what no browser of ours sends.
func checkAsk(a Ask) error {
	const most = 200 // bytes of an id or a key, and of few words
	if len(a.Lease) > most || len(a.Key) > most || len(a.Reason) > 10*most {
		return Fail(Invalid, "The message has a lease, a key or a reason that is too long.")
	}
	if a.ID <= 0 {
		return Fail(Invalid, "A message needs an id above 0.")
	}
	return nil
}

func (s *Server) next(ctx context.Context, who visitor, _ Ask, r *Reply) error {
	lease, err := s.o.Desk.Pull(ctx, who.ID)
	if err != nil {
		return err
	}
	r.Work, err = s.workOf(lease)
	return err
}

// submit keeps an answer and brings the next task with the same commit.
func (s *Server) submit(ctx context.Context, who visitor, a Ask, r *Reply) error {
	if a.Key == "" {
		return Fail(Invalid, "An answer needs a key, so that sending it again does not make it two.")
	}
	receipt, err := s.o.Desk.Submit(ctx, assign.Submission{
		Person: who.ID, Lease: a.Lease, Key: a.Key, Values: a.Values, Seconds: max(a.Seconds, 0), Next: true,
	})
	if err != nil {
		return err
	}
	r.Answer, r.Late = receipt.Answer.ID, receipt.Late
	me := s.me(who.Person)
	r.Me = &me
	switch {
	case receipt.Next != nil:
		r.Work, err = s.workOf(*receipt.Next)
	case receipt.None != nil:
		r.None = noWork(*receipt.None)
	}
	return err
}

func (s *Server) draft(ctx context.Context, who visitor, a Ask, r *Reply) error {
	at, err := s.o.Desk.Draft(ctx, who.ID, a.Lease, a.Values)
	if err != nil {
		return err
	}
	r.Saved = &at
	return nil
}

func (s *Server) skip(ctx context.Context, who visitor, a Ask, r *Reply) error {
	if err := s.o.Desk.Skip(ctx, who.ID, a.Lease, a.Reason); err != nil {
		return err
	}
	return s.next(ctx, who, a, r)
}

func (s *Server) undo(ctx context.Context, who visitor, a Ask, r *Reply) error {
	if a.Key == "" {
		return Fail(Invalid, "Taking back needs a key, so that asking again does not take back two.")
	}
	lease, err := s.o.Desk.Undo(ctx, who.ID, a.Key)
	if err != nil {
		return err
	}
	me := s.me(who.Person)
	r.Me = &me
	r.Work, err = s.workOf(lease)
	return err
}

func (s *Server) touch(ctx context.Context, who visitor, a Ask, r *Reply) error {
	until, err := s.o.Desk.Touch(ctx, who.ID, a.Lease)
	if err != nil {
		return err
	}
	r.Deadline = &until
	return nil
}
