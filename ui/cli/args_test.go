package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// someVerbs has every shape that a verb can have, with the common flags.
func someVerbs() []*cli.Command {
	verbs := []*cli.Command{
		{
			Name: "run",
			Flags: []cli.Flag{
				&cli.StringSliceFlag{Name: "param", Aliases: []string{"p"}},
				&cli.IntFlag{Name: "steps"},
				&cli.BoolFlag{Name: "quiet"},
			},
		},
		{Name: "score", Flags: []cli.Flag{&cli.StringFlag{Name: "input", Required: true, EnvVars: []string{"INPUT"}}}},
		{Name: "model", Subcommands: []*cli.Command{{Name: "list"}, {Name: "import"}}},
	}
	for _, verb := range verbs {
		(&app{}).furnish(verb)
	}
	return verbs
}

func TestArrange(t *testing.T) {
	for _, tt := range []struct {
		line, want string
	}{
		{"run my.star -p lr=3e-5 --data d", "run -p lr=3e-5 --data d -- my.star"},
		{"run -p a=1 -p b=2,3 x", "run -p a=1 -p b=2,3 -- x"},
		{"--json run x --quiet", "run --json --quiet -- x"},
		{"run --steps=3 x", "run --steps=3 -- x"},
		{"run -", "run -- -"},
		{"run --steps -4", "run --steps -4"},
		{"run -- --quiet", "run -- --quiet"},
		{"run -1.5", "run -- -1.5"},
		{"model --json list a", "model list --json -- a"},
		{"model", "model"},
		{"model list --help", "model list --help"},
		{"score --help", "score --help"},
		{"run my.star --help", "run --help"},
		{"help model list", "model list --help"},
		{"help exit-codes", "help -- exit-codes"},
		{"--version", "version"},
		{"--help", "help"},
		{"", "help"},
	} {
		verbs := append(someVerbs(), &cli.Command{Name: "help"}, &cli.Command{Name: "version"})
		got, err := arrange(verbs, strings.Fields(tt.line), func(string) string { return "" })
		if err != nil || !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("arrange(%q) = %q, %v, want %q", tt.line, strings.Join(got, " "), err, tt.want)
		}
	}
}

func TestArrangeRefuses(t *testing.T) {
	for _, tt := range []struct {
		line, message, hint string
	}{
		{"rnu x", `no verb "rnu"`, `did you mean "run"?`},
		{"frobnicate", `no verb "frobnicate"`, "workbench --help lists all"},
		{"model lits", `model has no verb "lits"`, `did you mean "list"? workbench model --help`},
		{"run --step 3", "workbench run has no flag --step", "did you mean --steps?"},
		{"run --stpes=3", "workbench run has no flag --stpes", "did you mean --steps?"},
		{"run --frobnicate", "no flag --frobnicate", "workbench run --help lists all"},
		{"run --steps", "--steps needs a value", "workbench run --help explains it"},
		{"score", "workbench score needs --input", "workbench score --help explains it"},
		{"--steps 3 run", "workbench has no flag --steps", "workbench --help lists all"},
	} {
		_, err := arrange(someVerbs(), strings.Fields(tt.line), func(string) string { return "" })
		if err == nil || !strings.Contains(err.Error(), tt.message) || !strings.Contains(hintOf(err), tt.hint) || codeOf(err) != badInput {
			t.Errorf("arrange(%q): %v, hint %q, code %d, want %q, %q and bad input", tt.line, err, hintOf(err), codeOf(err), tt.message, tt.hint)
		}
	}
}

func TestRequiredFlagFromEnvironment(t *testing.T) {
	getenv := func(key string) string { return map[string]string{"INPUT": "x.jsonl"}[key] }
	if _, err := arrange(someVerbs(), []string{"score"}, getenv); err != nil {
		t.Errorf("score with $INPUT set: %v, want it accepted", err)
	}
}

func TestEditDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"list", "lits", 1}, {"kitten", "sitting", 3}, {"ü", "u", 1}, {"score", "scores", 1},
	} {
		if got := editDistance(tt.a, tt.b); got != tt.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
