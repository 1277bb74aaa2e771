package script_test

import (
	"reflect"
	"strings"
	"testing"

	"workbench/tasks/script"
)

const longerRule = `"""The longer text is better."""
def answer(task):
    if task.form == "Something else":
        return None
    n = len(task.item["left"]) - len(task.item.right)
    return {"preference": 2 if n > 0 else 8, "why": "%s of %s" % (task.id, task.flow)}
`

func TestRule(t *testing.T) {
	rule, err := script.ParseRule("longer.star", longerRule, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rule.Summary(), "The longer text is better."; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
	for _, c := range []struct {
		form, left, right string
		want              map[string]any
	}{
		{"Which?", "long text", "short", map[string]any{"preference": int64(2), "why": "t1 of compare"}},
		{"Which?", "a", "abc", map[string]any{"preference": int64(8), "why": "t1 of compare"}},
		{"Something else", "a", "abc", nil},
	} {
		task := script.RuleTask{ID: "t1", Flow: "compare", Form: c.form, Item: map[string]any{"left": c.left, "right": c.right}}
		if got, err := rule.Answer(t.Context(), task); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s, %q against %q: %v, %v, want %v", c.form, c.left, c.right, got, err, c.want)
		}
	}
}

func TestRuleChanceDependsOnSeedAndTask(t *testing.T) {
	drawn := func(seed int64, task string) any {
		t.Helper()
		rule, err := script.ParseRule("chance.star", "def answer(task):\n    return {\"x\": [random(), random()]}\n", seed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rule.Answer(t.Context(), script.RuleTask{ID: "before"}); err != nil {
			t.Fatal(err)
		}
		values, err := rule.Answer(t.Context(), script.RuleTask{ID: task})
		if err != nil {
			t.Fatal(err)
		}
		return values["x"]
	}
	first := drawn(1, "a")
	if again := drawn(1, "a"); !reflect.DeepEqual(first, again) {
		t.Errorf("the same seed and task gave %v and %v", first, again)
	}
	for _, other := range []any{drawn(2, "a"), drawn(1, "b")} {
		if reflect.DeepEqual(first, other) {
			t.Errorf("another seed or task gave %v again", first)
		}
	}
}

func TestRuleMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"x = 1\n", "has no answer(task)"},
		{"def answer():\n    return {}\n", "has no answer(task)"},
		{"def answer(task):\n    return task.itm\n", "itm"},
		{"def answer(task):\n    return 7\n", "answer(task) returned a int"},
		{"def answer(task):\n    while True:\n        pass\n", "too many steps"},
		{"def answer(task)\n    return 7\n", "r.star:2:1"},
		{"def answer(task):\n    return generate(task)\n", "undefined: generate"},
		{"seen = []\ndef answer(task):\n    seen.append(1)\n    return {}\n", "frozen"},
	} {
		rule, err := script.ParseRule("r.star", c.text, 0)
		if err == nil {
			_, err = rule.Answer(t.Context(), script.RuleTask{Item: map[string]any{}})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want something with %q", c.text, err, c.want)
		}
	}
}
