package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"workbench/tasks/people"
)

func TestATokenBecomesACookieAndLeavesTheAddress(t *testing.T) {
	for _, tls := range []bool{false, true} {
		w := open
		if tls {
			w = openTLS
		}
		world := w(t)
		c := world.browser(t)
		first := world.ask(t, c, "GET", "/", "")
		if first.StatusCode != http.StatusOK || !strings.HasPrefix(first.Header.Get("Content-Type"), "text/html") {
			t.Errorf("the page for nobody: %s, %s", first.Status, first.Header.Get("Content-Type"))
		}
		if me := world.ask(t, c, "GET", "/api/me", ""); me.StatusCode != http.StatusUnauthorized || me.failure(t).Code != Unauthorized {
			t.Errorf("who nobody is: %s %s", me.Status, me.body)
		}
		in := world.ask(t, c, "GET", "/?token="+world.admin, "")
		if in.StatusCode != http.StatusSeeOther || in.Header.Get("Location") != "/" {
			t.Errorf("the token: %s to %q", in.Status, in.Header.Get("Location"))
		}
		cookies := in.Cookies()
		if len(cookies) != 1 {
			t.Fatalf("got cookies %v, want one", cookies)
		}
		k := cookies[0]
		if !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || k.Secure != tls {
			t.Errorf("over TLS %v, the cookie is %v", tls, k)
		}
		if strings.Contains(in.body, world.admin) || k.Value == world.admin {
			t.Error("the token itself is handed on")
		}
		me := world.ask(t, c, "GET", "/api/me", "")
		if me.StatusCode != http.StatusOK || !strings.Contains(me.body, `"role":"admin"`) {
			t.Errorf("who the admin is: %s %s", me.Status, me.body)
		}
		out := world.ask(t, c, "DELETE", "/api/session", "", "Origin", world.at.URL)
		if out.StatusCode != http.StatusNoContent {
			t.Errorf("sign out: %s %s", out.Status, out.body)
		}
		again := world.call(t, k.Value, "GET", "/api/me", "")
		if again.StatusCode != http.StatusUnauthorized {
			t.Errorf("the session after signing out: %s", again.Status)
		}
	}
}

func TestTokensThatAreNotValid(t *testing.T) {
	w := open(t)
	_, session := w.come(t, "Anna", people.Annotator)
	for what, token := range map[string]string{"a guess": "guess", "a session": session, "markup": "<script>"} {
		in := w.ask(t, w.browser(t), "GET", "/?token="+token, "")
		if in.StatusCode != http.StatusSeeOther || in.Header.Get("Location") != "/?signin=failed" || len(in.Cookies()) > 0 {
			t.Errorf("%s: %s to %q with %v", what, in.Status, in.Header.Get("Location"), in.Cookies())
		}
	}
}

func TestAnInvitationIsTheWayIn(t *testing.T) {
	w := openTLS(t)
	made := w.call(t, w.admin, "POST", "/api/invites", `{"role": "annotator", "pools": ["judges"], "uses": 1, "hours": 2}`)
	invite := decode[Invite](t, made)
	link, ok := strings.CutPrefix(invite.Link, w.at.URL)
	if made.StatusCode != http.StatusCreated || !ok {
		t.Fatalf("made %s %s", made.Status, made.body)
	}
	c := w.browser(t)
	if shown := w.ask(t, c, "GET", link, ""); shown.StatusCode != http.StatusOK || len(shown.Cookies()) > 0 {
		t.Errorf("the link: %s, %v", shown.Status, shown.Cookies())
	}
	body := `{"invite": "` + strings.TrimPrefix(link, "/?invite=") + `", "name": "Anna"}`
	in := w.ask(t, c, "POST", "/api/session", body, "Origin", w.at.URL)
	if me := decode[Me](t, in); in.StatusCode != http.StatusCreated || me.Name != "Anna" || me.Role != "annotator" || len(me.Pools) != 1 {
		t.Errorf("joined: %s %s", in.Status, in.body)
	}
	// Who is somebody already does not become another.
	if in := w.ask(t, c, "POST", "/api/session", body, "Origin", w.at.URL); in.StatusCode != http.StatusConflict {
		t.Errorf("joined again: %s %s", in.Status, in.body)
	}
	if in := w.ask(t, w.browser(t), "POST", "/api/session", body); in.StatusCode != http.StatusUnauthorized {
		t.Errorf("one too many: %s %s", in.Status, in.body)
	}
	for _, i := range get[[]Invite](t, w, w.admin, "/api/invites") {
		if i.Link != "" || i.Used != 1 {
			t.Errorf("the list: %+v", i)
		}
	}
}

func TestAKeyIsALinkToo(t *testing.T) {
	w := open(t)
	anna, _ := w.come(t, "Anna", people.Annotator)
	key := decode[Key](t, w.call(t, w.admin, "POST", "/api/keys", `{"name": "her phone", "person": "`+anna.ID+`"}`))
	c := w.browser(t)
	w.ask(t, c, "GET", strings.TrimPrefix(key.Link, w.at.URL), "")
	if me := decode[Me](t, w.ask(t, c, "GET", "/api/me", "")); me.ID != anna.ID {
		t.Errorf("the link signs in %+v, want Anna", me)
	}
	if me := get[Me](t, w, key.Token, "/api/me"); me.ID != anna.ID {
		t.Errorf("the key is %+v's, want Anna's", me)
	}
}

func TestSecretsAreNowhereElse(t *testing.T) {
	w := open(t)
	c := w.browser(t)
	w.ask(t, c, "GET", "/?token="+w.admin, "")
	w.ask(t, c, "GET", "/?token=wrong-"+w.admin, "")
	w.call(t, "wrong-"+w.admin, "GET", "/api/people", "")
	must(t, w.store.Close()) // from now on everything that writes fails, and is logged
	if broken := w.call(t, w.admin, "POST", "/api/invites", `{}`); broken.StatusCode != http.StatusInternalServerError {
		t.Errorf("without a store: %s %s", broken.Status, broken.body)
	}
	w.ask(t, c, "GET", "/?token="+w.admin, "")
	if strings.Contains(w.log.String(), w.admin) {
		t.Errorf("the log holds a secret:\n%s", w.log)
	}
}

func TestAddressesOfThePage(t *testing.T) {
	w := open(t)
	for path, want := range map[string]int{
		"/flows/01K": http.StatusOK, "/nowhere/at/all": http.StatusOK, "/api/nothing": http.StatusNotFound,
		"/ws/nothing": http.StatusNotFound, "/app/nothing.js": http.StatusNotFound, "/app/../../etc/passwd": http.StatusTemporaryRedirect,
		"/app/..%2f..%2fgo.mod": http.StatusNotFound, "/healthz": http.StatusOK,
	} {
		got := w.ask(t, w.browser(t), "GET", path, "", "Accept", "text/html,*/*")
		if got.StatusCode != want {
			t.Errorf("GET %s: got %s, want %d", path, got.Status, want)
		}
		if kind := got.Header.Get("X-Content-Type-Options"); kind != "nosniff" && want != http.StatusTemporaryRedirect {
			t.Errorf("GET %s may be sniffed", path)
		}
	}
	if got := w.call(t, "", "GET", "/favicon.ico", ""); got.StatusCode != http.StatusNotFound {
		t.Errorf("a file that is not there: got %s", got.Status)
	}
}

func TestSessionsEnd(t *testing.T) {
	w := open(t)
	_, session := w.come(t, "Anna", people.Annotator)
	w.clock.pass(91 * 24 * time.Hour)
	if got := w.call(t, session, "GET", "/api/me", ""); got.StatusCode != http.StatusUnauthorized || got.failure(t).Next == "" {
		t.Errorf("a session of last year: %s %s", got.Status, got.body)
	}
}
