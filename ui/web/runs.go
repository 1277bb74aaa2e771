package web

import (
	"fmt"
	"math"
	"net/http"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/lineage"
	"workbench/tasks/people"
)

// runRoutes are about runs.
var runRoutes = []route{
	{"GET", "/api/runs", people.Researcher, plain, (*Server).getRuns},
	{"POST", "/api/runs", people.Researcher, plain, (*Server).postRun},
	{"GET", "/api/runs/{id}", people.Researcher, plain, (*Server).getRun},
	{"GET", "/api/runs/{id}/record", people.Researcher, plain, (*Server).getRecord},
	{"GET", "/api/runs/{id}/metrics", people.Researcher, plain, (*Server).getMetrics},
	{"GET", "/api/runs/{id}/samples", people.Researcher, plain, (*Server).getSamples},
	{"POST", "/api/runs/{id}/stop", people.Researcher, plain, (*Server).stopRun},
	{"POST", "/api/runs/{id}/resume", people.Researcher, plain, (*Server).resumeRun},
}

// mostRuns is how many of the newest runs are listed.
const mostRuns = 500

func (s *Server) getRuns(c *call) error {
	all, err := s.runs()
	if err != nil {
		return err
	}
	return c.reply(all)
}

func (s *Server) runs() ([]RunSummary, error) {
	kept, err := s.o.Book.Runs("", mostRuns)
	if err != nil {
		return nil, err
	}
	all := make([]RunSummary, 0, len(kept))
	for _, r := range kept {
		summary, err := s.runSummary(r)
		if err != nil {
			return nil, err
		}
		all = append(all, summary)
	}
	return all, nil
}

func (s *Server) runSummary(r runs.Run) (RunSummary, error) {
	out := RunSummary{ID: r.ID, Name: r.Name, Script: r.Script.Name, Status: string(r.Status), Error: r.Error, Started: r.Started}
	if r.For != "" {
		out.Call = storage.Node{Kind: storage.CallNode, ID: r.For}.String()
	}
	if !r.Ended.IsZero() {
		out.Ended = &r.Ended
	}
	left, err := s.left.of(s.o.Book, r)
	if err != nil {
		return out, err
	}
	out.Step = left.step
	if s.o.Runs != nil {
		if live, ok := s.o.Runs.Live(r.ID); ok {
			out.Step, out.Steps, out.Says = max(out.Step, live.Step), live.Steps, live.Says
		}
	}
	return out, nil
}

func (s *Server) getRun(c *call) error { return s.replyRun(c, http.StatusOK, c.name("id"), nil) }

// replyRun answers with a run as it is, after what was done to it.
func (s *Server) replyRun(c *call, status int, id string, done error) error {
	if done != nil {
		return done
	}
	r, err := s.run(id)
	if err != nil {
		return err
	}
	return c.replyWith(status, r)
}

func (s *Server) run(id string) (RunDetail, error) {
	r, err := s.o.Book.Run(id)
	if err != nil {
		return RunDetail{}, err
	}
	summary, err := s.runSummary(r)
	if err != nil {
		return RunDetail{}, err
	}
	left, err := s.left.of(s.o.Book, r)
	if err != nil {
		return RunDetail{}, err
	}
	out := RunDetail{
		RunSummary: summary, Text: r.Script.Text, Params: r.Params, Seed: r.Seed, Result: r.Result, Hash: r.Script.SHA256,
		Versions: RunVersions{Binary: r.Versions.Binary, Runtime: r.Versions.Runtime, Device: r.Device},
		Tables:   left.tables, PeakBytes: r.Resources.PeakRSS, Used: runUse(r.Resources),
		Resumable: r.Status == runs.Stopped || r.Status == runs.Failed,
	}
	if s.o.Runs != nil {
		if live, ok := s.o.Runs.Live(r.ID); ok {
			out.Used = runUse(live.Used)
			out.PeakBytes = out.Used.PeakBytes
		}
	}
	reads, err := s.o.Book.Reads(id)
	if err != nil {
		return out, err
	}
	out.Inputs = CitedIn(r, reads)
	if out.Diagnoses, err = s.diagnosed.of(s.o.Book, r, s.o.Now()); err != nil {
		return out, err
	}
	checks, err := s.o.Book.Invariants(id)
	if err != nil {
		return out, err
	}
	for _, v := range checks {
		detail := fmt.Sprintf("%.4g, limit %.4g. %s", v.Value, v.Limit, v.Detail)
		out.Invariants = append(out.Invariants, RunCheck{Name: v.Name, OK: v.Passed, Detail: detail, Step: v.Step})
	}
	models, err := s.o.Store.Models()
	if err != nil {
		return out, err
	}
	for _, m := range models {
		if m.FromRun == id {
			out.Models = append(out.Models, m.Name)
		}
	}
	return out, nil
}

// CitedIn is what a run has read, and how much of it.
func CitedIn(r runs.Run, reads []runs.Read) []Cited {
	all := []Cited{}
	for _, in := range r.Inputs {
		one := Cited{Kind: in.Kind, Name: in.Name, SHA256: in.SHA256, Records: in.Records, Node: lineage.InputNode(in).String()}
		for _, read := range reads {
			if read.SHA256 == in.SHA256 && read.Rows == in.Rows {
				one.Used, one.HeldOut = read.Used.Count(), read.HeldOut.Count()
			}
		}
		all = append(all, one)
	}
	return all
}

func runUse(r runs.Resources) RunUse {
	return RunUse{
		CPUSeconds: r.CPUSeconds, PeakBytes: r.PeakRSS, Sampled: r.Sampled.PerSecond(), Scored: r.Scored.PerSecond(),
		Trained: r.Trained.PerSecond(), Left: r.Left.Seconds(),
	}
}

func (s *Server) postRun(c *call) error {
	var in Start
	if err := c.read(&in); err != nil {
		return err
	}
	if s.o.Runs == nil {
		return noSuchPart("a device to run on")
	}
	id, err := s.o.Runs.Start(c.r.Context(), c.who.ID, in)
	return s.replyRun(c, http.StatusCreated, id, err)
}

func (s *Server) stopRun(c *call) error {
	if s.o.Runs == nil {
		return noSuchPart("a device to run on")
	}
	return s.replyRun(c, http.StatusOK, c.name("id"), s.o.Runs.Stop(c.r.Context(), c.name("id")))
}

func (s *Server) resumeRun(c *call) error {
	if s.o.Runs == nil {
		return noSuchPart("a device to run on")
	}
	return s.replyRun(c, http.StatusOK, c.name("id"), s.o.Runs.Resume(c.r.Context(), c.who.ID, c.name("id")))
}

func (s *Server) getMetrics(c *call) error {
	from, err := c.number("from", 0, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	if _, err := s.o.Book.Run(c.name("id")); err != nil {
		return err
	}
	all, _, err := s.metrics(c.name("id"), from)
	if err != nil {
		return err
	}
	return c.reply(all)
}

// metrics are a run's curves from a step on, and the last step that is in them.
func (s *Server) metrics(id string, from int) (all []MetricSeries, last int, err error) {
	kept, err := s.o.Book.MetricsFrom(id, from)
	if err != nil {
		return nil, from, err
	}
	last = from
	for _, series := range runs.SeriesOf(kept) {
		one := MetricSeries{Name: series.Name, Steps: series.Steps}
		for i := range series.Values {
			if v := &series.Values[i]; math.IsNaN(*v) || math.IsInf(*v, 0) {
				one.Values = append(one.Values, nil)
			} else {
				one.Values = append(one.Values, v)
			}
			last = max(last, series.Steps[i])
		}
		all = append(all, one)
	}
	return all, last, nil
}

// getRecord answers with all that is on record of a run, in one piece.
func (s *Server) getRecord(c *call) error {
	r, err := s.o.Book.Record(c.name("id"))
	if err != nil {
		return err
	}
	return c.reply(r)
}

func (s *Server) getSamples(c *call) error {
	step, err := c.number("step", -1, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	id, name := c.name("id"), c.r.URL.Query().Get("table")
	if _, err := s.o.Book.Run(id); err != nil {
		return err
	}
	if step < 0 {
		steps, err := s.o.Book.SampleSteps(id)
		if err != nil {
			return err
		}
		if len(steps) > 0 {
			step = steps[len(steps)-1]
		}
	}
	tables, err := s.o.Book.Samples(id, max(step, 0))
	if err != nil {
		return err
	}
	for _, t := range tables {
		if name == "" || t.Name == name {
			return c.reply(sampleRows(t))
		}
	}
	return Fail(NotFound, "The run has no table %q at step %d.", name, max(step, 0))
}

func sampleRows(t runs.SampleTable) SampleRows {
	out := SampleRows{Name: t.Name, Step: t.Step}
	for _, cells := range t.Rows {
		row := map[string]any{}
		for i, column := range t.Columns {
			if i < len(cells) {
				row[column] = cells[i]
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}
