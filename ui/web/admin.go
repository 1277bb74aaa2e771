package web

import (
	"errors"
	"fmt"
	"math"

	"workbench/storage"
	"workbench/tasks/people"
)

// adminRoutes are for who answers for the data.
var adminRoutes = []route{
	{"GET", "/api/backup", people.Admin, stream, (*Server).getBackup},
	{"GET", "/api/events", people.Admin, plain, (*Server).getEvents},
}

// getBackup streams everything that is kept.
func (s *Server) getBackup(c *call) error {
	if s.o.Backup == nil {
		return noSuchPart("backups")
	}
	(&download{c: c, name: fmt.Sprintf("workbench-%s.backup", s.o.Now().Format("2006-01-02-1504")), kind: "application/octet-stream"}).begin()
	return c.whole(s.o.Backup.Backup(c.r.Context(), c))
}

// getEvents reads the log of what people did.
func (s *Server) getEvents(c *call) error {
	from, err := c.number("from", 0, 0, math.MaxInt64)
	if err != nil {
		return err
	}
	limit, err := c.number("limit", 200, 1, 1000)
	if err != nil {
		return err
	}
	var list EventList
	err = s.o.Store.EachEvent(uint64(from), func(e storage.Event) error {
		if len(list.Events) == limit {
			list.Next = e.Seq
			return errEnough
		}
		actor := ""
		if e.Actor != "" {
			actor = s.personName(e.Actor)
		}
		list.Events = append(list.Events, Event{
			Seq: e.Seq, Time: e.Time, Kind: e.Kind, Actor: actor, Object: e.Object, Data: e.Data, Hash: e.Hash,
		})
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return c.reply(list)
}
