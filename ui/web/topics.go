package web

import (
	"strings"
	"time"

	"workbench/tasks/people"
)

// family is a kind of topic that can be watched.
type family struct {
	least people.Role
	one   bool          // its topics name an object: family/id
	every time.Duration // how often it is looked at when nothing says that it has changed
	news  func(s *Server, id string, n *News) error
}

// families are the topics of /ws/live, by the part of their names before the slash.
var families = map[string]family{
	"flows":    {people.Researcher, false, time.Second, newsOfFlows},
	"flow":     {people.Researcher, true, time.Second, newsOfFlow},
	"instance": {people.Researcher, true, 2 * time.Second, newsOfInstance},
	"people":   {people.Researcher, false, time.Second, newsOfPeople},
	"runs":     {people.Researcher, false, time.Second, newsOfRuns},
	"run":      {people.Researcher, true, pace, newsOfRun},
	"data":     {people.Researcher, false, 2 * time.Second, newsOfData},
	"device":   {people.Researcher, false, time.Second, newsOfDevice},
}

func newsOfFlows(s *Server, _ string, n *News) (err error) {
	n.Flows, err = s.flows()
	return err
}

func newsOfFlow(s *Server, id string, n *News) error {
	f, err := s.flow(id)
	n.Flow = &f
	return err
}

func newsOfInstance(s *Server, id string, n *News) error {
	story, err := s.story(id)
	n.Story = &story
	return err
}

func newsOfPeople(s *Server, _ string, n *News) error {
	_, err := s.agreement.Refresh(agreementStep)
	n.People = s.people()
	return err
}

func newsOfRuns(s *Server, _ string, n *News) (err error) {
	n.Runs, err = s.runs()
	return err
}

func newsOfRun(s *Server, id string, n *News) error {
	r, err := s.run(id)
	n.Run = &r
	return err
}

func newsOfData(s *Server, _ string, n *News) (err error) {
	n.Data, err = s.datasets()
	return err
}

func newsOfDevice(s *Server, _ string, n *News) error {
	d := s.device()
	n.Device = &d
	return nil
}

// topicOf splits a topic's name; it is no topic where the family is not known or the object missing.
func topicOf(name string) (f family, id string, ok bool) {
	kind, id, named := strings.Cut(name, "/")
	f, ok = families[kind]
	return f, id, ok && named == f.one && (id != "" || !f.one)
}

// report computes the news of a topic. Of a run, the metrics are those from a step on; last is the last
// step that is in them.
func (s *Server) report(name string, from int) (text []byte, last int, err error) {
	n, last := News{Topic: name}, from
	f, id, _ := topicOf(name)
	err = f.news(s, id, &n)
	if err == nil && n.Run != nil {
		n.Metrics, last, err = s.metrics(id, from)
	}
	if err != nil {
		failure, known := failureOf(err)
		if !known {
			s.o.Log.Error("news", "topic", name, "error", err)
		}
		n = News{Topic: name, Error: failure}
	}
	text, err = encode(n)
	return text, last, err
}
