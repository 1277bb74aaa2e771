package web

import (
	"fmt"
	"net/http"
	"slices"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/people"
)

// flowRoutes are about flows.
var flowRoutes = []route{
	{"GET", "/api/recipes", people.Researcher, plain, (*Server).getRecipes},
	{"GET", "/api/recipes/{name}", people.Researcher, plain, (*Server).getRecipe},
	{"POST", "/api/check", people.Researcher, plain, (*Server).postCheck},
	{"GET", "/api/flows", people.Researcher, plain, (*Server).getFlows},
	{"POST", "/api/flows", people.Researcher, plain, (*Server).postFlow},
	{"GET", "/api/flows/{id}", people.Researcher, plain, (*Server).getFlow},
	{"POST", "/api/flows/{id}/pause", people.Researcher, plain, (*Server).pauseFlow},
	{"POST", "/api/flows/{id}/resume", people.Researcher, plain, (*Server).resumeFlow},
	{"POST", "/api/flows/{id}/cancel", people.Researcher, plain, (*Server).cancelFlow},
	{"PUT", "/api/flows/{id}/priority", people.Researcher, plain, (*Server).putPriority},
}

func (s *Server) getRecipes(c *call) error {
	all, err := s.recipes()
	if err != nil {
		return err
	}
	return c.reply(all)
}

func (s *Server) recipes() ([]Recipe, error) {
	if s.o.Recipes == nil {
		return nil, nil
	}
	return s.o.Recipes.Recipes()
}

func (s *Server) getRecipe(c *call) error {
	all, err := s.recipes()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(r Recipe) bool { return r.Name == c.name("name") })
	if i < 0 {
		return Fail(NotFound, "There is no recipe called %s.", c.name("name"))
	}
	return c.reply(all[i])
}

func (s *Server) postCheck(c *call) error {
	var in Script
	if err := c.read(&in); err != nil {
		return err
	}
	if s.o.Recipes == nil {
		return noSuchPart("scripts")
	}
	recipe, err := s.o.Recipes.Check(c.r.Context(), in.Script)
	if err != nil {
		return err
	}
	return c.reply(recipe)
}

// noSuchPart refuses what a server was started without.
func noSuchPart(what string) error {
	return Fail(NotFound, "This server was started without %s.", what)
}

func (s *Server) postFlow(c *call) error {
	var in Start
	if err := c.read(&in); err != nil {
		return err
	}
	if s.o.Recipes == nil {
		return noSuchPart("scripts")
	}
	id, err := s.o.Recipes.StartFlow(c.r.Context(), c.who.ID, in)
	if err != nil {
		return err
	}
	f, err := s.o.Store.Flow(id)
	if err != nil {
		return err
	}
	summary, err := s.flowSummary(f)
	if err != nil {
		return err
	}
	return c.replyWith(http.StatusCreated, summary)
}

func (s *Server) getFlows(c *call) error {
	all, err := s.flows()
	if err != nil {
		return err
	}
	return c.reply(all)
}

// flows lists all, the newest first.
func (s *Server) flows() ([]FlowSummary, error) {
	kept, err := s.o.Store.Flows()
	if err != nil {
		return nil, err
	}
	slices.Reverse(kept)
	all := make([]FlowSummary, 0, len(kept))
	for _, f := range kept {
		summary, err := s.flowSummary(f)
		if err != nil {
			return nil, err
		}
		all = append(all, summary)
	}
	return all, nil
}

func (s *Server) flowSummary(f storage.Flow) (FlowSummary, error) {
	counts, err := s.o.Flows.Counts(f.ID)
	if err != nil {
		return FlowSummary{}, fmt.Errorf("flow %s: %w", f.ID, err)
	}
	summary := FlowSummary{
		ID: f.ID, Name: f.Name, Recipe: f.Recipe, Status: f.Status, Created: f.Created, Starter: s.personName(f.Starter),
		Items: f.Items, Instances: counts.Instances, Priority: f.Priority, Ahead: f.Ahead, Rate: s.o.Desk.Rate(f.ID),
	}
	for _, w := range counts.Work {
		summary.Steps = append(summary.Steps, StepCount{
			Step: w.Primitive, Kind: "model", Leased: w.Working, Done: w.Done, Failed: w.Failed,
		})
	}
	for _, p := range s.o.Desk.Counts(f.ID) {
		summary.Steps = append(summary.Steps, StepCount{Step: p.Step, Kind: "people", Waiting: p.Waiting, Leased: p.Leased, Done: p.Done})
	}
	return summary, nil
}

// personName is what a person is called; the id of one who is not known.
func (s *Server) personName(id string) string {
	p, err := s.o.People.Person(id)
	if err != nil {
		return id
	}
	return p.Name
}

func (s *Server) getFlow(c *call) error { return s.replyFlow(c, nil) }

// replyFlow answers with a flow as it is, after what was done to it.
func (s *Server) replyFlow(c *call, done error) error {
	if done != nil {
		return done
	}
	f, err := s.flow(c.name("id"))
	if err != nil {
		return err
	}
	return c.reply(f)
}

func (s *Server) flow(id string) (FlowDetail, error) {
	f, err := s.o.Store.Flow(id)
	if err != nil {
		return FlowDetail{}, err
	}
	summary, err := s.flowSummary(f)
	if err != nil {
		return FlowDetail{}, err
	}
	script, err := s.o.Store.Text(f.Script)
	if err != nil {
		return FlowDetail{}, err
	}
	params, err := runs.DecodeValue(f.Params)
	if err != nil {
		return FlowDetail{}, fmt.Errorf("params of flow %s: %w", id, err)
	}
	detail := FlowDetail{FlowSummary: summary, Script: script.Text}
	detail.Params, _ = params.(map[string]any)
	detail.Datasets, err = s.recorders.of(s.o.Store, id)
	return detail, err
}

func (s *Server) pauseFlow(c *call) error {
	return s.replyFlow(c, s.o.Flows.Pause(c.r.Context(), c.who.ID, c.name("id")))
}

func (s *Server) resumeFlow(c *call) error {
	return s.replyFlow(c, s.o.Flows.Resume(c.r.Context(), c.who.ID, c.name("id")))
}

func (s *Server) cancelFlow(c *call) error {
	return s.replyFlow(c, s.o.Flows.Cancel(c.r.Context(), c.who.ID, c.name("id")))
}

func (s *Server) putPriority(c *call) error {
	var in Priority
	if err := c.read(&in); err != nil {
		return err
	}
	const most = 1_000_000
	if in.Priority < -most || in.Priority > most {
		return Fail(Invalid, "A priority is a number from %d to %d.", -most, most)
	}
	return s.replyFlow(c, s.o.Flows.Priority(c.r.Context(), c.who.ID, c.name("id"), in.Priority))
}
