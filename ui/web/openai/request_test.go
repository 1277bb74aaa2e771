package openai

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// defaults is a request that says nothing but what it must.
func defaults(chat bool, change func(*Request)) *Request {
	r := &Request{Chat: chat, N: 1, Temperature: 1, TopP: 1, LogProbs: -1, Store: true, MaxTokens: legacyTokens}
	if chat {
		r.MaxTokens = -1
	}
	change(r)
	return r
}

func TestRequests(t *testing.T) {
	seed := int64(-5)
	hi := []Message{{"user", "hi"}}
	for _, tt := range []struct {
		chat bool
		body string
		want func(*Request)
	}{
		{true, `{"messages": [{"role": "user", "content": "hi"}]}`, func(r *Request) { r.Messages = hi }},
		{true, `{"model": "m", "messages": [{"role": "developer", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, {"role": "user", "content": "hi", "name": "Ada"}],
			"max_completion_tokens": 5, "temperature": 0, "top_p": 0.5, "top_k": -1, "min_p": 0.1, "n": 3, "stop": "x", "seed": -5, "user": "u", "metadata": {"k": "v"},
			"logprobs": true, "top_logprobs": 4, "stream": true, "stream_options": {"include_usage": true}, "store": false}`, func(r *Request) {
			r.Model, r.Messages, r.MaxTokens, r.Temperature, r.TopP, r.MinP, r.N = "m", []Message{{"system", "ab"}, hi[0]}, 5, 0, 0.5, 0.1, 3
			r.Stop, r.Seed, r.User, r.Metadata, r.LogProbs, r.Stream, r.StreamUsage, r.Store = []string{"x"}, &seed, "u", map[string]string{"k": "v"}, 4, true, true, false
		}},
		// What clients send that changes nothing.
		{
			true, `{"messages": [{"role": "user", "content": "hi", "tool_calls": [], "refusal": null, "type": "text"}], "temperature": null, "tools": [], "tool_choice": "none", "logit_bias": {},
			"presence_penalty": 0, "frequency_penalty": 0.0, "response_format": {"type": "text"}, "parallel_tool_calls": true, "logprobs": false, "max_tokens": null, "service_tier": "auto"}`,
			func(r *Request) { r.Messages = hi },
		},
		{true, `{"messages": [{"role": "assistant", "content": null}, {"role": "user", "content": "hi"}], "logprobs": true}`, func(r *Request) {
			r.Messages, r.LogProbs = []Message{{"assistant", ""}, hi[0]}, 0
		}},
		{false, `{"prompt": "p"}`, func(r *Request) { r.Prompts = []Prompt{{Text: "p"}} }},
		{false, `{"prompt": ["p", "q"], "stop": ["a", "b", "c", "d"], "best_of": 1, "suffix": null}`, func(r *Request) {
			r.Prompts, r.Stop = []Prompt{{Text: "p"}, {Text: "q"}}, []string{"a", "b", "c", "d"}
		}},
		{false, `{"prompt": [1, 2]}`, func(r *Request) { r.Prompts = []Prompt{{Tokens: []int{1, 2}}} }},
		{false, `{"prompt": [[1, 2], [3]], "max_tokens": 1, "logprobs": 1, "echo": true, "temperature": 0, "seed": -5}`, func(r *Request) {
			r.Prompts, r.MaxTokens, r.LogProbs, r.Echo, r.Temperature, r.Seed = []Prompt{{Tokens: []int{1, 2}}, {Tokens: []int{3}}}, 1, 1, true, 0, &seed
		}},
		{false, `{"prompt": "p", "max_tokens": 0, "logprobs": 0, "echo": true}`, func(r *Request) {
			r.Prompts, r.MaxTokens, r.LogProbs, r.Echo = []Prompt{{Text: "p"}}, 0, 0, true
		}},
		{false, `{"prompt": ["p", [4]], "n": 2, "best_of": 2}`, func(r *Request) { r.Prompts, r.N = []Prompt{{Text: "p"}, {Tokens: []int{4}}}, 2 }},
	} {
		parse := ParseText
		if tt.chat {
			parse = ParseChat
		}
		got, err := parse([]byte(tt.body))
		if want := defaults(tt.chat, tt.want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", tt.body, got, err, want)
		}
	}
}

// TestRefusals names the field, and says what is wrong with it.
func TestRefusals(t *testing.T) {
	message := func(fields string) string { return `"messages": [{"role": "user", "content": "x"}], ` + fields }
	for _, tt := range []struct {
		chat              bool
		body, param, says string
	}{
		{true, `[]`, "", "not a JSON object"},
		{true, `null`, "messages", "needs messages"},
		{true, `{}`, "messages", "needs messages"},
		{false, `{"prompt": null}`, "prompt", "needs a prompt"},
		{true, `{` + message(`"maxTokens": 3`) + `}`, "maxTokens", "it is called max_tokens"},
		{true, `{` + message(`"prompt": "x"`) + `}`, "prompt", "no parameter prompt here"},
		{true, `{` + message(`"temperature": "warm"`) + `}`, "temperature", "must be a number"},
		{true, `{` + message(`"temperature": 2.1`) + `}`, "temperature", "from 0 to 2"},
		{true, `{` + message(`"top_p": -1`) + `}`, "top_p", "from 0 to 1"},
		{true, `{` + message(`"n": 1.5`) + `}`, "n", "whole number"},
		{true, `{` + message(`"n": 129`) + `}`, "n", "from 1 to 128"},
		{true, `{` + message(`"max_tokens": 0`) + `}`, "max_tokens", "from 1 to"},
		{true, `{` + message(`"max_tokens": 1, "max_completion_tokens": 2`) + `}`, "max_tokens", "two names of one limit"},
		{true, `{` + message(`"stop": ["a", "b", "c", "d", "e"]`) + `}`, "stop", "at most 4"},
		{true, `{` + message(`"stop": ""`) + `}`, "stop", "must have 1"},
		{true, `{` + message(`"stop": 7`) + `}`, "stop", "string or a list"},
		{true, `{` + message(`"seed": 1e30`) + `}`, "seed", "64 bits"},
		{true, `{` + message(`"stream": "yes"`) + `}`, "stream", "true or false"},
		{true, `{` + message(`"stream_options": {}`) + `}`, "stream_options", "for stream"},
		{true, `{` + message(`"stream": true, "stream_options": {"include_cost": true}`) + `}`, "stream_options", "include_usage"},
		{true, `{` + message(`"logprobs": 3`) + `}`, "logprobs", "true or false in a chat"},
		{true, `{` + message(`"top_logprobs": 3`) + `}`, "top_logprobs", "needs logprobs"},
		{true, `{` + message(`"logprobs": true, "top_logprobs": 21`) + `}`, "top_logprobs", "from 0 to 20"},
		{true, `{` + message(`"presence_penalty": 0.5`) + `}`, "presence_penalty", "not supported"},
		{true, `{` + message(`"logit_bias": {"5": 1}`) + `}`, "logit_bias", "not supported"},
		{true, `{` + message(`"tools": [{"type": "function"}]`) + `}`, "tools", "not supported"},
		{true, `{` + message(`"response_format": {"type": "json_object"}`) + `}`, "response_format", "not supported"},
		{true, `{` + message(`"modalities": ["text", "audio"]`) + `}`, "modalities", "not supported"},
		{true, `{` + message(`"metadata": {"a": 1}`) + `}`, "metadata", "values are strings"},
		{true, `{` + message(`"user": "`+strings.Repeat("u", 600)+`"`) + `}`, "user", "600 bytes"},
		{true, `{"messages": []}`, "messages", "0 messages"},
		{true, `{"messages": "hi"}`, "messages", "a list of objects"},
		{true, `{"messages": [{"content": "x"}]}`, "messages[0]", "no role"},
		{true, `{"messages": [{"role": "user"}]}`, "messages[0]", "no content"},
		{true, `{"messages": [{"role": "tool", "content": "x"}]}`, "messages[0].role", "tools are not supported"},
		{true, `{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}`, "messages[0].content", "read text only"},
		{true, `{"messages": [{"role": "user", "content": "x", "tool_calls": [1]}]}`, "messages[0].tool_calls", "not supported"},
		{false, `{"prompt": []}`, "prompt", "empty list"},
		{false, `{"prompt": {}}`, "prompt", "a string, a list"},
		{false, `{"prompt": [[1], []]}`, "prompt", "prompt[1]"},
		{false, `{"prompt": [null]}`, "prompt", "prompt[0]"},
		{false, `{"prompt": [1, null]}`, "prompt", "prompt[0]"},
		{false, `{"prompt": [1.5]}`, "prompt", "prompt[0]"},
		{false, `{"prompt": ["a", "b"], "n": 100}`, "n", "200 choices"},
		{false, `{"prompt": "p", "max_tokens": 0}`, "max_tokens", "only makes sense with echo"},
		{false, `{"prompt": "p", "best_of": 3}`, "best_of", "unless it equals n"},
		{false, `{"prompt": "p", "suffix": "s"}`, "suffix", "not supported"},
		{false, `{"prompt": "p", "logprobs": true}`, "logprobs", "whole number"},
		{false, `{"prompt": "p", "logprobs": 21}`, "logprobs", "from 0 to 20"},
	} {
		parse := ParseText
		if tt.chat {
			parse = ParseChat
		}
		got, err := parse([]byte(tt.body))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %+v, %v, want a refusal", tt.body, got, err)
			continue
		}
		param := ""
		if e.Param != nil {
			param = *e.Param
		}
		if param != tt.param || !strings.Contains(e.Message, tt.says) || e.Status != http.StatusBadRequest || e.Type != InvalidRequest {
			t.Errorf("%s: got %d %s of %q: %q; want %q: %q", tt.body, e.Status, e.Type, param, e.Message, tt.param, tt.says)
		}
	}
}

// FuzzRequest: whatever comes is refused in words or read, never more than is possible, and what was read can be
// kept and looks like a request.
func FuzzRequest(f *testing.F) {
	f.Add(`{"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}], "logprobs": true, "top_logprobs": 2, "stop": ["x"], "n": 2}`, true)
	f.Add(`{"prompt": [[1, 2], "x"], "echo": true, "max_tokens": 0, "logprobs": 1, "seed": 3, "best_of": 1}`, false)
	f.Add(`{"prompt": [1, null], "metadata": {"a": "b"}, "stream": true, "stream_options": {"include_usage": true}}`, false)
	f.Fuzz(func(t *testing.T, body string, chat bool) {
		parse := ParseText
		if chat {
			parse = ParseChat
		}
		r, err := parse([]byte(body))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Message == "" || e.Status != http.StatusBadRequest {
				t.Fatalf("%q: got %v, want an *Error in words", body, err)
			}
			return
		}
		switch {
		case r.N < 1 || r.Choices() < 1 || r.Choices() > maxChoices:
			t.Errorf("%q: %d choices", body, r.Choices())
		case chat != (len(r.Messages) > 0) || chat == (len(r.Prompts) > 0):
			t.Errorf("%q: %d messages and %d prompts", body, len(r.Messages), len(r.Prompts))
		case r.MaxTokens < -1 || r.MaxTokens == 0 && !r.Echo || chat && r.MaxTokens == 0:
			t.Errorf("%q: max_tokens %d", body, r.MaxTokens)
		case !(r.Temperature >= 0 && r.Temperature <= 2) || !(r.TopP >= 0 && r.TopP <= 1) || !(r.MinP >= 0 && r.MinP <= 1) || r.TopK < 0:
			t.Errorf("%q: sampling %+v", body, r)
		case r.LogProbs < -1 || r.LogProbs > maxTopText || len(r.Stop) > maxStops:
			t.Errorf("%q: log-probabilities %d, %d stop texts", body, r.LogProbs, len(r.Stop))
		}
		for i := range r.Choices() {
			if at := r.PromptOf(i); !chat && (at < 0 || at >= len(r.Prompts)) {
				t.Errorf("%q: choice %d is of prompt %d", body, i, at)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Errorf("%q can't be kept: %v", body, err)
		}
	})
}
