package cli

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"workbench/engine/forward"
	"workbench/engine/ort"
	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/tasks/script"
)

// judge makes a reward model on the tiny model, with a head that is not zero, in the folder judge,
// and returns what it gives to two pairs.
func (r *room) judge(pairs ...[2]string) []float64 {
	r.t.Helper()
	a := &app{getenv: func(string) string { return "" }}
	if err := a.loadRuntime(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	base, err := weights.Open("tiny")
	if err != nil {
		r.t.Fatal(err)
	}
	defer base.Close()
	adapted, err := base.WithAdapter(2, 4, nil, 5)
	if err != nil {
		r.t.Fatal(err)
	}
	defer adapted.Close()
	m, err := adapted.WithHead(1, false, 5)
	if err != nil {
		r.t.Fatal(err)
	}
	defer m.Close()
	if err := m.SaveAdapter("judge"); err != nil {
		r.t.Fatal(err)
	}
	queue := runs.NewQueue(runs.QueueOptions{})
	scorer := forward.NewScorer(m, turns{queue, runs.ForPerson}, 0, ort.Options{})
	defer scorer.Close()
	var scores []float64
	for _, p := range pairs {
		seq, err := script.Encoding{}.Pair(m, script.Turns(p[0]), p[1])
		if err != nil {
			r.t.Fatal(err)
		}
		rows, err := scorer.Scores(r.t.Context(), []forward.Sequence{seq})
		if err != nil {
			r.t.Fatal(err)
		}
		scores = append(scores, float64(rows[0][0]))
	}
	return scores
}

// TestScore: an imported reward model gives each line, in order, what it gives when asked directly.
func TestScore(t *testing.T) {
	r := newRoom(t)
	want := r.judge([2]string{"hi", "hello"}, [2]string{"what is the time?", "noon"})
	r.must("model import tiny --name base")
	r.must("model import judge --name judge --base base")
	r.write("in.jsonl", `{"id": 7, "prompt": "hi", "response": "hello"}`, ``, `{"prompt": [{"role": "user", "content": "what is the time?"}], "response": "noon"}`)
	lines := strings.Split(r.must("score --input in.jsonl --model judge --json"), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines, want two scores, the result and nothing: %q", len(lines)-1, lines)
	}
	for i, w := range want {
		var got struct {
			ID    any
			Score float64
		}
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil || math.Abs(got.Score-w) > 1e-5 || (got.ID != nil) != (i == 0) {
			t.Errorf("line %d is %s (%v), want a score of %g, and the id only where there was one", i+1, lines[i], err, w)
		}
	}
	var summary struct{ Pairs, Tokens int }
	if err := json.Unmarshal([]byte(lines[2][strings.Index(lines[2], `"result":`)+9:len(lines[2])-1]), &summary); err != nil || summary.Pairs != 2 || summary.Tokens == 0 {
		t.Errorf("the result is %s (%v), want two pairs and their tokens", lines[2], err)
	}
}

func TestScoreLogProb(t *testing.T) {
	r := newRoom(t)
	r.stdin = `{"prompt": "a", "response": "bc"}` + "\n"
	var got struct {
		Logp   float64 `json:"logp"`
		Tokens int     `json:"tokens"`
		Per    float64 `json:"logp_per_token"`
	}
	line := r.must("score --input - --logp --model tiny")
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	// Two letters and the end; the tiny model is near uniform over its 258 tokens.
	if got.Tokens != 3 || math.Abs(got.Per-got.Logp/3) > 1e-9 || math.Abs(got.Per+math.Log(258)) > 1 {
		t.Errorf("%s: want 3 tokens at about %g each", line, -math.Log(258))
	}
}

func TestScoreRefuses(t *testing.T) {
	r := newRoom(t)
	r.write("bad.jsonl", `{"prompt": "a", "response": "b"}`, ``, `{"prompt": "a", "response": 5}`)
	r.write("broken.jsonl", `{"prompt": "a", "response": "b"}`, `{"prompt": "a", `)
	r.write("turns.jsonl", `{"prompt": [{"role": "user"}], "response": "b"}`)
	r.write("good.jsonl", `{"prompt": "a", "response": "b"}`)
	for _, tt := range []struct {
		line  string
		code  exitCode
		words string
	}{
		{"--input bad.jsonl", badInput, "bad.jsonl:3:17: the response is a number, and must be a text"},
		{"--input broken.jsonl", badInput, "broken.jsonl:2:"},
		{"--input turns.jsonl", badInput, "turns.jsonl:1:2: message 1 has role a text and content missing"},
		{"--input god.jsonl", notFound, "did you mean good.jsonl?"},
		{"--input tiny", badInput, "is a folder"},
		{"--input good.jsonl --model tiny", badInput, "add --logp"},
		{"--input good.jsonl --temperature 2", badInput, "--temperature says nothing to a reward model"},
		{"--input good.jsonl --logp --temperature 0", badInput, "must be above 0"},
		{"--input good.jsonl --template fancy", badInput, "must be chat or plain"},
		{"--input good.jsonl --max-tokens 1", badInput, "at least 2"},
	} {
		code, stdout, stderr := r.try(t.Context(), "score "+tt.line)
		if code != tt.code || !strings.Contains(stderr, tt.words) || stdout != "" {
			t.Errorf("score %s: code %d, stdout %q, stderr %q, want %d, nothing, and %q", tt.line, code, stdout, stderr, tt.code, tt.words)
		}
	}
}
