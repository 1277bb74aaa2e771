package tokenizer

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// chatCase is a template and what transformers renders, or why it does not.
type chatCase struct {
	Name     string    `json:"name"`
	Template string    `json:"template"`
	Messages []Message `json:"messages"`
	Prompt   bool      `json:"prompt"`
	Out      *string   `json:"out"`
	Error    string    `json:"error"`
}

var chatSpecials = map[string]string{"bos_token": "<s>", "eos_token": "</s>"}

func TestChatEqualsTransformers(t *testing.T) {
	for _, c := range readLines[chatCase](t, "chat.jsonl") {
		template, err := NewChatTemplate(c.Template, chatSpecials)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		switch got, err := template.Render(c.Messages, c.Prompt); {
		case c.Out == nil && err == nil:
			t.Errorf("%s: got %q, want the error %q", c.Name, got, c.Error)
		case c.Out != nil && (err != nil || got != *c.Out):
			t.Errorf("%s\n got %q, %v\nwant %q", c.Name, got, err, *c.Out)
		}
	}
}

func TestChatRefusals(t *testing.T) {
	template, err := NewChatTemplate("{{ raise_exception('no ' + messages[0].role) }}", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := template.Render([]Message{{"system", ""}}, true); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "no system") {
		t.Errorf("got error %v, want ErrRefused with the template's words", err)
	}
	if _, err := NewChatTemplate("", nil); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("no template: got error %v", err)
	}
	if _, err := NewChatTemplate("{{ open('x') | read }}", nil); err == nil || !strings.Contains(err.Error(), "read") {
		t.Errorf("unknown filter: got error %v", err)
	}
}

func TestChatClock(t *testing.T) {
	template, err := NewChatTemplate("{{ strftime_now('%Y-%m-%d') }}", nil)
	if err != nil {
		t.Fatal(err)
	}
	day := func() time.Time { return time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC) }
	if got, err := template.WithClock(day).Render(nil, false); err != nil || got != "2026-01-02" {
		t.Errorf("got %q, %v", got, err)
	}
}

// The rendered text of the checkpoint's own template has its special tokens as ids.
func TestChatIntoIDs(t *testing.T) {
	var source string
	for _, c := range readLines[chatCase](t, "chat.jsonl") {
		if strings.HasPrefix(c.Name, "smollm2/") {
			source = c.Template
		}
	}
	template, err := NewChatTemplate(source, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := template.Render([]Message{{"system", "Be brief."}, {"user", "Hi"}}, true)
	if err != nil {
		t.Fatal(err)
	}
	tok := load(t, "smollm2")
	ids := tok.Encode(text)
	start, _ := tok.ID("<|im_start|>")
	count := 0
	for _, id := range ids {
		if id == start {
			count++
		}
	}
	if count != 3 || tok.DecodeKeepSpecial(ids) != text || slices.Contains(tok.EncodeOrdinary(text), start) {
		t.Errorf("%q: %d turns in %v", text, count, ids)
	}
}
