package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// line is a command line while it is being arranged.
type line struct {
	getenv func(string) string

	verbs       []*cli.Command // what may stand here: the verbs, or those below the current one
	verb        *cli.Command   // the verb found so far; nil before the first
	path        []string       // its names
	flags       []string       // flags with their values
	given       []string       // names of the flags that were given
	positionals []string
}

// arrange rewrites a command line into the order that the parser needs (verbs, flags, "--",
// arguments), because the parser stops looking for flags at the first argument and people don't.
// On the way it answers what is unknown or missing with the nearest thing that is known.
func arrange(verbs []*cli.Command, args []string, getenv func(string) string) ([]string, error) {
	l := &line{verbs: verbs, getenv: getenv}
	for rest := plainWords(args); len(rest) > 0; {
		var err error
		if rest, err = l.take(rest); err != nil {
			return nil, err
		}
	}
	if err := l.complete(); err != nil {
		return nil, err
	}
	if l.verb == nil {
		return []string{"help"}, nil
	}
	arranged := slices.Concat(l.path, l.flags)
	if len(l.positionals) > 0 && !l.asksForHelp() { // the parser takes them for topics of its help
		arranged = append(append(arranged, "--"), l.positionals...)
	}
	return arranged, nil
}

func (l *line) asksForHelp() bool {
	return slices.Contains(l.given, "help") || slices.Contains(l.given, "h")
}

// plainWords turns the habits of other programs into our verbs: --version is the verb version, and
// `help VERB` is `VERB --help`.
func plainWords(args []string) []string {
	if len(args) == 1 && (args[0] == "--version" || args[0] == "-v") {
		return []string{"version"}
	}
	if len(args) > 1 && args[0] == "help" && !strings.HasPrefix(args[1], "-") && !isTopic(args[1]) {
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

// take consumes the first word, and its value where it has one, and returns the rest.
func (l *line) take(words []string) ([]string, error) {
	word, rest := words[0], words[1:]
	switch {
	case word == "--":
		l.positionals = append(l.positionals, rest...)
		return nil, nil
	case isFlag(word):
		return l.takeFlag(word, rest)
	case l.verb == nil || len(l.verbs) > 0:
		return rest, l.descend(word)
	}
	l.positionals = append(l.positionals, word)
	return rest, nil
}

// isFlag reports whether a word is meant as a flag: not "-" (stdin), and not a negative number.
func isFlag(word string) bool {
	if len(word) < 2 || word[0] != '-' {
		return false
	}
	_, err := strconv.ParseFloat(word, 64)
	return err != nil
}

func (l *line) takeFlag(word string, rest []string) ([]string, error) {
	name, _, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
	flag := findFlag(l.known(), name)
	if flag == nil && name != "help" && name != "h" {
		return nil, l.unknownFlag(word, name)
	}
	l.given = append(l.given, name)
	l.flags = append(l.flags, word)
	takes, _ := flag.(cli.DocGenerationFlag)
	if hasValue || takes == nil || !takes.TakesValue() {
		return rest, nil
	}
	if len(rest) == 0 {
		return nil, fail(badInput, "--%s needs a value", name).next("%s --help explains it", l.spoken())
	}
	l.flags = append(l.flags, rest[0])
	return rest[1:], nil
}

// descend goes from a verb to the one below it that was named.
func (l *line) descend(name string) error {
	var names []string
	for _, verb := range l.verbs {
		if verb.HasName(name) {
			l.path = append(l.path, name)
			l.verb, l.verbs = verb, verb.Subcommands
			return nil
		}
		names = append(names, verb.Name)
	}
	what := "there is no verb %q"
	if l.verb != nil {
		what = l.verb.Name + " has no verb %q"
	}
	if near := nearest(name, names); near != "" {
		return fail(badInput, what, name).next("did you mean %q? %s --help lists all", near, l.spoken())
	}
	return fail(badInput, what, name).next("%s --help lists all", l.spoken())
}

// known lists the flags that may stand here. Before a verb is named these are the flags that all
// verbs share, which every verb's list contains.
func (l *line) known() []cli.Flag {
	if l.verb != nil && len(l.verbs) == 0 {
		return l.verb.Flags
	}
	var shared []cli.Flag
	for _, name := range []string{"data", "json"} {
		if flag := findFlag(anyLeaf(l.verbs).Flags, name); flag != nil {
			shared = append(shared, flag)
		}
	}
	return shared
}

func anyLeaf(verbs []*cli.Command) *cli.Command {
	verb := verbs[0]
	for len(verb.Subcommands) > 0 {
		verb = verb.Subcommands[0]
	}
	return verb
}

func findFlag(flags []cli.Flag, name string) cli.Flag {
	for _, flag := range flags {
		if slices.Contains(flag.Names(), name) {
			return flag
		}
	}
	return nil
}

func (l *line) unknownFlag(word, name string) error {
	names := []string{"help"}
	for _, flag := range l.known() {
		names = append(names, flag.Names()...)
	}
	word, _, _ = strings.Cut(word, "=")
	err := fail(badInput, "%s has no flag %s", l.spoken(), word)
	if near := nearest(name, names); near != "" {
		return err.next("did you mean --%s? %s --help lists all", near, l.spoken())
	}
	return err.next("%s --help lists all", l.spoken())
}

// complete checks that the flags which a verb requires were given.
func (l *line) complete() error {
	if l.verb == nil || len(l.verbs) > 0 || l.asksForHelp() {
		return nil
	}
	for _, flag := range l.verb.Flags {
		required, can := flag.(cli.RequiredFlag)
		if can && required.IsRequired() && !l.has(flag) {
			return fail(badInput, "%s needs --%s", l.spoken(), flag.Names()[0]).
				next("%s --help explains it", l.spoken())
		}
	}
	return nil
}

func (l *line) has(flag cli.Flag) bool {
	for _, name := range flag.Names() {
		if slices.Contains(l.given, name) {
			return true
		}
	}
	documented, can := flag.(cli.DocGenerationFlag)
	return can && slices.ContainsFunc(documented.GetEnvVars(), func(key string) bool { return l.getenv(key) != "" })
}

// spoken is the command as the person would type it so far.
func (l *line) spoken() string { return strings.Join(append([]string{"workbench"}, l.path...), " ") }
