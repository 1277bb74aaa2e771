package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"workbench/engine/enginetest"
	"workbench/engine/forward"
	"workbench/engine/ort"
	"workbench/engine/weights"
	"workbench/storage"
	"workbench/tasks/script"
	"workbench/ui/web"
	"workbench/ui/web/openai"
)

// apiRoom is a room with a server that has the models tiny and plain, which has no chat template.
func apiRoom(t *testing.T) *apiClient {
	t.Helper()
	r := newRoom(t)
	m, err := script.StandIn(4)
	if err != nil {
		t.Fatal(err)
	}
	m.Files.ChatTemplate = ""
	if err := m.Export("untaught", "F32"); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r.must("model import tiny --name tiny")
	r.must("model import untaught --name plain")
	r.serve()
	file, err := readServerFile("data")
	if err != nil {
		t.Fatal(err)
	}
	return &apiClient{r, file}
}

// apiClient asks a server's API.
type apiClient struct {
	*room
	to serverFile
}

// post sends a request and returns the status and the body.
func (c *apiClient) post(path, body string) (int, []byte) {
	c.t.Helper()
	return c.ask(http.MethodPost, path, body)
}

func (c *apiClient) ask(method, path, body string) (int, []byte) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.to.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.to.Key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, text
}

// texts is an answer of /v1/completions.
type texts struct {
	Choices []openai.TextChoice
	Usage   openai.Usage
}

// complete asks for completions that must succeed.
func (c *apiClient) complete(body string) (out texts) {
	c.t.Helper()
	status, text := c.post("/v1/completions", body)
	if err := json.Unmarshal(text, &out); err != nil || status != http.StatusOK {
		c.t.Fatalf("%s: %d %s", body, status, text)
	}
	return out
}

// refused asks for what must be refused with a status and words.
func (c *apiClient) refused(path, body string, want int, words ...string) {
	c.t.Helper()
	status, text := c.post(path, body)
	var f openai.Failed
	if err := json.Unmarshal(text, &f); err != nil || f.Error == nil {
		c.t.Errorf("%s %s: %d %s", path, body, status, text)
		return
	}
	for _, w := range words {
		if !strings.Contains(f.Error.Message, w) {
			c.t.Errorf("%s %s: %q, want %q in it", path, body, f.Error.Message, w)
		}
	}
	if status != want {
		c.t.Errorf("%s %s: %d, want %d", path, body, status, want)
	}
}

// TestAPISamples asks a real model through a real server.
func TestAPISamples(t *testing.T) {
	c := apiRoom(t)
	one := c.complete(`{"model": "tiny", "prompt": "Once", "max_tokens": 12, "seed": 5, "logprobs": 2}`)
	choice := one.Choices[0]
	if len(choice.LogProbs.Tokens) != one.Usage.CompletionTokens || one.Usage.PromptTokens != 4 || one.Usage.CompletionTokens == 0 {
		t.Errorf("got %+v with %d log-probabilities", one.Usage, len(choice.LogProbs.Tokens))
	}
	for i, top := range choice.LogProbs.Top {
		if p, is := top[choice.LogProbs.Tokens[i]]; !is || p < *choice.LogProbs.LogProbs[i] || len(top) < 2 {
			t.Errorf("token %d is %q with %g; the list says %v", i, choice.LogProbs.Tokens[i], *choice.LogProbs.LogProbs[i], top)
		}
	}
	t.Run("the same seed gives the same text, whoever else is sampling", func(t *testing.T) {
		var all sync.WaitGroup
		got := make([]string, 12)
		for i := range got {
			all.Go(func() {
				seed := 5
				if i%3 != 0 {
					seed = 100 + i
				}
				got[i] = c.complete(fmt.Sprintf(`{"model": "tiny", "prompt": "Once", "max_tokens": 12, "seed": %d}`, seed)).Choices[0].Text
			})
		}
		all.Wait()
		for i := 0; i < len(got); i += 3 {
			if got[i] != choice.Text {
				t.Errorf("request %d: got %q, want %q", i, got[i], choice.Text)
			}
		}
	})
	t.Run("n choices of two prompts", func(t *testing.T) {
		got := c.complete(`{"model": "tiny", "prompt": ["ab", "cd"], "n": 2, "max_tokens": 5, "seed": 5, "echo": true}`)
		var begins []string
		for i, choice := range got.Choices {
			begins = append(begins, choice.Text[:2])
			if choice.Index != i {
				t.Errorf("choice %d has the index %d", i, choice.Index)
			}
		}
		if !slices.Equal(begins, []string{"ab", "ab", "cd", "cd"}) || got.Choices[0].Text == got.Choices[1].Text || got.Usage.PromptTokens != 4 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a stop text ends it and is not in it", func(t *testing.T) {
		stop := choice.Text[2:4]
		body, err := json.Marshal(map[string]any{"model": "tiny", "prompt": "Once", "max_tokens": 12, "seed": 5, "stop": stop})
		if err != nil {
			t.Fatal(err)
		}
		got := c.complete(string(body)).Choices[0]
		if want := choice.Text[:strings.Index(choice.Text, stop)]; got.Text != want || *got.Finish != "stop" {
			t.Errorf("got %q, %s, want %q", got.Text, *got.Finish, want)
		}
	})
	t.Run("what is asked too much is refused", func(t *testing.T) {
		const chat, text = "/v1/chat/completions", "/v1/completions"
		c.refused(text, `{"model": "tiny", "prompt": "x", "max_tokens": 2050}`, 400, "context of model tiny has 2048", "at most 2048")
		c.refused(text, `{"model": "tiny", "prompt": "`+strings.Repeat("x", 2049)+`"}`, 400, "2049 tokens", "Shorten")
		c.refused(text, `{"model": "tiny", "prompt": [1, 100000]}`, 400, "token 100000")
		c.refused(text, `{"model": "tiny:int8", "prompt": "x", "echo": true, "logprobs": 1}`, 400, "float32", "ask model tiny")
		c.refused(chat, `{"model": "plain", "messages": [{"role": "user", "content": "x"}]}`, 400, "no chat template", "/v1/completions")
		c.refused(chat, `{"model": "tinny", "messages": [{"role": "user", "content": "x"}]}`, 404, `did you mean "tiny"`)
		c.refused(chat, `{"model": "./tiny", "messages": [{"role": "user", "content": "x"}]}`, 404, "no model is called")
		c.refused(chat, `{"model": "reward", "messages": [{"role": "user", "content": "x"}]}`, 400, "reward model")
	})
}

// TestAPIChats through the template: what the system says counts, and the checkpoint that answered is named.
func TestAPIChats(t *testing.T) {
	c := apiRoom(t)
	chat := func(model, messages string, seed int) (out struct {
		ID          string
		Model       string
		Fingerprint string `json:"system_fingerprint"`
		Choices     []openai.ChatChoice
		Usage       openai.Usage
	},
	) {
		status, text := c.post("/v1/chat/completions", fmt.Sprintf(`{"model": %q, "messages": %s, "max_tokens": 8, "seed": %d}`, model, messages, seed))
		if err := json.Unmarshal(text, &out); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
		return out
	}
	bare := chat("tiny", `[{"role": "user", "content": "Hi"}]`, 3)
	told := chat("tiny", `[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]}]`, 3)
	rounded := chat("tiny:int8", `[{"role": "user", "content": "Hi"}]`, 4)
	if more := told.Usage.PromptTokens - bare.Usage.PromptTokens; more < len("system")+len("Be brief.") {
		t.Errorf("what the system says has %d tokens of the prompt", more)
	}
	if !strings.HasSuffix(bare.Fingerprint, ":f32") || strings.TrimSuffix(bare.Fingerprint, ":f32") != strings.TrimSuffix(rounded.Fingerprint, ":int8") || rounded.Model != "tiny:int8" {
		t.Errorf("the checkpoints are %s and %s of %s", bare.Fingerprint, rounded.Fingerprint, rounded.Model)
	}
	status, text := c.post("/v1/feedback", fmt.Sprintf(`{"kind": "comparison", "chosen": %q, "rejected": %q}`, rounded.ID, bare.ID))
	if status != http.StatusCreated {
		t.Fatalf("feedback: %d %s", status, text)
	}
	var all []storage.Dataset
	c.result("data list", &all)
	if len(all) != 1 || all[0].Name != "comparisons" || all[0].Records != 1 {
		t.Errorf("data list: %+v, want one comparison", all)
	}
}

// TestKeys: a key is made for the API alone, or for everything, and withdrawn.
func TestKeys(t *testing.T) {
	c := apiRoom(t)
	var given, full struct{ ID, Key string }
	c.result(`key "the chat app"`, &given)
	c.result("key --full mine", &full)
	for _, tt := range []struct {
		path, key string
		want      int
	}{{"/v1/models", given.Key, 200}, {"/api/people", given.Key, 403}, {"/api/people", full.Key, 200}} {
		c.to.Key = tt.key
		if status, text := c.ask(http.MethodGet, tt.path, ""); status != tt.want {
			t.Errorf("GET %s: %d %s, want %d", tt.path, status, text, tt.want)
		}
	}
	c.must("key --withdraw " + given.ID)
	c.to.Key = given.Key
	c.refused("/v1/completions", `{"prompt": "x"}`, 401, "withdrawn")
}

// TestAPILeaves: a client that goes away in the middle of a stream ends the work, and what it was told is kept and
// can be traced by the name that the client has.
func TestAPILeaves(t *testing.T) {
	c := apiRoom(t)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	const body = `{"model": "tiny", "prompt": "x", "n": 100, "max_tokens": 2000, "stream": true, "seed": 1}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.to.URL+"/v1/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.to.Key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	line, err := bufio.NewReader(answer.Body).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var first openai.Completion
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &first); err != nil {
		t.Fatal(err)
	}
	leave()
	deadline := time.Now().Add(20 * time.Second)
	status, traced := c.ask(http.MethodGet, "/api/trace/"+url.PathEscape(first.ID), "")
	for ; status != http.StatusOK; status, traced = c.ask(http.MethodGet, "/api/trace/"+url.PathEscape(first.ID), "") {
		if time.Now().After(deadline) {
			t.Fatalf("after 20 s the completion is not kept: %s", traced)
		}
		time.Sleep(20 * time.Millisecond)
	}
	var said web.Trace
	if err := json.Unmarshal(traced, &said); err != nil {
		t.Fatal(err)
	}
	// Of a hundred choices those that had no slot yet say nothing: the work has ended long before its end.
	begun := 0
	for _, f := range said.Facts {
		if strings.HasPrefix(f.Name, "choice ") && f.Value != "" {
			begun++
		}
	}
	if begun == 0 || begun > 50 {
		t.Errorf("%d choices were begun, want some and far from all: %+v", begun, said)
	}
}

// TestAPIScores holds echo with logprobs against the engine's own scoring, for texts and tokens, and its parts against
// each other: offsets lead to tokens, and the most probable are told.
func TestAPIScores(t *testing.T) {
	c := apiRoom(t)
	const text = "Löwen am Fluß 🦁."
	scored := c.complete(fmt.Sprintf(`{"model": "tiny", "prompt": [%q, "ab"], "max_tokens": 0, "echo": true, "logprobs": 1}`, text))
	first := scored.Choices[0]
	if first.Text != text || scored.Choices[1].Text != "ab" || scored.Usage.CompletionTokens != 0 || *first.Finish != "length" {
		t.Fatalf("got %+v", scored)
	}
	p := first.LogProbs
	if len(p.Tokens) != len(text) || p.LogProbs[0] != nil || p.Top[0] != nil {
		t.Fatalf("%d tokens, the first with %v and %v", len(p.Tokens), p.LogProbs[0], p.Top[0])
	}
	for i := range p.Tokens {
		if !strings.Contains(p.Tokens[i], "\uFFFD") && !strings.HasPrefix(string([]rune(text)[p.Offsets[i]:]), p.Tokens[i]) {
			t.Errorf("token %d is %q, and its offset %d leads to %q", i, p.Tokens[i], p.Offsets[i], string([]rune(text)[p.Offsets[i]:]))
		}
		if i > 0 && p.Top[i][p.Tokens[i]] < *p.LogProbs[i] {
			t.Errorf("token %d has %g, and the list %v", i, *p.LogProbs[i], p.Top[i])
		}
	}
	var sum float64
	for _, logp := range p.LogProbs[1:] {
		sum += *logp
	}
	if want := ownLogProb(t, []byte(text)); math.Abs(sum-want) > 1e-4 {
		t.Errorf("the API says %g, the engine %g", sum, want)
	}
	var ids bytes.Buffer
	for i, b := range []byte(text) {
		fmt.Fprintf(&ids, "%s%d", map[bool]string{true: ","}[i > 0], b)
	}
	again := c.complete(fmt.Sprintf(`{"model": "tiny", "prompt": [[%s]], "max_tokens": 1, "temperature": 0, "seed": 1234, "echo": true, "logprobs": 1}`, ids.String()))
	q := again.Choices[0].LogProbs
	if len(q.Tokens) != len(p.Tokens)+1 || again.Usage.CompletionTokens != 1 {
		t.Fatalf("got %d tokens of %+v", len(q.Tokens), again.Usage)
	}
	for i := 1; i < len(p.Tokens); i++ {
		if *q.LogProbs[i] != *p.LogProbs[i] {
			t.Errorf("token %d: %g as text, %g as tokens", i, *p.LogProbs[i], *q.LogProbs[i])
		}
	}
}

// ownLogProb is the log-probability of a text but for its first token, by the scorer that model.logp uses. The
// tokens of the tiny model are bytes.
func ownLogProb(t *testing.T, text []byte) (sum float64) {
	t.Helper()
	m, err := weights.Open("tiny")
	if err != nil {
		t.Fatal(err)
	}
	s := forward.NewScorer(m, &enginetest.Device{}, 0, ort.Options{})
	defer func() {
		if err := errors.Join(s.Close(), m.Close()); err != nil {
			t.Error(err)
		}
	}()
	q := forward.Sequence{Tokens: tokensOf(text)}
	rows, _, err := s.LogProbs(t.Context(), []forward.Sequence{q}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, logp := range rows[0] {
		sum += float64(logp)
	}
	return sum
}
