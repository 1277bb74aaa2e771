package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"workbench/storage"
	"workbench/ui/web/openai"
)

// rows are the values of a dataset's rows.
func (w *world) rows(t testing.TB, dataset string) (all []storage.Row) {
	t.Helper()
	must(t, w.store.EachRow(dataset, "", func(r storage.Row) error { all = append(all, r); return nil }))
	return all
}

// complete asks for a completion and returns its id.
func (w *world) complete(t testing.TB, secret, path, body string) string {
	t.Helper()
	w.clock.pass(time.Millisecond) // so that ids are in order
	return decode[openai.Completion](t, w.post(t, secret, path, body)).ID
}

// TestFeedback makes rows of each kind, in the datasets that the recipes read.
func TestFeedback(t *testing.T) {
	w := open(t)
	admin := w.idOf(t, w.admin)
	chat := func(content string) string {
		return w.complete(t, w.admin, "/v1/chat/completions", fmt.Sprintf(`{"messages": %s, "max_tokens": %d}`, content, 2+len(w.completions(t))))
	}
	const one = `[{"role": "user", "content": "p q r s t u v w"}]`
	const several = `[{"role": "system", "content": "be kind"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]`
	first, second, third := chat(one), chat(one), chat(several)
	two := w.complete(t, w.admin, "/v1/completions", `{"prompt": "x y", "n": 2}`)
	for _, tt := range []struct {
		body, dataset, want string
		of                  []string
	}{
		{
			fmt.Sprintf(`{"kind": "thumbs", "completion_id": %q, "value": "up", "comment": "nice", "user": "u"}`, first), "feedback",
			`{"comment":"nice","group":"p q r s t u v w","model":"embedded","person":"` + admin + `","prompt":"p q r s t u v w","response":"w v","user":"u","value":"up"}`,
			[]string{first},
		},
		{
			fmt.Sprintf(`{"kind": "comparison", "chosen": %q, "rejected": %q}`, second, first), "comparisons",
			`{"a":"w v","b":"w v u","group":"p q r s t u v w","label":"b","model_a":"embedded","model_b":"embedded","person":"` + admin + `","prompt":"p q r s t u v w"}`,
			[]string{first, second},
		},
		{
			fmt.Sprintf(`{"kind": "comparison", "tie": ["%[1]s#1", "%[1]s#0"], "dataset": "other"}`, two), "other",
			`{"a":"y x","b":"y x","group":"x y","label":"tie","model_a":"embedded","model_b":"embedded","person":"` + admin + `","prompt":"x y"}`,
			[]string{two},
		},
		{
			fmt.Sprintf(`{"kind": "correction", "completion_id": %q, "text": "better"}`, third), "corrections",
			`{"group":"\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant:","model":"embedded","person":"` + admin + `",` +
				`"prompt":"\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant:","rejected":"c","response":"better","system":"be kind"}`,
			[]string{third},
		},
	} {
		got := w.post(t, w.admin, "/v1/feedback", tt.body)
		rows := w.rows(t, tt.dataset)
		if got.StatusCode != http.StatusCreated || len(rows) != 1 {
			t.Fatalf("%s: got %s %s and %d rows, want 201 and one", tt.body, got.Status, got.body, len(rows))
		}
		for i := range tt.of {
			id, _, _ := storage.CompletionNamed(tt.of[i])
			tt.of[i] = "completion:" + id
		}
		kept := decode[FeedbackKept](t, got)
		if string(rows[0].Value) != tt.want || fmt.Sprint(rows[0].Of) != fmt.Sprint(tt.of) || kept.ID != rows[0].ID || kept.Dataset != tt.dataset {
			t.Errorf("%s: got %s of %v, want %s of %v", tt.body, rows[0].Value, rows[0].Of, tt.want, tt.of)
		}
		if d, err := w.store.Dataset(tt.dataset); err != nil || d.Kind != "collected" {
			t.Errorf("the dataset %s: got %+v, %v", tt.dataset, d, err)
		}
	}
}

// TestFeedbackIsRefused in words that say what to do.
func TestFeedbackIsRefused(t *testing.T) {
	w := open(t)
	text := func(secret, body string) string { return w.complete(t, secret, "/v1/completions", body) }
	mine, yours := w.userKey(t, "mine"), w.userKey(t, "yours")
	ab, ba := text(mine, `{"prompt": "a b"}`), text(mine, `{"prompt": "b a"}`)
	foreign, unkept := text(yours, `{"prompt": "a b"}`), text(mine, `{"prompt": "a b", "store": false}`)
	several, again := text(mine, `{"prompt": "a b", "n": 3}`), text(mine, `{"prompt": "a b"}`)
	for _, tt := range []struct {
		body   string
		status int
		says   string
	}{
		{`{"kind": "stars"}`, 400, "thumbs, comparison or correction"},
		{`{"kind": "thumbs", "value": "up"}`, 400, "completion_id is missing"},
		{`{"kind": "thumbs", "value": "sideways", "completion_id": "` + ab + `"}`, 400, "up or down"},
		{`{"kind": "thumbs", "value": "up", "chosen": "` + ab + `"}`, 400, "Thumbs have"},
		{`{"kind": "thumbs", "value": "up", "completion_id": "` + foreign + `"}`, 404, "knows only its own"},
		{`{"kind": "thumbs", "value": "up", "completion_id": "` + unkept + `"}`, 404, `"store": false`},
		{`{"kind": "thumbs", "value": "up", "completion_id": "a/b"}`, 404, "no completion"},
		{`{"kind": "thumbs", "value": "up", "completion_id": "` + several + `"}`, 400, "3 choices"},
		{`{"kind": "thumbs", "value": "up", "completion_id": "` + several + `#3"}`, 400, "numbered from 0"},
		{`{"kind": "thumbs", "value": "up", "completion_id": "` + ab + `", "dataset": "pairs"}`, 409, "imported"},
		{`{"kind": "thumbs", "value": "up", "completion_id": "` + ab + `", "stars": 5}`, 400, "stars"},
		{`{"kind": "comparison", "chosen": "` + ab + `", "rejected": "` + ba + `"}`, 400, "different prompts"},
		{`{"kind": "comparison", "chosen": "` + ab + `", "rejected": "` + ab + `"}`, 400, "with itself"},
		{`{"kind": "comparison", "chosen": "` + ab + `", "rejected": "` + again + `"}`, 400, "same text"},
		{`{"kind": "comparison", "chosen": "` + ab + `"}`, 400, "rejected is missing"},
		{`{"kind": "comparison", "tie": ["` + ab + `"]}`, 400, "tie holds two"},
		{`{"kind": "correction", "completion_id": "` + ab + `", "text": "b a"}`, 400, "differ"},
		{`{"kind": "correction", "completion_id": "` + ab + `", "text": " "}`, 400, "should have been said"},
	} {
		got := w.post(t, mine, "/v1/feedback", tt.body)
		if got.StatusCode != tt.status || !strings.Contains(got.words(t), tt.says) {
			t.Errorf("%s: got %s %s, want %d %q", tt.body, got.Status, got.body, tt.status, tt.says)
		}
	}
	for _, dataset := range []string{"feedback", "comparisons", "corrections"} {
		if rows := w.rows(t, dataset); len(rows) > 0 {
			t.Errorf("%s has rows: %v", dataset, rows)
		}
	}
}

// TestFeedbackTwiceIsOneRow: by what it says, or by its key; also when it comes at the same time.
func TestFeedbackTwiceIsOneRow(t *testing.T) {
	w := open(t)
	key, other := w.userKey(t, "k"), w.userKey(t, "o")
	id, others := w.complete(t, key, "/v1/completions", `{"prompt": "a"}`), w.complete(t, other, "/v1/completions", `{"prompt": "a"}`)
	up := fmt.Sprintf(`{"kind": "thumbs", "completion_id": %q, "value": "up"}`, id)
	var all sync.WaitGroup
	replies := make([]said, 8)
	for i := range replies {
		all.Go(func() { replies[i] = w.post(t, key, "/v1/feedback", up) })
	}
	all.Wait()
	created := 0
	for _, r := range replies {
		if r.StatusCode == http.StatusCreated {
			created++
		}
		if decode[FeedbackKept](t, r).ID != decode[FeedbackKept](t, replies[0]).ID {
			t.Errorf("two answers name two rows: %s and %s", r.body, replies[0].body)
		}
	}
	if rows := w.rows(t, "feedback"); created != 1 || len(rows) != 1 {
		t.Fatalf("%d were created, and there are %d rows, want one", created, len(rows))
	}
	keyed := func(value, id, idempotency string) string {
		return fmt.Sprintf(`{"kind": "thumbs", "completion_id": %q, "value": %q, "idempotency_key": %q}`, id, value, idempotency)
	}
	for _, tt := range []struct {
		secret, body string
		status, rows int
	}{
		{key, keyed("down", id, "1"), 201, 2},
		{key, keyed("down", id, "1"), 200, 2},
		{key, keyed("up", id, "1"), 409, 2},       // other feedback under the same key
		{key, keyed("up", id, "2"), 201, 3},       // says what was said before, and means it anew
		{other, keyed("up", others, "1"), 201, 4}, // another's keys are another's
	} {
		got := w.post(t, tt.secret, "/v1/feedback", tt.body)
		if rows := w.rows(t, "feedback"); got.StatusCode != tt.status || len(rows) != tt.rows {
			t.Errorf("%s: got %s %s and %d rows, want %d and %d", tt.body, got.Status, got.body, len(rows), tt.status, tt.rows)
		}
	}
	var row map[string]any
	must(t, json.Unmarshal(w.rows(t, "feedback")[0].Value, &row))
	if row["key"] == "" || row["key"] == nil {
		t.Errorf("the row %v does not say which key gave it", row)
	}
}
