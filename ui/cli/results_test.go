package cli

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestWriteResult(t *testing.T) {
	estimate := map[string]any{"value": 0.71234, "low": 0.6, "high": 0.8, "n": int64(400), "groups": int64(32)}
	for _, tt := range []struct {
		name  string
		value any
		want  []string // lines, with runs of spaces made one
	}{
		{"nothing", nil, nil},
		{"a number", 2.5, []string{"VALUE 95 % INTERVAL OF", "2.5"}},
		{"an estimate", map[string]any{"accuracy": estimate}, []string{"VALUE 95 % INTERVAL OF", "accuracy 0.7123 0.6 to 0.8 400 in 32 groups"}},
		{"nested", map[string]any{"b": map[string]any{"c": int64(3)}, "a": "text"}, []string{"VALUE 95 % INTERVAL OF", "a text", "b.c 3"}},
		{"a sentence", map[string]any{"verdict": strings.Repeat("word ", 20) + "end", "n": int64(3)}, []string{"VALUE 95 % INTERVAL OF", "n 3", "verdict: " + strings.Repeat("word ", 20) + "end"}},
		{"perplexity", map[string]any{"perplexity": 9.5, "low": 9.0, "high": 10.0, "n": int64(7), "groups": int64(7)}, []string{"VALUE 95 % INTERVAL OF", "9.5 9 to 10 7 in 7 groups"}},
		{"lists", map[string]any{"few": []any{1.0, 2.0}, "rows": []any{map[string]any{"x": 1.0}}}, []string{"VALUE 95 % INTERVAL OF", "few[0] 1", "few[1] 2", "rows (1 rows; --json prints them)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var text strings.Builder
			writeResult(&text, tt.value)
			var got []string
			for line := range strings.Lines(text.String()) {
				got = append(got, strings.Join(strings.Fields(line), " "))
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("%v is written as\n%s\nwant\n%s", tt.value, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestForJSON(t *testing.T) {
	value := map[string]any{"a": math.NaN(), "b": []any{math.Inf(1), 1.0, "x"}, "c": map[string]any{"d": true}}
	got, err := json.Marshal(forJSON(value))
	if want := `{"a":null,"b":[null,1,"x"],"c":{"d":true}}`; err != nil || string(got) != want {
		t.Errorf("forJSON(%v) = %s, %v, want %s", value, got, err, want)
	}
	if _, isNaN := value["a"].(float64); !isNaN {
		t.Error("forJSON changed the value that it was given")
	}
}
