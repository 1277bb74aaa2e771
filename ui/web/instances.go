package web

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/people"
)

// instanceRoutes are about instances of flows.
var instanceRoutes = []route{
	{"GET", "/api/flows/{id}/instances", people.Researcher, plain, (*Server).getInstances},
	{"GET", "/api/instances/{id}", people.Researcher, plain, (*Server).getInstance},
	{"POST", "/api/instances/{id}/reopen", people.Researcher, plain, (*Server).reopenInstance},
	{"POST", "/api/instances/{id}/retry", people.Researcher, plain, (*Server).retryInstance},
	{"POST", "/api/instances/{id}/signal", people.Researcher, plain, (*Server).signalInstance},
	{"GET", "/api/answers/{id}", people.Researcher, plain, (*Server).getAnswer},
}

var instanceStatuses = []string{"running", "waiting", "done", "parked", "diverged", "cancelled"}

// getInstances lists a flow's items; with a status, everything of that status, also what items spawned.
func (s *Server) getInstances(c *call) error {
	limit, err := c.number("limit", 50, 1, 500)
	if err != nil {
		return err
	}
	q := c.r.URL.Query()
	status := q.Get("status")
	if status != "" && !slices.Contains(instanceStatuses, status) {
		return Fail(Invalid, "There is no status %q; there are %v.", status, instanceStatuses)
	}
	f, err := s.o.Store.Flow(c.name("id"))
	if err != nil {
		return err
	}
	counts, err := s.o.Flows.Counts(f.ID)
	if err != nil {
		return err
	}
	after := q.Get("after")
	if after != "" && !strings.HasPrefix(after, f.ID+".") {
		return Fail(Invalid, "The page after %q is not one of this flow.", after)
	}
	list := InstanceList{Counts: counts.Instances}
	if status == "" {
		err = s.items(f, after, limit, &list)
	} else {
		err = s.ofStatus(f, status, after, limit, &list)
	}
	if err != nil {
		return err
	}
	return c.reply(list)
}

// items adds a flow's items by number.
func (s *Server) items(f storage.Flow, after string, limit int, list *InstanceList) error {
	first := 0
	if after != "" {
		number, _, _ := strings.Cut(strings.TrimPrefix(after, f.ID+"."), ".")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			return Fail(Invalid, "The page after %q is not one of this flow.", after)
		}
		first = n + 1
	}
	for n := first; n < f.Begun; n++ {
		if len(list.Instances) == limit {
			list.Next = list.Instances[limit-1].ID
			return nil
		}
		i, err := s.o.Store.Instance(storage.InstanceID(f.ID, n))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		list.Instances = append(list.Instances, s.instanceSummary(i))
	}
	return nil
}

var errEnough = errors.New("enough")

// ofStatus adds instances of a status, by id.
func (s *Server) ofStatus(f storage.Flow, status, after string, limit int, list *InstanceList) error {
	if status == leftOut {
		return s.finished(f, after, limit, list)
	}
	ids, err := s.standings.ids(f.ID, status, after, limit+1)
	if err != nil {
		return err
	}
	for n, id := range ids {
		if n == limit {
			list.Next = ids[n-1]
			break
		}
		i, err := s.o.Store.Instance(id)
		if err != nil {
			return err
		}
		list.Instances = append(list.Instances, s.instanceSummary(i))
	}
	return nil
}

// mostSeen is how many instances a request for those that are done looks at: where these are few, a page may
// be short, and have a next one all the same.
const mostSeen = 2000

func (s *Server) finished(f storage.Flow, after string, limit int, list *InstanceList) error {
	seen := 0
	err := s.o.Store.EachInstance(f.ID, after, func(i storage.Instance) error {
		if i.ID == after {
			return nil
		}
		if len(list.Instances) == limit || seen == mostSeen {
			return errEnough
		}
		seen++
		list.Next = i.ID
		if i.Status == leftOut {
			list.Instances = append(list.Instances, s.instanceSummary(i))
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	list.Next = ""
	return err
}

func (s *Server) instanceSummary(i storage.Instance) InstanceSummary {
	return InstanceSummary{
		ID: i.ID, Function: i.Function, Status: i.Status, Waiting: waitingFor(i), Error: i.Error,
		Title: title(i.Args), Updated: i.Updated,
	}
}

// waits says in words what an instance waits for, by the primitive that it waits in.
var waits = map[string]string{
	"ask":      "for people",
	"generate": "for a model to write",
	"score":    "for a model to judge",
	"logp":     "for a model to judge",
	"start":    "for a run",
	"together": "for what it spawned",
	"first":    "for one of what it spawned",
	"sleep":    "for time to pass",
	"until":    "for a moment",
	"deadline": "for a moment",
	"signal":   "for a signal",
}

func waitingFor(i storage.Instance) string {
	if i.Waiting == "" {
		return ""
	}
	if says, ok := waits[i.Waiting]; ok {
		return says
	}
	return "in " + i.Waiting
}

// title is the beginning of the first text in a value: what people know an item by.
func title(args json.RawMessage) string {
	const most = 80 // characters
	value, err := runs.DecodeValue(args)
	if err != nil {
		return ""
	}
	letters := []rune(strings.Join(strings.Fields(firstText(value)), " "))
	if len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return string(letters)
}

// firstText looks for a text in a value: a list's in order, a map's where a title would stand, and then by
// the names of its fields.
func firstText(value any) string {
	var parts []any
	switch value := value.(type) {
	case string:
		return value
	case []any:
		parts = value
	case map[string]any:
		names := append([]string{"title", "name", "question", "prompt", "text"}, slices.Sorted(maps.Keys(value))...)
		for _, name := range names {
			parts = append(parts, value[name])
		}
	}
	for _, part := range parts {
		if text := firstText(part); strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}
