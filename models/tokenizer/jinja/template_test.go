package jinja

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// chatCase is a template and what transformers makes of it: text or an error.
type chatCase struct {
	Name     string `json:"name"`
	Template string `json:"template"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
	Prompt bool    `json:"prompt"`
	Out    *string `json:"out"`
	Error  string  `json:"error"`
}

func readCases(t testing.TB) (cases []chatCase) {
	t.Helper()
	f, err := os.Open("../testdata/chat.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c chatCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if len(cases) == 0 || lines.Err() != nil {
		t.Fatalf("chat.jsonl: %d cases, %v", len(cases), lines.Err())
	}
	return cases
}

var noon = func() time.Time { return time.Date(2026, 11, 3, 12, 5, 9, 0, time.UTC) }

func (c chatCase) render() (string, error) {
	var messages []any
	for _, m := range c.Messages {
		messages = append(messages, Dict{{"role", m.Role}, {"content", m.Content}})
	}
	t, err := Parse(c.Template)
	if err != nil {
		return "", err
	}
	return t.Render(Dict{
		{"messages", messages},
		{"add_generation_prompt", c.Prompt},
		{"bos_token", "<s>"},
		{"eos_token", "</s>"},
		{"tools", nil},
		{"documents", nil},
	}, noon)
}

func TestEqualsTransformers(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			got, err := c.render()
			switch {
			case c.Out == nil && err == nil:
				t.Errorf("%s\n got %q\nwant the error %q", c.Template, got, c.Error)
			case c.Out != nil && err != nil:
				t.Errorf("%s\n got the error %v\nwant %q", c.Template, err, *c.Out)
			case c.Out != nil && got != *c.Out:
				t.Errorf("%s\n got %q\nwant %q", c.Template, got, *c.Out)
			}
		})
	}
}

// line is a template on one line, rendered with nothing given.
func line(source string) (string, error) {
	t, err := Parse(source)
	if err != nil {
		return "", err
	}
	return t.Render(Dict{{"x", Dict{{"k", []any{1, 2.5, nil}}}}}, noon)
}

func TestMistakesSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ source, say string }{
		{"a\n{{ 1 + }}", "line 2: expected a value"},
		{"{% if x %}", "endif"},
		{"\n\n{% endif %}", "line 3: unexpected {% endif %}"},
		{"{% include 'x' %}", `"include"`},
		{"{% import 'x' as y %}", `"import"`},
		{"{% extends 'x' %}", `"extends"`},
		{"{% do x %}", `"do"`},
		{"{{ x | nope }}", `"nope"`},
		{"{{ x is nope }}", `"nope"`},
		{"{{ 'a", "unexpected"},
		{"{{ 1", "ends inside a tag"},
		{"{# a", "comment is not closed"},
		{"{% raw %}a", "endraw"},
		{"{{ (1] }}", `unexpected "]"`},
		{"{{ 1 // 0 }}", "division by zero"},
		{"{{ 9223372036854775807 + 1 }}", "64 bits"},
		{"{{ -9223372036854775807 - 2 }}", "64 bits"},
		{"{{ 3 ** 99 }}", "64 bits"},
		{"{{ 99999999999999999999 }}", "too large"},
		{"{{ x.k.append(1) }}", "append"},
		{"{{ x() }}", "cannot be called"},
		{"{{ nope() }}", "'nope' is undefined"},
		{"{{ x.y.z }}", "'y', which is undefined"},
		{"{% for i in 3 %}{% endfor %}", "gone through"},
		{"{% set x.k = 1 %}", "namespaces"},
		{"{% for a, b in [1] %}{% endfor %}", "gone through"},
		{"{% break %}", "break outside a loop"},
		{"{{ raise_exception('sorry') }}", "sorry"},
		{"{{ strftime_now('%Q') }}", "%Q"},
		{"{{ x | tojson(indent=99) }}", "indent"},
		{"{{ 'a' < 1 }}", "no order"},
		{"{{ {[]: 1} }}", "unhashable"},
		{"{{ range() }}", "range"},
		{"{{ namespace | tojson }}", "not JSON"},
	} {
		if _, err := line(c.source); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s\n got error %v\nwant one that says %q", c.source, err, c.say)
		}
	}
}

func TestRaiseExceptionCanBeTold(t *testing.T) {
	if _, err := line("{{ raise_exception('sorry') }}"); !errors.Is(err, ErrRaised) {
		t.Errorf("got %v, want ErrRaised", err)
	}
	if _, err := line("{{ nope() }}"); errors.Is(err, ErrRaised) {
		t.Errorf("got %v, which is not the template's own", err)
	}
}

func TestClock(t *testing.T) {
	got, err := line("{{ strftime_now('%d %b %Y %-d %H:%M:%S %A %j %%') }}")
	if want := "03 Nov 2026 3 12:05:09 Tuesday 307 %"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// Whatever a template asks for, it ends soon and within its bounds.
func TestUntrustedTemplatesAreBounded(t *testing.T) {
	deep := strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000)
	nested := strings.Repeat("{% if 1 %}", 5000) + strings.Repeat("{% endif %}", 5000)
	double := "{% set s = 'aaaaaaaaaaaaaaaa' %}" + strings.Repeat("{% set s = s ~ s %}", 60)
	lists := "{% set s = [1] %}" + strings.Repeat("{% set s = s + s %}", 60)
	tower := "{% set s = [1] %}" + strings.Repeat("{% set s = [s, s] %}", 60) + "{{ s }}"
	for name, source := range map[string]string{
		"long":        strings.Repeat("a", maxSource+1),
		"deep":        "{{ " + deep + " }}",
		"nested":      nested,
		"minus":       "{{ " + strings.Repeat("-", 50000) + "1 }}",
		"ternary":     "{{ " + strings.Repeat("1 if 0 else ", 10000) + "1 }}",
		"elif":        "{% if 0 %}" + strings.Repeat("{% elif 0 %}", 9000) + "{% endif %}",
		"loops":       strings.Repeat("{% for i in range(9999) %}", 9) + strings.Repeat("{% endfor %}", 9),
		"range":       "{{ range(10000000000) }}",
		"repeat":      "{{ 'a' * 10000000000000 }}",
		"repeat list": "{{ [1] * 10000000000000 }}",
		"double":      double,
		"lists":       lists,
		"tower":       tower,
		"compare":     tower[:len(tower)-7] + "{{ s == s }}{% set a = s %}" + strings.ReplaceAll(tower, "set s", "set t"),
		"output":      "{% set s = 'a' * 1000000 %}{% for i in range(99999) %}{{ s }}{% endfor %}",
		"macro":       "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
		"recursive":   "{% for i in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
		"replace":     "{% set s = 'a' * 1000000 %}{{ s | replace('a', s) }}",
		"empty":       "{% set s = 'a' * 1000000 %}{{ s | replace('', s) }}",
		"join":        "{% set s = 'a' * 1000000 %}{{ range(99999) | join(s) }}",
		"indent":      "{{ 'a' | indent(1000000000, true) }}",
		"strip":       "{% set s = 'a' * 1000000 %}{{ s.strip(s) }}",
		"map":         "{{ [[[[1]]]] | map('map', 'map', 'list') | list }}" + double,
		"namespace":   "{% set n = namespace() %}{% set n.n = n %}{{ n }}{{ n == n }}" + double,
		"split":       "{% set s = 'a ' * 9000000 %}{{ s.split() }}",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			got, err := line(source)
			if !errors.Is(err, ErrLimit) {
				t.Errorf("got %d bytes and no error, want ErrLimit", len(got))
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			t.Logf("%v after %v", err, time.Since(start))
		})
	}
}

func FuzzTemplate(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.Template)
	}
	f.Fuzz(func(t *testing.T, source string) {
		c := chatCase{Template: source, Prompt: true}
		c.Messages = append(c.Messages, struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		}{"user", "Hé <|im_end|>\n"})
		if got, err := c.render(); err == nil && len(got) > maxOutput {
			t.Fatalf("%d bytes of output", len(got))
		}
	})
}
