package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"workbench/storage"
	"workbench/tasks/people"
	"workbench/ui/web/openai"
)

// post asks the API as a program with a key does.
func (w *world) post(t testing.TB, secret, path, body string) said {
	t.Helper()
	return w.call(t, secret, "POST", path, body)
}

// userKey makes a key that is given away.
func (w *world) userKey(t testing.TB, name string) string {
	t.Helper()
	admin := w.idOf(t, w.admin)
	secret, _, err := w.people.NewKey(admin, admin, name, people.User)
	must(t, err)
	return secret
}

// fields reads the fields of an answer that tests look at; ids and times are left out.
func fields(t testing.TB, s said) string {
	t.Helper()
	var all map[string]any
	must(t, json.Unmarshal([]byte(s.body), &all))
	delete(all, "id")
	delete(all, "created")
	text, err := json.Marshal(all)
	must(t, err)
	return string(text)
}

// TestAnswers holds the shape of whole answers.
func TestAnswers(t *testing.T) {
	w := open(t)
	for _, tt := range []struct{ what, path, body, want string }{
		{
			"a chat", "chat/completions", `{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a b c"}]}`,
			`{"choices":[{"finish_reason":"stop","index":0,"logprobs":null,"message":{"content":"c b a","refusal":null,"role":"assistant"}}],` +
				`"model":"embedded","object":"chat.completion","system_fingerprint":"digest:f32","usage":{"completion_tokens":3,"prompt_tokens":3,"total_tokens":6}}`,
		},
		{
			"log-probabilities of a chat", "chat/completions", `{"messages": [{"role": "user", "content": "é b"}], "max_tokens": 1, "logprobs": true, "top_logprobs": 1}`,
			`{"choices":[{"finish_reason":"length","index":0,"logprobs":{"content":[{"bytes":[98],"logprob":-1,"token":"b","top_logprobs":[{"bytes":[116,111,112,48],"logprob":-1,"token":"top0"}]}],"refusal":null},` +
				`"message":{"content":"b","refusal":null,"role":"assistant"}}],"model":"embedded","object":"chat.completion","system_fingerprint":"digest:f32","usage":{"completion_tokens":1,"prompt_tokens":2,"total_tokens":3}}`,
		},
		{
			"two prompts, two choices each, echoed", "completions", `{"model": "mine", "prompt": ["a b", "c"], "n": 2, "max_tokens": 1, "echo": true}`,
			`{"choices":[{"finish_reason":"length","index":0,"logprobs":null,"text":"a bb"},{"finish_reason":"length","index":1,"logprobs":null,"text":"a bb"},` +
				`{"finish_reason":"stop","index":2,"logprobs":null,"text":"cc"},{"finish_reason":"stop","index":3,"logprobs":null,"text":"cc"}],` +
				`"model":"mine","object":"text_completion","system_fingerprint":"digest:f32","usage":{"completion_tokens":4,"prompt_tokens":3,"total_tokens":7}}`,
		},
		{
			"log-probabilities of a completion", "completions", `{"prompt": "a bc", "logprobs": 2}`,
			`{"choices":[{"finish_reason":"stop","index":0,"logprobs":{"text_offset":[0,2],"token_logprobs":[-0.5,-0.5],"tokens":["bc"," a"],` +
				`"top_logprobs":[{"top0":-0.5,"top1":-1.5},{"top0":-0.5,"top1":-1.5}]},"text":"bc a"}],` +
				`"model":"embedded","object":"text_completion","system_fingerprint":"digest:f32","usage":{"completion_tokens":2,"prompt_tokens":2,"total_tokens":4}}`,
		},
	} {
		got := w.post(t, w.admin, "/v1/"+tt.path, tt.body)
		if got.StatusCode != http.StatusOK || fields(t, got) != tt.want {
			t.Errorf("%s: got %s\n%s, want\n%s", tt.what, got.Status, fields(t, got), tt.want)
		}
	}
	models := get[openai.Models](t, w, w.admin, "/v1/models")
	if len(models.Data) != 2 || models.Data[0] != (openai.Model{ID: "embedded", Object: "model", OwnedBy: "workbench"}) || models.Data[1].Digest != "d2" {
		t.Errorf("models: got %+v", models)
	}
}

// events reads the events of a stream.
func events(t testing.TB, text string) (all []string) {
	t.Helper()
	for event := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		data, is := strings.CutPrefix(event, "data: ")
		if !is || strings.Contains(data, "\n") {
			t.Fatalf("%q is no event", event)
		}
		all = append(all, data)
	}
	return all
}

// TestStreams holds the events of streams: who speaks, pieces, ends, usage, and the last word.
func TestStreams(t *testing.T) {
	w := open(t)
	for _, tt := range []struct {
		what, path, body string
		want             []string
	}{
		{
			"a chat", "chat/completions", `{"messages": [{"role": "user", "content": "a b"}], "stream": true, "stream_options": {"include_usage": true}}`,
			[]string{
				`[{"delta":{"content":"b","role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}]`,
				`[{"delta":{"content":" a"},"finish_reason":null,"index":0,"logprobs":null}]`,
				`[{"delta":{},"finish_reason":"stop","index":0,"logprobs":null}]`,
				`[] {"completion_tokens":2,"prompt_tokens":2,"total_tokens":4}`,
			},
		},
		{
			"a chat that says nothing", "chat/completions", `{"messages": [{"role": "user", "content": ""}], "stream": true}`,
			[]string{`[{"delta":{"role":"assistant"},"finish_reason":"stop","index":0,"logprobs":null}]`},
		},
		{
			"a completion with log-probabilities", "completions", `{"prompt": "a b", "max_tokens": 1, "logprobs": 0, "stream": true}`,
			[]string{
				`[{"finish_reason":null,"index":0,"logprobs":{"text_offset":[0],"token_logprobs":[-1],"tokens":["b"],"top_logprobs":[{}]},"text":"b"}]`,
				`[{"finish_reason":"length","index":0,"logprobs":null,"text":""}]`,
			},
		},
	} {
		got := w.post(t, w.admin, "/v1/"+tt.path, tt.body)
		if got.Header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%s: got the type %q", tt.what, got.Header.Get("Content-Type"))
		}
		all := events(t, got.body)
		if all[len(all)-1] != "[DONE]" || len(all)-1 != len(tt.want) {
			t.Fatalf("%s: got %d events %v, want %d and [DONE]", tt.what, len(all), all, len(tt.want))
		}
		for i, want := range tt.want {
			var chunk map[string]any
			must(t, json.Unmarshal([]byte(all[i]), &chunk))
			choices, err := json.Marshal(chunk["choices"])
			must(t, err)
			if usage := chunk["usage"]; usage != nil {
				text, err := json.Marshal(usage)
				must(t, err)
				choices = append(append(choices, ' '), text...)
			}
			if string(choices) != want {
				t.Errorf("%s, event %d: got %s, want %s", tt.what, i, choices, want)
			}
		}
	}
}

// TestAPIErrors holds errors in the form that clients read.
func TestAPIErrors(t *testing.T) {
	w := open(t)
	const chat, text = "/v1/chat/completions", "/v1/completions"
	for _, tt := range []struct {
		what, secret, path, body string
		status                   int
		kind, param, code, says  string
	}{
		{"no key", "", chat, `{}`, 401, openai.InvalidRequest, "", openai.InvalidKey, "not signed in"},
		{"a wrong key", "x", chat, `{}`, 401, openai.InvalidRequest, "", openai.InvalidKey, "Nobody is known"},
		{"no JSON", w.admin, chat, `{`, 400, openai.InvalidRequest, "", "", "not a JSON object"},
		{"no model of that name", w.admin, text, `{"model": "x", "prompt": "y"}`, 404, openai.InvalidRequest, "model", openai.ModelNotFound, `"x"`},
		{"a reward model", w.admin, chat, `{"model": "reward", "messages": [{"role": "user", "content": "x"}]}`, 400, openai.InvalidRequest, "model", openai.ModelUnsuited, "reward model"},
		{"what the model refuses", w.admin, text, `{"prompt": "TOO LONG"}`, 400, openai.InvalidRequest, "prompt", openai.ContextLength, "too long"},
		{"a fault of the model", w.admin, text, `{"prompt": "BREAK"}`, 500, openai.ServerError, "", "", "Something went wrong inside"},
		{"no such address", w.admin, "/v1/embeddings", `{}`, 404, openai.InvalidRequest, "", NotFound, "/v1/embeddings"},
		{"too much", w.admin, text, `{"prompt": "` + strings.Repeat("x", 1<<20) + `"}`, 413, openai.InvalidRequest, "", TooLarge, "larger than"},
	} {
		got := w.post(t, tt.secret, tt.path, tt.body)
		var f openai.Failed
		if err := json.Unmarshal([]byte(got.body), &f); err != nil || f.Error == nil {
			t.Errorf("%s: got %s %s, want an error", tt.what, got.Status, got.body)
			continue
		}
		if got.StatusCode != tt.status || f.Error.Type != tt.kind || word(f.Error.Param) != tt.param || word(f.Error.Code) != tt.code || !strings.Contains(f.Error.Message, tt.says) {
			t.Errorf("%s: got %s %s, want %d %s, param %q, code %q, %q", tt.what, got.Status, got.body, tt.status, tt.kind, tt.param, tt.code, tt.says)
		}
	}
	if !strings.Contains(w.log.String(), "secret words") {
		t.Error("the log says nothing of the fault")
	}
}

func word(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// TestStreamBreaksOff: an error in the middle is an event of its own, and no [DONE] follows.
func TestStreamBreaksOff(t *testing.T) {
	w := open(t)
	all := events(t, w.post(t, w.admin, "/v1/completions", `{"prompt": "BREAK a", "stream": true}`).body)
	var f openai.Failed
	if len(all) != 2 || json.Unmarshal([]byte(all[1]), &f) != nil || f.Error == nil || f.Error.Type != openai.ServerError {
		t.Errorf("got %v, want a piece and an error", all)
	}
}

// TestSlowAnswersArrive: what takes longer than a piece of a body may is answered all the same, over TLS too.
func TestSlowAnswersArrive(t *testing.T) {
	for name, open := range map[string]func(testing.TB, ...func(*Options)) *world{"plain": open, "TLS": openTLS} {
		w := open(t, func(o *Options) { o.Limits.Idle = 100 * time.Millisecond })
		for _, body := range []string{`{"prompt": "b SLOW a"}`, `{"prompt": "b SLOW a", "stream": true}`, `{"prompt": "SLOW"}`} {
			if got := w.post(t, w.admin, "/v1/completions", body); got.StatusCode != http.StatusOK || !strings.Contains(got.body, "SLOW") || !strings.Contains(got.body, "stop") {
				t.Errorf("%s, %s: got %s %s", name, body, got.Status, got.body)
			}
		}
	}
}

// completersOf are the world's.
func (w *world) completersOf(t testing.TB) *testCompleters {
	t.Helper()
	x, is := w.o.Completers.(*testCompleters)
	if !is {
		t.Fatal("the world has other completers")
	}
	return x
}

// TestWhoLeavesStopsTheWork: a client that goes away ends what is computed for it, streamed or not; what it
// was told by then is kept, and says that it was cut.
func TestWhoLeavesStopsTheWork(t *testing.T) {
	w := open(t)
	x := w.completersOf(t)
	for _, body := range []string{`{"prompt": "WAIT a", "stream": true}`, `{"prompt": "WAIT a"}`} {
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "POST", w.at.URL+"/v1/completions", strings.NewReader(body))
		must(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+w.admin)
		done := make(chan error, 1)
		go func() {
			answer, err := w.at.Client().Do(r)
			if err == nil {
				_, err = bufio.NewReader(answer.Body).ReadString(0)
				_ = answer.Body.Close()
			}
			done <- err
		}()
		until(t, "the model waits", func() bool { return x.waiting.Load() == 1 })
		leave()
		if err := <-done; err == nil {
			t.Error("the answer came to its end")
		}
		until(t, "the work has ended", func() bool { return x.waiting.Load() == 0 && x.open.Load() == 0 })
	}
	until(t, "both are kept", func() bool { return len(w.completions(t)) == 2 })
	for _, c := range w.completions(t) {
		if !c.Cut || c.Choices[0].Text != "a" {
			t.Errorf("kept %+v, want what was said, cut", c)
		}
	}
}

func (w *world) completions(t testing.TB) (all []storage.Completion) {
	t.Helper()
	must(t, w.store.EachCompletion("", func(c storage.Completion) error { all = append(all, c); return nil }))
	return all
}

// TestGate: one key has so many requests answered at a time, and all together so many; others are told when to
// come again.
func TestGate(t *testing.T) {
	w := open(t, func(o *Options) { o.Limits.Completing, o.Limits.AllCompleting = 2, 3 })
	x := w.completersOf(t)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	occupy := func(secret string, n int32) {
		for range n {
			r, err := http.NewRequestWithContext(ctx, "POST", w.at.URL+"/v1/completions", strings.NewReader(`{"prompt": "WAIT"}`))
			must(t, err)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+secret)
			go func() {
				if answer, err := w.at.Client().Do(r); err == nil {
					_ = answer.Body.Close()
				}
			}()
		}
	}
	one, two := w.userKey(t, "one"), w.userKey(t, "two")
	occupy(one, 2)
	until(t, "two wait", func() bool { return x.waiting.Load() == 2 })
	for _, tt := range []struct {
		secret string
		status int
		code   string
	}{{one, 429, openai.RateExceeded}, {two, 503, Busy}} {
		if tt.secret == two {
			occupy(w.admin, 1)
			until(t, "three wait", func() bool { return x.waiting.Load() == 3 })
		}
		got := w.post(t, tt.secret, "/v1/completions", `{"prompt": "x"}`)
		if got.StatusCode != tt.status || got.Header.Get("Retry-After") == "" || !strings.Contains(got.body, tt.code) {
			t.Errorf("got %s %s, Retry-After %q, want %d %s", got.Status, got.body, got.Header.Get("Retry-After"), tt.status, tt.code)
		}
	}
	leave()
	until(t, "there is room again", func() bool { return x.waiting.Load() == 0 })
	if got := w.post(t, one, "/v1/completions", `{"prompt": "x"}`); got.StatusCode != http.StatusOK {
		t.Errorf("afterwards: got %s %s", got.Status, got.body)
	}
}

// TestCompletionsAreKept with everything that they came from, but not those that ask for it not to be.
func TestCompletionsAreKept(t *testing.T) {
	w := open(t)
	w.post(t, w.admin, "/v1/completions", `{"prompt": "x", "store": false}`)
	w.post(t, w.admin, "/v1/completions", `{"prompt": ""}`) // nothing is said
	got := decode[openai.Completion](t, w.post(t, w.userKey(t, "k"), "/v1/chat/completions", `{"messages": [{"role": "user", "content": "a b"}],
		"n": 2, "seed": -7, "user": "u1", "metadata": {"app": "x"}, "stop": "!", "top_k": 3}`))
	w.clock.pass(time.Second)
	streamed := events(t, w.post(t, w.admin, "/v1/completions", `{"prompt": "c", "stream": true}`).body)
	kept := w.completions(t)
	if len(kept) != 2 {
		t.Fatalf("%d are kept, want 2: %+v", len(kept), kept)
	}
	c := kept[0]
	if storage.CompletionName(c.Object, c.ID) != got.ID || c.Object != "chat" || c.Model != "embedded" || c.Digest != "digest" || c.Precision != "f32" ||
		string(c.Prompts[0]) != `[{"role":"user","content":"a b"}]` || c.Seed != -7 || c.User != "u1" || c.Metadata["app"] != "x" || c.Tokens != 2 ||
		string(c.Params) != `{"n":2,"temperature":1,"top_p":1,"top_k":3,"max_tokens":null,"stop":["!"]}` ||
		len(c.Choices) != 2 || c.Choices[1] != (storage.CompletionChoice{Text: "b a", Tokens: 2, LogProb: -1.5, Finish: "stop"}) {
		t.Errorf("kept %+v with the parameters %s", c, c.Params)
	}
	if !strings.Contains(streamed[0], kept[1].ID) || kept[1].Choices[0].Text != "c" || kept[1].Seed < 0 {
		t.Errorf("the streamed one is kept as %+v", kept[1])
	}
}

// TestPagesUseTheAPI with their cookie, and other sites can't.
func TestPagesUseTheAPI(t *testing.T) {
	w := open(t)
	for _, tt := range []struct {
		origin string
		want   int
	}{{w.at.URL, 200}, {"https://elsewhere.example", 403}, {"", 403}} {
		b := w.browser(t)
		w.ask(t, b, "GET", "/?token="+w.admin, "")
		headers := []string{}
		if tt.origin != "" {
			headers = []string{"Origin", tt.origin}
		}
		got := w.ask(t, b, "POST", "/v1/chat/completions", `{"messages": [{"role": "user", "content": "x"}]}`, headers...)
		if got.StatusCode != tt.want {
			t.Errorf("from %q: got %s %s, want %d", tt.origin, got.Status, got.body, tt.want)
		}
	}
}

// TestGivenKeys do nothing but call the API: they make no session, and end with their person's rights.
func TestGivenKeys(t *testing.T) {
	w := open(t)
	p, session := w.come(t, "Rita", people.Researcher)
	made := decode[Key](t, w.call(t, session, "POST", "/api/keys", `{"name": "for the app", "role": "user"}`))
	if made.Link != "" || made.Role != "user" {
		t.Errorf("made %+v, want no link to sign in with", made)
	}
	if got := w.call(t, "", "POST", "/api/session", fmt.Sprintf(`{"token": %q}`, made.Token)); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("signing in with it: %s %s", got.Status, got.body)
	}
	if got := w.call(t, made.Token, "GET", "/v1/models", ""); got.StatusCode != http.StatusOK {
		t.Errorf("the API: %s %s", got.Status, got.body)
	}
	annotator := people.Annotator
	_, err := w.people.Change(w.idOf(t, w.admin), p.ID, people.Change{Role: &annotator})
	must(t, err)
	if got := w.call(t, made.Token, "GET", "/v1/models", ""); got.StatusCode != http.StatusForbidden {
		t.Errorf("after its person lost the role: %s %s", got.Status, got.body)
	}
}
