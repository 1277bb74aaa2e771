package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"workbench/tasks/people"
)

func TestSignInsAreCounted(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.SignIns = 0.05 }) // five at once, then one in 20 s
	ways := []func() said{
		func() said { return w.call(t, "", "POST", "/api/session", `{"token": "guess"}`) },
		func() said { return w.call(t, "guess", "GET", "/api/me", "") },
		func() said { return w.call(t, "", "GET", "/?token=guess", "") },
	}
	for i := range 5 {
		if got := ways[i%3](); got.StatusCode == http.StatusTooManyRequests || got.Header.Get("Location") == "/?signin=later" {
			t.Errorf("guess %d: %s %s", i, got.Status, got.body)
		}
	}
	for i, way := range ways {
		got := way()
		if got.StatusCode != http.StatusTooManyRequests && got.Header.Get("Location") != "/?signin=later" {
			t.Errorf("a sixth guess, way %d: %s %s", i, got.Status, got.body)
		}
	}
	if got := w.call(t, w.admin, "GET", "/api/me", ""); got.StatusCode != http.StatusOK {
		t.Errorf("who is known meanwhile: %s", got.Status)
	}
	w.clock.pass(time.Minute)
	if got := ways[0](); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("a minute later: %s", got.Status)
	}
}

func TestRequestsAreCountedByCredential(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.Requests = 5 })
	_, anna := w.come(t, "Anna", people.Annotator)
	_, ben := w.come(t, "Ben", people.Annotator)
	var last said
	for range 11 {
		last = w.call(t, anna, "GET", "/api/me", "")
	}
	if last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" || last.failure(t).Code != TooMany {
		t.Errorf("the eleventh: %s %s", last.Status, last.body)
	}
	if got := w.call(t, ben, "GET", "/api/me", ""); got.StatusCode != http.StatusOK {
		t.Errorf("somebody else: %s", got.Status)
	}
}

func TestBodies(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.Body = 1000 })
	for _, c := range []struct {
		what, body, kind string
		want             int
	}{
		{"fine", `{"name": "spring"}`, "application/json", 201},
		{"with a charset", `{"name": "spring"}`, "application/json; charset=utf-8", 201},
		{"too large", `{"name": "` + strings.Repeat("x", 2000) + `"}`, "application/json", 413},
		{"a form of another site", "name=x", "application/x-www-form-urlencoded", 400},
		{"JSON as text, which forms can send", `{"name": "x"}`, "text/plain", 400},
		{"a name that there isn't", `{"nam": "x"}`, "application/json", 400},
		{"more than one", `{}{}`, "application/json", 400},
		{"half of it", `{"name": `, "application/json", 400},
		{"another type", `{"name": 1}`, "application/json", 400},
		{"numbers that don't fit", `{"uses": 1e99}`, "application/json", 400},
	} {
		got := w.ask(t, w.at.Client(), "POST", "/api/invites", c.body, "Authorization", "Bearer "+w.admin, "Content-Type", c.kind)
		if got.StatusCode != c.want || c.want >= 400 && got.failure(t).Says == "" {
			t.Errorf("%s: got %s %s, want %d", c.what, got.Status, got.body, c.want)
		}
	}
}

func TestRatesOfStrangersAreForgotten(t *testing.T) {
	c := &clock{at: noon}
	l := newLimiters(1, 2, c.now)
	for i := range most + 10 {
		l.allow(fmt.Sprint(i))
		if i == most/2 {
			c.pass(time.Hour)
		}
	}
	if n := len(l.all); n > most {
		t.Errorf("%d rates are kept, at most %d", n, most)
	}
	// With nobody idle, all begin anew: a bound on memory goes before a rate.
	full := newLimiters(1, 2, c.now)
	for i := range most + 1 {
		full.allow(fmt.Sprint(i))
	}
	if n := len(full.all); n != 1 {
		t.Errorf("%d rates are kept, want 1", n)
	}
}
