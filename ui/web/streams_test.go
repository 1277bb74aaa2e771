package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// lines reads a response of JSON lines.
func lines[T any](t *testing.T, text string) (all []T) {
	t.Helper()
	s := bufio.NewScanner(strings.NewReader(text))
	for s.Scan() {
		var one T
		if err := json.Unmarshal(s.Bytes(), &one); err != nil {
			t.Errorf("line %q: %v", s.Text(), err)
		}
		all = append(all, one)
	}
	return all
}

func TestUploads(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.Upload = 10_000 })
	for _, c := range []struct {
		what, path, body string
		status, records  int
		says             string
	}{
		{"good", "/api/datasets/mine?file=a.jsonl", strings.Repeat("{}\n", 1500), 200, 1500, ""},
		{"bad in the middle", "/api/datasets/mine?file=a.jsonl", strings.Repeat("{}\n", 500) + "bad", 200, 0, "line 501, column 3"},
		{"refused before it is read", "/api/datasets/refused", "{}\n", 400, 0, "There is a dataset"},
		{"bad at once", "/api/datasets/mine?file=a.jsonl", "bad" + strings.Repeat("{}\n", 1500), 400, 0, "column 3"},
		{"too large", "/api/datasets/mine", strings.Repeat("{}\n", 5000), 413, 0, "at most 10000"},
		{"too large, and it does not say so", "/api/datasets/mine", "", 200, 0, "larger than 10000 bytes"},
	} {
		got := w.upload(t, c.path, c.body)
		if got.StatusCode != c.status {
			t.Errorf("%s: %s %s", c.what, got.Status, got.body)
			continue
		}
		if c.status != http.StatusOK {
			if f := got.failure(t); !strings.Contains(f.Says, c.says) {
				t.Errorf("%s: got %+v", c.what, f)
			}
			continue
		}
		all := lines[ImportProgress](t, got.body)
		last := all[len(all)-1]
		switch {
		case c.says != "" && (last.Error == nil || !strings.Contains(last.Error.Says, c.says)):
			t.Errorf("%s: ended in %+v", c.what, last)
		case c.says == "" && (last.Done == nil || last.Done.Records != c.records || last.Done.Source != "a.jsonl"):
			t.Errorf("%s: ended in %+v", c.what, last.Done)
		}
	}
}

func TestExports(t *testing.T) {
	w := open(t)
	good := w.call(t, w.admin, "GET", "/api/datasets/pairs/export?format=jsonl", "")
	if want := `{"Format":"jsonl","Lineage":false,"Flow":"","Late":false,"Undone":false}`; good.Trailer.Get(ExportedTrailer) != want {
		t.Errorf("the trailer of a small file: %v, want %s", good.Trailer, want)
	}
	if good.body != "a,b\n" || good.Header.Get("Content-Disposition") != "attachment; filename=pairs.jsonl" {
		t.Errorf("got %q, %q", good.body, good.Header.Get("Content-Disposition"))
	}
	// What is refused before the first piece is said as usual.
	for path, status := range map[string]int{"none/export": 404, "pairs/export?format=xlsx": 400, "pairs/export?late=perhaps": 400} {
		if got := w.call(t, w.admin, "GET", "/api/datasets/"+path, ""); got.StatusCode != status || got.failure(t).Says == "" {
			t.Errorf("%s: %s %s", path, got.Status, got.body)
		}
	}
	// A trailer says what was written, also where that is nothing.
	empty := w.call(t, w.admin, "GET", "/api/datasets/answers/export?format=csv&flow=F&late=true&undone=false", "")
	if want := `{"Format":"csv","Lineage":false,"Flow":"F","Late":true,"Undone":false}`; empty.Trailer.Get(ExportedTrailer) != want || empty.body != "" || empty.Header.Get("Content-Disposition") == "" {
		t.Errorf("got %v, %q, %v", empty.Trailer, empty.body, empty.Header)
	}
	// One that breaks off is seen to break off.
	r, err := http.NewRequestWithContext(t.Context(), "GET", w.at.URL+"/api/datasets/pairs/export?format=csv", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+w.admin)
	response, err := w.at.Client().Do(r)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
		must(t, response.Body.Close())
	}
	if err == nil {
		t.Error("half an export looks like a whole one")
	}
	if !strings.Contains(w.log.String(), "the disk went away") {
		t.Errorf("the log says %s", w.log)
	}
}

func TestTrying(t *testing.T) {
	w := open(t)
	for body, want := range map[string]string{
		`{"prompt": "one two", "temperature": 1}`:       "one two stop",
		`{"prompt": "one break two", "temperature": 1}`: "one break The model can't go on.",
	} {
		got := w.call(t, w.admin, "POST", "/api/models/embedded/try", body)
		var said []string
		for _, p := range lines[TryPart](t, got.body) {
			said = append(said, p.Text+p.End)
			if p.Error != nil {
				said[len(said)-1] = p.Error.Says
			}
		}
		if strings.Join(said, " ") != want {
			t.Errorf("%s: got %q, want %q", body, said, want)
		}
	}
	for _, body := range []string{`{"prompt": "x", "n": 17, "temperature": 1}`, `{"prompt": "x", "max_tokens": 100000, "temperature": 1}`, `{"prompt": "x", "temperature": -1}`} {
		if got := w.call(t, w.admin, "POST", "/api/models/embedded/try", body); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", body, got.Status)
		}
	}
}

// upload sends a file; an empty one stands for one too large whose size is not said.
func (w *world) upload(t *testing.T, path, body string) said {
	t.Helper()
	var content io.Reader = strings.NewReader(body)
	if body == "" {
		content = io.MultiReader(strings.NewReader(strings.Repeat("{}\n", 5000))) // of which net/http does not know the size
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", w.at.URL+path, content)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+w.admin)
	response, err := w.at.Client().Do(r)
	must(t, err)
	defer func() { must(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	return said{response, string(text)}
}

// TestLongAnswers lets an answer take longer than a piece of it may.
func TestLongAnswers(t *testing.T) {
	for _, listen := range []func(testing.TB, ...func(*Options)) *world{open, openTLS} {
		w := listen(t, func(o *Options) { o.Limits.Idle = 100 * time.Millisecond })
		got := w.call(t, w.admin, "POST", "/api/models/embedded/try", `{"prompt": "one wait two", "temperature": 1}`)
		if parts := lines[TryPart](t, got.body); len(parts) != 4 || parts[3].End != "stop" {
			t.Errorf("got %s", got.body)
		}
	}
}

// TestBodiesThatNeverCome holds a connection whose body is announced and not sent.
func TestBodiesThatNeverCome(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.Idle = 100 * time.Millisecond })
	for _, path := range []string{"/api/flows/01K/pause", "/api/invites", "/api/session", "/nowhere"} {
		c, err := net.Dial("tcp", w.at.Listener.Addr().String())
		must(t, err)
		must(t, c.SetReadDeadline(time.Now().Add(patience)))
		_, err = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", path, w.admin)
		must(t, err)
		if _, err := io.ReadAll(c); err != nil {
			t.Errorf("%s: the connection is held: %v", path, err)
		}
		must(t, c.Close())
	}
}
