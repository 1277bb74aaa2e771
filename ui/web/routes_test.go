package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/people"
	"workbench/ui/web/openai"
)

// actors are who asks for everything, in the order of the columns of expectations.
var actors = []string{"nobody", "expired", "switched off", "user key", "annotator", "researcher", "admin"}

// Columns that many routes have: everybody, whoever is signed in, researchers, admins. 2xx stands for the
// success that the row names.
const (
	toAll   = "ok ok ok ok ok ok ok"
	toIn    = "401 401 401 403 ok ok ok"
	toRes   = "401 401 401 403 403 ok ok"
	toAdmin = "401 401 401 403 403 403 ok"
	toAPI   = "401 401 401 ok 403 ok ok"
)

// expectations is what each route answers to each actor. Words in braces are objects that are made anew for
// each request. A route that does not stand here fails the test.
var expectations = []struct {
	route, path, body string
	ok                int
	who               string
}{
	{"GET /{$}", "/", "", 200, toAll},
	{"GET /{$}", "/?invite=x", "", 200, toAll},
	{" /", "/flows/01K", "", 200, toAll},
	{"GET /app/{file...}", "/app/plain.js", "", 200, toAll},
	{"GET /healthz", "/healthz", "", 200, toAll},

	{"POST /api/session", "/api/session", `{"token": "{token}"}`, 201, toAll},
	{"POST /api/session", "/api/session", `{"invite": "{secret}", "name": "{name}"}`, 201, "ok ok ok 409 409 409 409"},
	{"DELETE /api/session", "/api/session", "", 204, toIn},
	{"GET /api/me", "/api/me", "", 200, toIn},
	{"GET /api/me/history", "/api/me/history", "", 200, toIn},
	{"GET /ws/work", "/ws/work", "", 400, toIn}, // without an upgrade; with one below

	{"GET /api/people", "/api/people", "", 200, toRes},
	{"PATCH /api/people/{id}", "/api/people/{person}", `{"pools": ["x"]}`, 200, toRes},
	{"PATCH /api/people/{id}", "/api/people/{person}", `{"role": "researcher"}`, 200, toAdmin},
	{"PATCH /api/people/{id}", "/api/people/{other admin}", `{"disabled": true}`, 200, toAdmin},
	{"PATCH /api/people/{id}", "/api/people/{other researcher}", `{"name": "{name}"}`, 200, toAdmin},
	{"PATCH /api/people/{id}", "/api/people/01K", `{"pools": ["x"]}`, 404, toRes},
	{"GET /api/invites", "/api/invites", "", 200, toRes},
	{"POST /api/invites", "/api/invites", `{"role": "annotator"}`, 201, toRes},
	{"POST /api/invites", "/api/invites", `{"role": "admin"}`, 201, toAdmin},
	{"DELETE /api/invites/{id}", "/api/invites/{invite}", "", 204, toRes},
	{"DELETE /api/invites/{id}", "/api/invites/{admin's invite}", "", 204, toAdmin},
	{"DELETE /api/invites/{id}", "/api/invites/01K", "", 404, toRes},
	{"POST /api/keys", "/api/keys", `{"name": "a program"}`, 201, toRes},
	{"POST /api/keys", "/api/keys", `{"name": "a program", "role": "user"}`, 201, toRes},
	{"POST /api/keys", "/api/keys", `{"name": "a program", "role": "admin"}`, 400, toRes},
	{"POST /api/keys", "/api/keys", `{"name": "a program", "role": "user", "person": "{person}"}`, 403, toRes},
	{"POST /api/keys", "/api/keys", `{"name": "a program", "person": "{person}"}`, 201, toRes},
	{"POST /api/keys", "/api/keys", `{"name": "a program", "person": "{other admin}"}`, 201, toAdmin},

	{"GET /api/recipes", "/api/recipes", "", 200, toRes},
	{"GET /api/recipes/{name}", "/api/recipes/compare", "", 200, toRes},
	{"GET /api/recipes/{name}", "/api/recipes/none", "", 404, toRes},
	{"POST /api/check", "/api/check", `{"script": "def flow(item): pass"}`, 200, toRes},
	{"POST /api/check", "/api/check", `{"script": "?"}`, 400, toRes},
	{"GET /api/flows", "/api/flows", "", 200, toRes},
	{"POST /api/flows", "/api/flows", `{"recipe": "compare", "params": {}}`, 201, toRes},
	{"POST /api/flows", "/api/flows", `{"recipe": "none", "params": {}}`, 404, toRes},
	{"GET /api/flows/{id}", "/api/flows/{flow}", "", 200, toRes},
	{"GET /api/flows/{id}", "/api/flows/01K", "", 404, toRes},
	{"POST /api/flows/{id}/pause", "/api/flows/{flow}/pause", "{}", 200, toRes},
	{"POST /api/flows/{id}/pause", "/api/flows/01K/pause", "{}", 404, toRes},
	{"POST /api/flows/{id}/resume", "/api/flows/{paused}/resume", "{}", 200, toRes},
	{"POST /api/flows/{id}/cancel", "/api/flows/{flow}/cancel", "{}", 200, toRes},
	{"PUT /api/flows/{id}/priority", "/api/flows/{flow}/priority", `{"priority": 3}`, 200, toRes},
	{"PUT /api/flows/{id}/priority", "/api/flows/{flow}/priority", `{"priority": 3000000}`, 400, toRes},
	{"GET /api/flows/{id}/instances", "/api/flows/{flow}/instances?status=waiting&limit=10", "", 200, toRes},
	{"GET /api/flows/{id}/instances", "/api/flows/{flow}/instances?status=odd", "", 400, toRes},
	{"GET /api/flows/{id}/instances", "/api/flows/01K/instances", "", 404, toRes},
	{"GET /api/instances/{id}", "/api/instances/{instance}", "", 200, toRes},
	{"GET /api/instances/{id}", "/api/instances/01K", "", 404, toRes},
	{"POST /api/instances/{id}/reopen", "/api/instances/{answered}/reopen", `{"call": 1}`, 200, toRes},
	{"POST /api/instances/{id}/reopen", "/api/instances/01K/reopen", `{"call": 1}`, 404, toRes},
	{"POST /api/instances/{id}/retry", "/api/instances/{parked}/retry", "{}", 200, toRes},
	{"POST /api/instances/{id}/retry", "/api/instances/{instance}/retry", "{}", 409, toRes},
	{"POST /api/instances/{id}/signal", "/api/instances/{instance}/signal", `{"name": "go", "value": 1}`, 200, toRes},
	{"GET /api/answers/{id}", "/api/answers/{answer}", "", 200, toRes},
	{"GET /api/answers/{id}", "/api/answers/01K", "", 404, toRes},
	{"GET /ws/live", "/ws/live", "", 400, toRes},

	{"GET /api/runs", "/api/runs", "", 200, toRes},
	{"POST /api/runs", "/api/runs", `{"recipe": "first", "params": {}}`, 201, toRes},
	{"GET /api/runs/{id}", "/api/runs/{run}", "", 200, toRes},
	{"GET /api/runs/{id}", "/api/runs/01K", "", 404, toRes},
	{"GET /api/runs/{id}/record", "/api/runs/{run}/record", "", 200, toRes},
	{"GET /api/runs/{id}/record", "/api/runs/01K/record", "", 404, toRes},
	{"GET /api/runs/{id}/metrics", "/api/runs/{run}/metrics?from=0", "", 200, toRes},
	{"GET /api/runs/{id}/metrics", "/api/runs/{run}/metrics?from=x", "", 400, toRes},
	{"GET /api/runs/{id}/samples", "/api/runs/{run}/samples?table=samples", "", 200, toRes},
	{"GET /api/runs/{id}/samples", "/api/runs/{run}/samples?table=none", "", 404, toRes},
	{"POST /api/runs/{id}/stop", "/api/runs/{run}/stop", "{}", 200, toRes},
	{"POST /api/runs/{id}/resume", "/api/runs/{run}/resume", "{}", 200, toRes},
	{"POST /api/runs/{id}/resume", "/api/runs/01K/resume", "{}", 404, toRes},

	{"GET /api/trace/{node}", "/api/trace/run:{run}", "", 200, toRes},
	{"GET /api/trace/{node}", "/api/trace/answer:{answer}?side=to&kind=row&limit=5&all=true", "", 200, toRes},
	{"GET /api/trace/{node}", "/api/trace/sample:01K.0000001:00002%2F1", "", 404, toRes},
	{"GET /api/trace/{node}", "/api/trace/answer:{answer}?side=above", "", 400, toRes},

	{"GET /api/datasets", "/api/datasets", "", 200, toRes},
	{"GET /api/datasets/{name}", "/api/datasets/pairs?offset=1&limit=2", "", 200, toRes},
	{"GET /api/datasets/{name}", "/api/datasets/..%2F..%2Fetc%2Fpasswd", "", 404, toRes},
	{"POST /api/datasets/{name}", "/api/datasets/new?file=a.jsonl", "{}", 200, toRes},
	{"GET /api/datasets/{name}/export", "/api/datasets/pairs/export", "", 200, toRes},
	{"GET /api/datasets/{name}/export", "/api/datasets/pairs/export?format=exe", "", 400, toRes},
	{"DELETE /api/datasets/{name}", "/api/datasets/pairs", "", 204, toRes},
	{"DELETE /api/datasets/{name}", "/api/datasets/none", "", 404, toRes},

	{"GET /api/models", "/api/models", "", 200, toRes},
	{"GET /api/models/{name}", "/api/models/embedded", "", 200, toRes},
	{"GET /api/models/{name}", "/api/models/none", "", 404, toRes},
	{"POST /api/models/{name}/try", "/api/models/embedded/try", `{"prompt": "x", "temperature": 1}`, 200, toRes},
	{"GET /api/device", "/api/device", "", 200, toRes},

	{"GET /v1/models", "/v1/models", "", 200, toAPI},
	{"GET /v1/models/{id...}", "/v1/models/embedded", "", 200, toAPI},
	{"GET /v1/models/{id...}", "/v1/models/run:x/policy", "", 404, toAPI},
	{"POST /v1/chat/completions", "/v1/chat/completions", `{"messages": [{"role": "user", "content": "x"}]}`, 200, toAPI},
	{"POST /v1/chat/completions", "/v1/chat/completions", `{"model": "none", "messages": [{"role": "user", "content": "x"}]}`, 404, toAPI},
	{"POST /v1/completions", "/v1/completions", `{"prompt": "x"}`, 200, toAPI},
	{"POST /v1/completions", "/v1/completions", `{}`, 400, toAPI},
	{"POST /v1/feedback", "/v1/feedback", `{"kind": "thumbs", "completion_id": "{completion}", "value": "up"}`, 201, "401 401 401 404 403 ok ok"},
	{"POST /v1/feedback", "/v1/feedback", `{"kind": "thumbs", "completion_id": "{own completion}", "value": "up"}`, 201, toAPI},
	{"POST /v1/feedback", "/v1/feedback", `{"kind": "thumbs", "completion_id": "none", "value": "up"}`, 404, toAPI},
	{"POST /v1/feedback", "/v1/feedback", `{"kind": "odd"}`, 400, toAPI},

	{"GET /api/backup", "/api/backup", "", 200, toAdmin},
	{"GET /api/events", "/api/events?from=1&limit=3", "", 200, toAdmin},
}

// TestWhoMayWhat asks for everything as everybody.
func TestWhoMayWhat(t *testing.T) {
	w := open(t, withPage)
	cast := newCast(t, w)
	expected := map[string]bool{}
	for _, e := range expectations {
		expected[e.route] = true
		for i, want := range strings.Fields(e.who) {
			if want == "ok" {
				want = fmt.Sprint(e.ok)
			}
			method, _, _ := strings.Cut(e.route, " ")
			secret, path, body := cast.secret(t, actors[i]), cast.fill(t, e.path), cast.fill(t, e.body)
			got := w.ask(t, w.browser(t), methodOr(method), path, body, withSecret(secret)...)
			if fmt.Sprint(got.StatusCode) != want {
				t.Errorf("%s %s by %s: got %s %.300s, want %s", e.route, path, actors[i], got.Status, got.body, want)
			}
			if got.StatusCode >= http.StatusBadRequest && got.words(t) == "" {
				t.Errorf("%s %s by %s: nothing is said", e.route, path, actors[i])
			}
		}
	}
	for _, rt := range w.routes() {
		if !expected[rt.method+" "+rt.path] {
			t.Errorf("nothing is expected of the route %q: who may?", rt.method+" "+rt.path)
		}
		delete(expected, rt.method+" "+rt.path)
	}
	for name := range expected {
		t.Errorf("there is no route %q any more", name)
	}
}

func methodOr(method string) string {
	if method == "" {
		return http.MethodGet
	}
	return method
}

func withSecret(secret string) []string {
	headers := []string{"Accept", "text/html, application/json"}
	if secret != "" {
		headers = append(headers, "Authorization", "Bearer "+secret)
	}
	return headers
}

// cast are the actors and what they act on.
type cast struct {
	w    *world
	keys map[string]string // of those who may come in, by actor
	lost map[string]string // sessions of those who may not
	// given is a key for the API alone.
	given string
	n     int
}

func newCast(t *testing.T, w *world) *cast {
	t.Helper()
	c := &cast{w: w, keys: map[string]string{"admin": w.admin}, lost: map[string]string{"nobody": ""}}
	admin := w.idOf(t, w.admin)
	_, c.lost["expired"] = w.come(t, "Ex", people.Admin)
	w.clock.pass(91 * 24 * time.Hour)
	off, session := w.come(t, "Off", people.Admin)
	yes := true
	_, err := w.people.Change(admin, off.ID, people.Change{Disabled: &yes})
	must(t, err)
	c.lost["switched off"] = session
	for name, role := range map[string]people.Role{"annotator": people.Annotator, "researcher": people.Researcher} {
		p, _ := w.come(t, "The "+name, role)
		c.keys[name], _, err = w.people.NewKey(admin, p.ID, "test", "")
		must(t, err)
	}
	c.given, _, err = w.people.NewKey(admin, admin, "given away", people.User)
	must(t, err)
	return c
}

// secret is a session of an actor, made for one request: who signs out is not out of the others.
func (c *cast) secret(t *testing.T, actor string) string {
	t.Helper()
	if lost, ok := c.lost[actor]; ok {
		return lost
	}
	if actor == "user key" {
		return c.given // nobody signs in with it
	}
	_, session, err := c.w.people.SignIn(c.keys[actor])
	must(t, err)
	return session
}

// fill puts fresh objects in the place of their names.
func (c *cast) fill(t *testing.T, text string) string {
	t.Helper()
	for name, object := range objects {
		if strings.Contains(text, "{"+name+"}") {
			text = strings.ReplaceAll(text, "{"+name+"}", object(t, c))
		}
	}
	return text
}

func (c *cast) fresh(name string) string {
	c.n++
	return fmt.Sprintf("%s %d", name, c.n)
}

// objects make what requests are about.
var objects = map[string]func(*testing.T, *cast) string{
	"name":             func(_ *testing.T, c *cast) string { return c.fresh("Newcomer") },
	"token":            func(_ *testing.T, c *cast) string { return c.w.admin },
	"secret":           func(t *testing.T, c *cast) string { return c.invite(t, people.Annotator, true) },
	"invite":           func(t *testing.T, c *cast) string { return c.invite(t, people.Annotator, false) },
	"admin's invite":   func(t *testing.T, c *cast) string { return c.invite(t, people.Admin, false) },
	"person":           func(t *testing.T, c *cast) string { return c.person(t, people.Annotator).ID },
	"other researcher": func(t *testing.T, c *cast) string { return c.person(t, people.Researcher).ID },
	"other admin":      func(t *testing.T, c *cast) string { return c.person(t, people.Admin).ID },
	"run":              func(t *testing.T, c *cast) string { return c.run(t) },
	"flow":             func(t *testing.T, c *cast) string { return c.flow(t, nil) },
	"paused":           func(t *testing.T, c *cast) string { return c.paused(t) },
	"instance":         func(t *testing.T, c *cast) string { return c.instance(t, nil, "waiting") },
	"parked":           func(t *testing.T, c *cast) string { return c.instance(t, map[string]any{"fails": true}, "parked") },
	"answered":         func(t *testing.T, c *cast) string { instance, _ := c.answered(t); return instance },
	"completion":       func(t *testing.T, c *cast) string { return c.completion(t, c.w.admin) },
	"own completion":   func(t *testing.T, c *cast) string { return c.completion(t, c.given) },
	"answer":           func(t *testing.T, c *cast) string { _, answer := c.answered(t); return answer },
}

func (c *cast) completion(t *testing.T, secret string) string {
	t.Helper()
	said := c.w.call(t, secret, "POST", "/v1/completions", fmt.Sprintf(`{"prompt": %q}`, c.fresh("prompt")))
	return decode[openai.Completion](t, said).ID
}

func (c *cast) person(t *testing.T, role people.Role) storage.Person {
	t.Helper()
	p, _ := c.w.come(t, c.fresh("Somebody"), role)
	return p
}

func (c *cast) invite(t *testing.T, role people.Role, secret bool) string {
	t.Helper()
	s, made, err := c.w.people.Invite(c.w.idOf(t, c.w.admin), people.NewInvite{Role: role})
	must(t, err)
	if secret {
		return s
	}
	return made.ID
}

func (c *cast) run(t *testing.T) string {
	t.Helper()
	r, err := c.w.book.Start(runs.Run{Name: "r"})
	must(t, err)
	must(t, r.Log(1, map[string]float64{"loss": 1}))
	must(t, r.LogSamples(runs.SampleTable{Step: 1, Name: "samples", Columns: []string{"x"}, Rows: [][]any{{"y"}}}))
	return r.ID()
}

func (c *cast) flow(t *testing.T, more map[string]any) string {
	t.Helper()
	if more == nil {
		more = map[string]any{"pool": "nobody's"} // so that it is not in the way of what is to be answered
	}
	id, err := c.w.startFlow(t.Context(), c.w.idOf(t, c.w.admin), items(1, more))
	must(t, err)
	return id
}

func (c *cast) paused(t *testing.T) string {
	t.Helper()
	id := c.flow(t, nil)
	must(t, c.w.flows.Pause(t.Context(), c.w.idOf(t, c.w.admin), id))
	return id
}

func (c *cast) instance(t *testing.T, more map[string]any, status string) string {
	t.Helper()
	id := storage.InstanceID(c.flow(t, more), 0)
	until(t, "the instance is "+status, func() bool {
		i, err := c.w.store.Instance(id)
		return err == nil && i.Status == status
	})
	return id
}

// answered is an instance whose question somebody has answered, and the answer.
func (c *cast) answered(t *testing.T) (instance, answer string) {
	t.Helper()
	pool := c.fresh("pool")
	instance = c.instance(t, map[string]any{"pool": pool}, "waiting")
	task := storage.TaskID(instance, 1)
	p, _ := c.w.come(t, c.fresh("Answerer"), people.Annotator, pool)
	lease, err := c.w.desk.Pull(t.Context(), p.ID)
	must(t, err)
	if lease.Task != task {
		t.Fatalf("got task %s, want %s", lease.Task, task)
	}
	receipt, err := c.w.desk.Submit(t.Context(), assign.Submission{
		Person: p.ID, Lease: lease.ID, Key: "k", Values: json.RawMessage(`{"preference": 3}`), Seconds: 2,
	})
	must(t, err)
	until(t, "the instance is done", func() bool {
		i, err := c.w.store.Instance(instance)
		return err == nil && i.Status == "done"
	})
	return instance, receipt.Answer.ID
}
