package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestCatalog holds what every verb must have: a usage line, help for each flag, a help page that
// ends with the exit codes, and a golden script of its own.
func TestCatalog(t *testing.T) {
	for _, verb := range (&app{verbs: commands}).shell().Commands {
		t.Run(verb.Name, func(t *testing.T) {
			if _, err := os.Stat("testdata/" + verb.Name + ".txt"); err != nil {
				t.Errorf("verb %s has no golden script: %v", verb.Name, err)
			}
			checkVerb(t, verb)
		})
	}
}

func checkVerb(t *testing.T, verb *cli.Command) {
	if verb.Usage == "" || strings.HasSuffix(verb.Usage, ".") {
		t.Errorf("%s: usage is %q, want a phrase without a full stop", verb.Name, verb.Usage)
	}
	if len(verb.Subcommands) == 0 && verb.Action == nil {
		t.Errorf("%s has neither an action nor verbs below it", verb.Name)
	}
	if len(verb.Subcommands) > 0 && verb.Action != nil {
		t.Errorf("%s has an action and verbs below it; the action could never run", verb.Name)
	}
	for _, flag := range verb.Flags {
		documented, can := flag.(cli.DocGenerationFlag)
		if !can || documented.GetUsage() == "" {
			t.Errorf("%s: flag --%s has no usage text", verb.Name, flag.Names()[0])
		}
	}
	for _, sub := range verb.Subcommands {
		checkVerb(t, sub)
	}
}
