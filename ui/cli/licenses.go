package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"workbench/embed"
)

// term is one entry of `workbench licenses --json`.
type term struct {
	Of      string `json:"of"`
	Version string `json:"version,omitempty"`
	Licence string `json:"licence"`
	Source  string `json:"source,omitempty"`
	Text    string `json:"text,omitempty"`
}

func licensesCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "licenses",
		Usage: "print the licences of everything in this binary",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "short", Usage: "names only, without the full texts"},
		},
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			found, err := embed.Licences()
			if err != nil {
				return err
			}
			terms := make([]term, len(found))
			for i, l := range found {
				terms[i] = term{Of: l.Of, Version: l.Version, Licence: l.SPDX, Source: l.Source}
				if !c.Bool("short") {
					terms[i].Text = l.Text
				}
			}
			return a.answer(terms, func(w io.Writer) { writeTerms(w, terms) })
		},
	}
}

func writeTerms(w io.Writer, terms []term) {
	fmt.Fprintln(w, "Workbench is licensed under the Apache License, Version 2.0. This binary also contains:")
	fmt.Fprintln(w)
	for _, t := range terms {
		fmt.Fprintf(w, "  %s %s (%s)\n", t.Of, t.Version, t.Licence)
		if t.Source != "" {
			fmt.Fprintf(w, "    from %s\n", t.Source)
		}
	}
	for _, t := range terms {
		if t.Text == "" {
			continue
		}
		title := t.Of + " " + t.Version
		fmt.Fprintf(w, "\n%s\n%s\n\n%s", title, strings.Repeat("=", len(title)), t.Text)
	}
}
