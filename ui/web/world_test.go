package web

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"workbench/engine/runs"
	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/flow"
	"workbench/tasks/lineage"
	"workbench/tasks/people"
	"workbench/ui/web/openai"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// shared is a buffer that several goroutines write to.
type shared struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *shared) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(text)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// world is a server with everything behind it.
type world struct {
	*Server
	store  *storage.Store
	people *people.Book
	desk   *assign.Desk
	flows  *flow.Runtime
	book   *runs.Book
	clock  *clock
	log    *shared
	at     *httptest.Server

	admin string // the secret of a key
}

// open makes a world; change may change the options before it begins.
func open(t testing.TB, change ...func(*Options)) *world {
	t.Helper()
	return openWith(t, httptest.NewServer, change...)
}

// openTLS makes a world that speaks TLS.
func openTLS(t testing.TB, change ...func(*Options)) *world {
	t.Helper()
	return openWith(t, httptest.NewTLSServer, change...)
}

func openWith(t testing.TB, listen func(http.Handler) *httptest.Server, change ...func(*Options)) *world {
	t.Helper()
	w := &world{clock: &clock{at: noon}, log: &shared{}}
	var err error
	w.store, err = storage.Open(t.TempDir(), storage.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, w.store.Close()) })
	w.people, err = people.Open(w.store, people.Options{Now: w.clock.now})
	must(t, err)
	w.admin, err = w.people.FirstAdmin(t.Context())
	must(t, err)
	w.desk, err = assign.Open(w.store, assign.Options{Now: w.clock.now})
	must(t, err)
	t.Cleanup(func() { must(t, w.desk.Close()) })
	w.people.OnChange(w.desk.SetPerson)
	w.flows, err = flow.Open(flow.Options{Store: w.store, Desk: w.desk, Programs: programs{}, Now: w.clock.now})
	must(t, err)
	t.Cleanup(func() { must(t, w.flows.Close()) })
	w.book = runs.NewBook(w.store, w.clock.now)
	o := Options{
		Store: w.store, People: w.people, Desk: w.desk, Flows: w.flows, Book: w.book, Lineage: lineage.New(w.store, nil), Now: w.clock.now,
		Log: slog.New(slog.NewTextHandler(w.log, nil)), Limits: Limits{Requests: 1e6, SignIns: 1e6},
	}
	parts := parts{w}
	o.Completers = &testCompleters{}
	o.Recipes, o.Runs, o.Models, o.Datasets, o.Device, o.Backup = parts, parts.runs(), parts.models(), parts.datasets(), parts, parts
	for _, f := range change {
		f(&o)
	}
	w.Server, err = New(o)
	must(t, err)
	t.Cleanup(func() { must(t, w.Close()) })
	w.at = listen(w.Handler())
	t.Cleanup(w.at.Close)
	return w
}

// come makes a person of a role with a session.
func (w *world) come(t testing.TB, name string, role people.Role, pools ...string) (p storage.Person, session string) {
	t.Helper()
	admin, _, err := w.people.Who(w.admin)
	must(t, err)
	secret, _, err := w.people.Invite(admin.ID, people.NewInvite{Role: role, Pools: pools, Uses: 1})
	must(t, err)
	p, session, err = w.people.Join(secret, name)
	must(t, err)
	return p, session
}

// browser is a client with cookies that follows no redirect.
func (w *world) browser(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	c := *w.at.Client()
	c.Jar = jar
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// said is a response.
type said struct {
	*http.Response
	body string
}

// failure reads a response as words.
func (s said) failure(t testing.TB) Failure {
	t.Helper()
	var f Failure
	if err := json.Unmarshal([]byte(s.body), &f); err != nil {
		t.Errorf("%d %q is no failure: %v", s.StatusCode, s.body, err)
	}
	return f
}

// words are what an error says, in whichever form.
func (s said) words(t testing.TB) string {
	t.Helper()
	var f openai.Failed
	if json.Unmarshal([]byte(s.body), &f) == nil && f.Error != nil {
		return f.Error.Message
	}
	return s.failure(t).Says
}

// ask sends a request, with a body as JSON unless it is empty; headers are in pairs.
func (w *world) ask(t testing.TB, c *http.Client, method, path, body string, headers ...string) said {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.at.URL+path, strings.NewReader(body))
	must(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	response, err := c.Do(r)
	must(t, err)
	defer func() { must(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	return said{response, string(text)}
}

// call asks as a program with a key does.
func (w *world) call(t testing.TB, secret, method, path, body string) said {
	t.Helper()
	c := *w.at.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if secret == "" {
		return w.ask(t, &c, method, path, body)
	}
	return w.ask(t, &c, method, path, body, "Authorization", "Bearer "+secret)
}

// get reads a value of wire.go.
func get[T any](t testing.TB, w *world, secret, path string) (v T) {
	t.Helper()
	answer := w.call(t, secret, "GET", path, "")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %s", path, answer.Status, answer.body)
	}
	must(t, json.Unmarshal([]byte(answer.body), &v))
	return v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// decode reads a response as a value of wire.go.
func decode[T any](t testing.TB, s said) (v T) {
	t.Helper()
	if s.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s", s.Status, s.body)
	}
	must(t, json.Unmarshal([]byte(s.body), &v))
	return v
}

// tls are the settings of a client that trusts the world's certificate; nil for a world without.
func (w *world) tls() *tls.Config {
	if transport, ok := w.at.Client().Transport.(*http.Transport); ok {
		return transport.TLSClientConfig
	}
	return nil
}
