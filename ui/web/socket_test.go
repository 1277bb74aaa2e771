package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"workbench/tasks/people"
)

// patience is how long a test waits for what must come. It only matters where something is broken.
const patience = 20 * time.Second

// open opens a websocket of a world.
func (w *world) socket(t *testing.T, path, secret string) *websocket.Conn {
	t.Helper()
	ws, err := dial(t.Context(), w.at.URL+path, secret, w.tls())
	must(t, err)
	must(t, ws.SetReadDeadline(time.Now().Add(patience)))
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

func (w *world) write(t *testing.T, ws *websocket.Conn, v any) {
	t.Helper()
	must(t, ws.WriteJSON(v))
}

// read reads the next message as a value of wire.go.
func read[T any](t *testing.T, ws *websocket.Conn) (v T) {
	t.Helper()
	must(t, ws.ReadJSON(&v))
	return v
}

// ended reads until the socket ends and returns with which code.
func ended(t *testing.T, ws *websocket.Conn) int {
	t.Helper()
	for {
		_, _, err := ws.ReadMessage()
		var closed *websocket.CloseError
		switch {
		case err == nil:
		case errors.As(err, &closed):
			return closed.Code
		default:
			t.Errorf("the socket ended with %v", err)
			return 0
		}
	}
}

func TestSocketsAreForWhoIsSignedIn(t *testing.T) {
	w := open(t)
	_, anna := w.come(t, "Anna", people.Annotator)
	for _, c := range []struct {
		path, secret string
		want         string
	}{
		{"/ws/work", "", Unauthorized},
		{"/ws/work", "guess", Unauthorized},
		{"/ws/live", "", Unauthorized},
		{"/ws/live", anna, Forbidden},
	} {
		_, err := dial(t.Context(), w.at.URL+c.path, c.secret, nil)
		var f *Failure
		if !errors.As(err, &f) || f.Code != c.want {
			t.Errorf("%s with %q: got %v, want %s", c.path, c.secret, err, c.want)
		}
	}
	if got := w.call(t, anna, "GET", "/ws/work", ""); got.StatusCode != http.StatusBadRequest {
		t.Errorf("without an upgrade: %s", got.Status)
	}
}

func TestSocketsOfOtherSites(t *testing.T) {
	w := openTLS(t)
	_, anna := w.come(t, "Anna", people.Annotator)
	for origin, want := range map[string]bool{w.at.URL: true, "https://evil.example.org": false, "": false, "null": false} {
		header := http.Header{"Cookie": {"__Host-workbench=" + anna}}
		if origin != "" {
			header.Set("Origin", origin)
		}
		dialer := websocket.Dialer{TLSClientConfig: w.tls()}
		ws, response, err := dialer.DialContext(t.Context(), strings.Replace(w.at.URL, "http", "ws", 1)+"/ws/work", header)
		if (err == nil) != want {
			t.Errorf("from %q: got %v, want in %v", origin, err, want)
		}
		if err == nil {
			must(t, ws.Close())
		} else if response.StatusCode != http.StatusForbidden {
			t.Errorf("from %q: %s", origin, response.Status)
		}
		must(t, response.Body.Close())
	}
}

// TestWhoMayNoLongerIsSentAway changes somebody while they are connected, and says nothing on the socket.
func TestWhoMayNoLongerIsSentAway(t *testing.T) {
	off, annotator := true, people.Annotator
	for _, c := range []struct {
		what, path string
		change     people.Change
		want       int
	}{
		{"switched off at work", "/ws/work", people.Change{Disabled: &off}, endSignedIn.code},
		{"switched off", "/ws/live", people.Change{Disabled: &off}, endSignedIn.code},
		{"demoted", "/ws/live", people.Change{Role: &annotator}, endRole.code},
	} {
		w := open(t)
		rosa, secret := w.come(t, "Rosa", people.Researcher)
		ws := w.socket(t, c.path, secret)
		admin := w.idOf(t, w.admin)
		_, err := w.people.Change(admin, rosa.ID, c.change)
		must(t, err)
		if got := ended(t, ws); got != c.want {
			t.Errorf("%s: ended with %d, want %d", c.what, got, c.want)
		}
	}
	// A session that was ended is noticed with the next message.
	w := open(t)
	_, secret := w.come(t, "Anna", people.Annotator)
	ws := w.socket(t, "/ws/work", secret)
	must(t, w.people.SignOut(secret))
	w.write(t, ws, Ask{ID: 1, Op: "next"})
	if got := ended(t, ws); got != endSignedIn.code {
		t.Errorf("signed out: ended with %d", got)
	}
}

func TestMessagesThatMakeNoSense(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.Message = 1000 })
	_, anna := w.come(t, "Anna", people.Annotator)
	for what, c := range map[string]struct {
		text string
		want int
	}{
		"no JSON":       {"{", websocket.CloseInvalidFramePayloadData},
		"another shape": {`{"id": "one"}`, websocket.CloseInvalidFramePayloadData},
		"too large":     {`{"id": 1, "op": "draft", "values": "` + strings.Repeat("x", 2000) + `"}`, websocket.CloseMessageTooBig},
	} {
		ws := w.socket(t, "/ws/work", anna)
		must(t, ws.WriteMessage(websocket.TextMessage, []byte(c.text)))
		if got := ended(t, ws); got != c.want {
			t.Errorf("%s: ended with %d, want %d", what, got, c.want)
		}
	}
	ws := w.socket(t, "/ws/work", anna)
	for _, a := range []Ask{
		{ID: 1, Op: "dance"},
		{ID: 2, Op: "submit", Lease: "x"},
		{ID: 3, Op: "undo"},
		{ID: 4, Op: "draft", Lease: strings.Repeat("x", 300)},
		{ID: 0, Op: "next"},
		{ID: -1, Op: "next"},
	} {
		w.write(t, ws, a)
		if r := read[Reply](t, ws); r.ID != a.ID || r.Error == nil || r.Error.Code != Invalid {
			t.Errorf("%+v: got %+v", a, r)
		}
	}
}

func TestAPersonHasSoManySockets(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.Sockets = 2 })
	_, anna := w.come(t, "Anna", people.Annotator)
	first := w.socket(t, "/ws/work", anna)
	w.socket(t, "/ws/work", anna)
	_, err := dial(t.Context(), w.at.URL+"/ws/work", anna, nil)
	var f *Failure
	if !errors.As(err, &f) || f.Code != TooMany {
		t.Errorf("a third: got %v", err)
	}
	must(t, first.Close())
	until(t, "the place is free again", func() bool {
		ws, err := dial(t.Context(), w.at.URL+"/ws/work", anna, nil)
		if err != nil {
			return false
		}
		must(t, ws.Close())
		return true
	})
}

// until waits for what must come true.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("it never came true: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestSlowClientsAreDropped lets somebody watch who never reads.
func TestSlowClientsAreDropped(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.Outgoing, o.Limits.WriteWait = 4, 100*time.Millisecond })
	ws := w.socket(t, "/ws/live", w.admin)
	w.write(t, ws, Watch{Op: "watch", Topic: "people"})
	read[News](t, ws)
	w.sockets.mu.Lock()
	var p *peer
	for p = range w.sockets.all {
	}
	w.sockets.mu.Unlock()
	text := []byte(`"` + strings.Repeat("x", 1<<20) + `"`)
	until(t, "who does not read is dropped", func() bool {
		p.sendText(text)
		_, online := w.presence.of(p.who.ID)
		return !online
	})
	if got := w.call(t, w.admin, "GET", "/api/me", ""); got.StatusCode != http.StatusOK {
		t.Errorf("the server meanwhile: %s", got.Status)
	}
}

// TestSilenceIsAsked lets a client live that answers pings, and drops one that is gone without a word.
func TestSilenceIsAsked(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.Ping = 250 * time.Millisecond })
	_, anna := w.come(t, "Anna", people.Annotator)
	mute := w.socket(t, "/ws/work", anna)
	mute.SetPingHandler(func(string) error { return nil })
	_, ben := w.come(t, "Ben", people.Annotator)
	alive := w.socket(t, "/ws/work", ben)
	pings := make(chan struct{}, 100)
	alive.SetPingHandler(func(data string) error {
		pings <- struct{}{}
		return alive.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(patience))
	})
	gone := make(chan struct{})
	go func() { // ends with the test's cleanup
		defer close(gone)
		_, _, _ = alive.ReadMessage()
	}()
	if _, _, err := mute.ReadMessage(); err == nil {
		t.Error("who never answers is kept")
	}
	for range 4 { // longer than the mute one was suffered
		select {
		case <-pings:
		case <-gone:
			t.Fatal("who answers was dropped")
		}
	}
}

func TestTheEndIsSaid(t *testing.T) {
	w := open(t)
	_, anna := w.come(t, "Anna", people.Annotator)
	work, live := w.socket(t, "/ws/work", anna), w.socket(t, "/ws/live", w.admin)
	must(t, w.Close())
	for _, ws := range []*websocket.Conn{work, live} {
		if got := ended(t, ws); got != websocket.CloseGoingAway {
			t.Errorf("ended with %d", got)
		}
	}
	late := w.socket(t, "/ws/work", anna)
	if got := ended(t, late); got != websocket.CloseGoingAway {
		t.Errorf("one that came later ended with %d", got)
	}
}

func TestClient(t *testing.T) {
	w := open(t)
	_, err := Dial(t.Context(), w.at.URL, "guess")
	var f *Failure
	if !errors.As(err, &f) || f.Code != Unauthorized {
		t.Errorf("a guess: got %v", err)
	}
	if _, err := Dial(t.Context(), "http://127.0.0.1:1", "x"); err == nil {
		t.Error("nobody there: got no error")
	}
	_, anna := w.come(t, "Anna", people.Annotator)
	c, err := Dial(t.Context(), w.at.URL, anna)
	must(t, err)
	defer func() { _ = c.Close() }()
	if _, err := c.Submit(t.Context(), "01K", "", json.RawMessage(`{}`), 1); !errors.As(err, &f) || f.Code != Invalid {
		t.Errorf("an answer without a key: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting in vain: got %v", err)
	}
}
