package web

import (
	"net/url"
	"strconv"
	"strings"

	"workbench/storage"
	"workbench/tasks/lineage"
	"workbench/tasks/people"
)

// traceRoutes lead from anything to what it came from and what came of it.
var traceRoutes = []route{
	{"GET", "/api/trace/{node}", people.Researcher, plain, (*Server).getTrace},
}

// Bounds of the neighbours that are told at a time.
const (
	fewLinks  = 50
	mostLinks = 1000
	mostSkip  = 1 << 30
)

// getTrace answers for a node, or for what else a person may write for one.
func (s *Server) getTrace(c *call) error {
	if s.o.Lineage == nil {
		return noSuchPart("lineage")
	}
	limit, err := c.number("limit", fewLinks, 1, mostLinks)
	if err != nil {
		return err
	}
	skip, err := c.number("skip", 0, 0, mostSkip)
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	page := lineage.Page{Kind: storage.NodeKind(query.Get("kind")), Skip: skip, Limit: limit}
	from, to, none := page, page, lineage.Page{Limit: -1}
	switch query.Get("side") {
	case "":
	case "from":
		to = none
	case "to":
		from = none
	default:
		return Fail(Invalid, "side is from or to, not %.20q.", query.Get("side"))
	}
	n, err := s.o.Lineage.Find(c.name("node"))
	if err != nil {
		return err
	}
	found, err := s.o.Lineage.Trace(n, from, to)
	if err != nil {
		return err
	}
	out := TraceOf(found)
	if query.Get("all") == "true" {
		if out.FromAll, err = s.reach(n, lineage.Down); err != nil {
			return err
		}
		if out.ToAll, err = s.reach(n, lineage.Up); err != nil {
			return err
		}
	}
	return c.reply(out)
}

func (s *Server) reach(n storage.Node, way lineage.Direction) (map[string]int, error) {
	counts, err := s.o.Lineage.Reach(n, way)
	return byName(counts), err
}

func byName(counts map[storage.NodeKind]int) map[string]int {
	out := make(map[string]int, len(counts))
	for kind, n := range counts {
		out[string(kind)] = n
	}
	return out
}

// TraceOf is a trace as it goes over the wire.
func TraceOf(t lineage.Trace) Trace {
	out := Trace{
		Node: t.Node.String(), Kind: string(t.Node.Kind), Title: t.Title, Page: pageOf(t.Node, t.Name),
		From: linksOf(t.From.Links), To: linksOf(t.To.Links), FromNext: t.From.Next, ToNext: t.To.Next,
		FromCounts: byName(t.From.Counts), ToCounts: byName(t.To.Counts), Facts: []TraceFact{},
	}
	for _, f := range t.Facts {
		if f.Value != "" {
			out.Facts = append(out.Facts, TraceFact(f))
		}
	}
	return out
}

func linksOf(links []lineage.Link) []TraceLink {
	out := []TraceLink{}
	for _, l := range links {
		out = append(out, TraceLink{
			Node: l.Node.String(), Kind: string(l.Node.Kind), How: l.How, Title: l.Title, Page: pageOf(l.Node, l.Name),
		})
	}
	return out
}

// pageOf is the address at which the page shows a node; called is what a model is called.
func pageOf(n storage.Node, called string) string {
	of, _ := n.Cut()
	switch n.Kind {
	case storage.FlowNode:
		return "/flows/" + url.PathEscape(n.ID)
	case storage.InstanceNode:
		return "/instances/" + url.PathEscape(n.ID)
	case storage.CallNode, storage.TaskNode:
		return callPage(n.ID)
	case storage.SampleNode:
		return callPage(of)
	case storage.AnswerNode:
		return "/answers/" + url.PathEscape(n.ID)
	case storage.PersonNode:
		return "/people"
	case storage.RowNode, storage.DatasetNode:
		return "/data/" + url.PathEscape(of)
	case storage.RunNode, storage.CheckpointNode:
		return "/runs/" + url.PathEscape(of)
	case storage.ModelNode:
		if called != "" {
			return "/models/" + url.PathEscape(called)
		}
	}
	return ""
}

// callPage is where the story of an instance tells of a call.
func callPage(id string) string {
	instance, call, _ := strings.Cut(id, ":")
	call, _, _ = strings.Cut(call, "~")
	number, err := strconv.Atoi(call)
	if err != nil {
		return "/instances/" + url.PathEscape(instance)
	}
	return "/instances/" + url.PathEscape(instance) + "#call-" + strconv.Itoa(number)
}
