package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"workbench/storage"
	"workbench/tasks/people"
)

// TestNothingHiddenReachesAnnotators reads everything that is sent to somebody at work, whatever they ask for,
// and looks for what they must not see.
func TestNothingHiddenReachesAnnotators(t *testing.T) {
	w := open(t, withPage)
	gold := map[string]any{"preference": int64(7), "why": "GOLD"}
	flowID := w.begin(t, items(4, map[string]any{"people": int64(2), "gold": gold, "nested": map[string]any{"x": "HIDDEN"}}), 8)
	_, ben := w.come(t, "Benjamin", people.Annotator)
	b := w.dial(t, ben)
	for _, why := range []string{"PRIVATE one", "PRIVATE two"} {
		next, err := b.Next(t.Context())
		must(t, err)
		_, err = b.Submit(t.Context(), next.Work.Lease, why, json.RawMessage(`{"preference": 2, "why": "`+why+`"}`), 1)
		must(t, err)
	}
	next, err := b.Next(t.Context())
	must(t, err)
	_, err = b.Draft(t.Context(), next.Work.Lease, json.RawMessage(`{"why": "PRIVATE draft"}`))
	must(t, err)

	_, anna := w.come(t, "Anna", people.Annotator)
	var sent []string
	ws := w.socket(t, "/ws/work", anna)
	ask := func(a Ask) (r Reply) {
		t.Helper()
		w.write(t, ws, a)
		for {
			_, text, err := ws.ReadMessage()
			must(t, err)
			sent = append(sent, string(text))
			must(t, json.Unmarshal(text, &r))
			if r.ID == a.ID {
				return r
			}
		}
	}
	first := ask(Ask{ID: 1, Op: "next"})
	ask(Ask{ID: 2, Op: "draft", Lease: first.Work.Lease, Values: good(1)})
	ask(Ask{ID: 3, Op: "touch", Lease: first.Work.Lease})
	ask(Ask{ID: 4, Op: "submit", Lease: first.Work.Lease, Key: "k", Values: json.RawMessage(`{"preference": "x", "more": 1}`)})
	second := ask(Ask{ID: 5, Op: "submit", Lease: first.Work.Lease, Key: "k", Values: good(3)})
	ask(Ask{ID: 6, Op: "submit", Lease: next.Work.Lease, Key: "k", Values: good(3)})
	third := ask(Ask{ID: 7, Op: "skip", Lease: second.Work.Lease})
	fourth := ask(Ask{ID: 8, Op: "undo", Key: "u"})
	ask(Ask{ID: 9, Op: "submit", Lease: fourth.Work.Lease, Key: "k9", Values: good(4)})
	for i, l := range []string{third.Work.Lease, ask(Ask{ID: 10, Op: "next"}).Work.Lease, "x"} {
		ask(Ask{ID: 11 + i, Op: "submit", Lease: l, Key: "k" + l, Values: good(4)})
	}
	ask(Ask{ID: 20, Op: "next"})
	sent = append(sent, w.everythingAs(t, anna, flowID)...)
	if len(sent) < len(expectations) {
		t.Fatalf("only %d messages were sent", len(sent))
	}
	for _, text := range sent {
		for _, hidden := range []string{"HIDDEN", "GOLD", "PRIVATE", "Benjamin", "secret_model", "nested", anna, ben, w.admin} {
			if strings.Contains(text, hidden) {
				t.Errorf("%q was sent: %.400s", hidden, text)
			}
		}
	}
}

// everythingAs asks for everything that there is, and returns what comes, headers and all.
func (w *world) everythingAs(t *testing.T, secret, flowID string) (sent []string) {
	t.Helper()
	instance := storage.InstanceID(flowID, 0)
	answers, err := w.store.Answers(storage.TaskID(instance, 1))
	must(t, err)
	id := strings.NewReplacer("{flow}", flowID, "{instance}", instance, "{answered}", instance, "{parked}", instance,
		"{answer}", answers[0].ID, "{paused}", flowID, "{token}", "x", "{secret}", "x", "{name}", "x")
	for _, e := range expectations {
		if e.route == "DELETE /api/session" || e.route == "POST /api/session" {
			continue // these are about secrets, and are tried elsewhere
		}
		method, _, _ := strings.Cut(e.route, " ")
		got := w.ask(t, w.browser(t), methodOr(method), id.Replace(e.path), id.Replace(e.body), withSecret(secret)...)
		var head strings.Builder
		must(t, got.Header.Write(&head))
		sent = append(sent, head.String()+got.body)
	}
	return sent
}

// corpus is text that some program somewhere took for markup.
var corpus = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`javascript:alert(1)`,
	`'-alert(1)-'`,
	`</title><svg/onload=alert(1)>`,
	"\u2028</script><!--",
	`{{constructor.constructor('alert(1)')()}}`,
	`<a href="data:text/html,<script>alert(1)</script>">x</a>`,
	`=cmd|' /C calc'!A0`,
	`&lt;script&gt;`,
}

// TestTextStaysText sends text that looks like markup through names, items, answers and addresses.
func TestTextStaysText(t *testing.T) {
	w := open(t, withPage)
	for i, bad := range corpus {
		all := items(1, map[string]any{"prompt": bad, "left": bad, "right": bad})
		flowID := w.begin(t, all, 1)
		name := strings.TrimSpace(strings.ReplaceAll(bad, "\u2028", " "))
		anna, secret := w.come(t, name, people.Annotator)
		c := w.dial(t, secret)
		next, err := c.Next(t.Context())
		must(t, err)
		var item map[string]string
		must(t, json.Unmarshal(next.Work.Item, &item))
		why, err := json.Marshal(map[string]any{"preference": 1, "why": bad})
		must(t, err)
		done, err := c.Submit(t.Context(), next.Work.Lease, "k", why, 1)
		must(t, err)
		for what, got := range map[string]string{
			"an item":    item["prompt"],
			"a name":     get[Me](t, w, secret, "/api/me").Name,
			"an answer":  answerText(t, get[AnswerDetail](t, w, w.admin, "/api/answers/"+done.Answer).Values),
			"history":    answerText(t, get[[]Past](t, w, secret, "/api/me/history")[0].Values),
			"a title":    get[InstanceList](t, w, w.admin, "/api/flows/"+flowID+"/instances").Instances[0].Title,
			"an error":   w.call(t, w.admin, "GET", "/api/"+url.PathEscape(bad), "").failure(t).Says,
			"a person":   w.call(t, w.admin, "PATCH", "/api/people/"+anna.ID, string(mustJSON(t, map[string]string{"name": name + "!"}))).body,
			"no dataset": w.call(t, w.admin, "GET", "/api/datasets/"+url.PathEscape(bad), "").failure(t).Says,
		} {
			want := bad
			switch what {
			case "a name", "a title":
				want = name
			case "a person":
				got, want = decode[PersonRow](t, said{&http.Response{}, got}).Name, name+"!"
			}
			if !strings.Contains(got, want) && what != "no dataset" {
				t.Errorf("%d: %s came back as %q, want %q", i, what, got, want)
			}
		}
		for _, path := range []string{"/api/" + url.PathEscape(bad), "/api/people", "/api/flows", "/api/me/history", "/api/answers/" + done.Answer, "/" + url.PathEscape(bad), "/?x=" + url.QueryEscape(bad), "/app/" + url.PathEscape(bad)} {
			got := w.ask(t, w.browser(t), "GET", path, "", withSecret(w.admin)...)
			kind := got.Header.Get("Content-Type")
			if got.Header.Get("X-Content-Type-Options") != "nosniff" || kind != "application/json" && (kind != "text/html; charset=utf-8" || strings.Contains(got.body, bad)) {
				t.Errorf("%s: %s %s: %.200s", path, got.Status, kind, got.body)
			}
		}
	}
}

func answerText(t *testing.T, values json.RawMessage) string {
	t.Helper()
	var answer struct{ Why string }
	must(t, json.Unmarshal(values, &answer))
	return answer.Why
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return text
}
