package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"workbench/tasks/lineage"
	"workbench/ui/web"
)

func traceCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "trace",
		Usage:     "show what something came from, down to answers, people and samples, and what came of it",
		ArgsUsage: "ID",
		Description: `ID is a node as records cite it (run:01K…, model:4d59…, answer:01K…, row:comparisons/01K…), an id or the
beginning of one, the name of a model or of a run, run:ID/NAME for what a run kept, or last.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "down", Usage: "only what it came from"},
			&cli.BoolFlag{Name: "up", Usage: "only what came of it"},
			&cli.IntFlag{Name: "depth", Value: 4, Usage: "go on for at most `N` steps"},
			&cli.IntFlag{Name: "limit", Value: 5, Usage: "show at most `N` neighbours of a kind; the others are counted"},
		},
		Action: func(c *cli.Context) error {
			given, err := arguments(c, "ID")
			if err != nil {
				return err
			}
			const most = 1000
			if err := errors.Join(within(c, "depth", 1, most), within(c, "limit", 1, most)); err != nil {
				return err
			}
			t := tracing{ctx: c.Context, limit: c.Int("limit"), depth: c.Int("depth"), seen: map[string]web.Trace{}, down: !c.Bool("up") || c.Bool("down"), up: !c.Bool("down") || c.Bool("up")}
			return a.withRuns(c.Context, func(from runSource) error {
				t.from = from
				root, err := t.read(given[0])
				if err != nil {
					return err
				}
				var text strings.Builder
				if err := t.write(&text, root); err != nil {
					return err
				}
				result := map[string]any{"root": root.Node, "nodes": t.seen}
				return a.answer(result, func(w io.Writer) { fmt.Fprint(w, text.String()) })
			})
		},
	}
}

// tracing walks through the lineage and writes it down as a tree.
type tracing struct {
	ctx          context.Context
	from         runSource
	limit, depth int
	down, up     bool
	seen         map[string]web.Trace // by node
}

// perKind is how many neighbours are asked for, so that each kind has some.
const perKind = 1000

func (t *tracing) read(node string) (web.Trace, error) {
	if have, is := t.seen[node]; is {
		return have, nil
	}
	found, err := t.from.trace(t.ctx, node, perKind)
	if err == nil {
		t.seen[found.Node] = found
	}
	return found, err
}

func (t *tracing) write(w io.Writer, root web.Trace) error {
	fmt.Fprintf(w, "%s %s  %s\n", root.Kind, root.Title, root.Node)
	for _, f := range root.Facts {
		fmt.Fprintf(w, "  %s: %s\n", f.Name, clipped(f.Value))
	}
	if t.down {
		fmt.Fprintln(w, "\ncame from")
		if err := t.side(w, root, 1, map[string]bool{root.Node: true}, fromSide); err != nil {
			return err
		}
	}
	if t.up {
		fmt.Fprintln(w, "\nled to")
		return t.side(w, root, 1, map[string]bool{root.Node: true}, toSide)
	}
	return nil
}

func fromSide(t web.Trace) ([]web.TraceLink, map[string]int) { return t.From, t.FromCounts }
func toSide(t web.Trace) ([]web.TraceLink, map[string]int)   { return t.To, t.ToCounts }

// side writes the neighbours of one side, and theirs, each once.
func (t *tracing) side(w io.Writer, of web.Trace, depth int, told map[string]bool, choose func(web.Trace) ([]web.TraceLink, map[string]int)) error {
	links, counts := choose(of)
	indent := strings.Repeat("  ", depth)
	if len(links) == 0 && depth == 1 {
		fmt.Fprintln(w, indent+"nothing")
	}
	shown := map[string]int{}
	for _, l := range links {
		if shown[l.Kind]++; shown[l.Kind] > t.limit {
			continue
		}
		again := ""
		if told[l.Node] {
			again = "  (see above)"
		}
		fmt.Fprintf(w, "%s%s %s %s  %s%s\n", indent, l.How, l.Kind, l.Title, l.Node, again)
		if told[l.Node] || depth == t.depth {
			continue
		}
		told[l.Node] = true
		next, err := t.read(l.Node)
		if err != nil && codeOf(err) != notFound {
			return err
		}
		if err := t.side(w, next, depth+1, told, choose); err != nil {
			return err
		}
	}
	for _, kind := range sortedCounts(counts) {
		if more := counts[kind] - min(shown[kind], t.limit); more > 0 {
			fmt.Fprintf(w, "%sand %d more of kind %s (--limit shows more)\n", indent, more, kind)
		}
	}
	return nil
}

// clipped keeps a value in one line.
func clipped(text string) string {
	const most = 160
	letters := []rune(strings.Join(strings.Fields(text), " "))
	if len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return string(letters)
}

// untraced puts what cannot be found into the words of the command line.
func untraced(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail(notFound, "%w", err)
	case errors.Is(err, lineage.ErrSeveral), errors.Is(err, lineage.ErrMany):
		return fail(badInput, "%w", err)
	}
	return err
}

func (s servedRuns) trace(ctx context.Context, reference string, limit int) (t web.Trace, err error) {
	err = s.c.ask(ctx, "/api/trace/"+url.PathEscape(reference)+"?limit="+strconv.Itoa(limit), &t)
	return t, err
}
