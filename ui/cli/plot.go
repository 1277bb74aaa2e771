package cli

import (
	"cmp"
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"workbench/engine/runs"
)

func runsPlotCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:      "plot",
		Usage:     "draw metrics of a run over its steps",
		ArgsUsage: "ID METRIC…",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Required: true, Usage: "write the picture to `FILE`, .svg or .png"},
			&cli.StringSliceFlag{Name: "with", Usage: "draw the same metrics of the run `ID` over it; can be repeated"},
			&cli.IntFlag{Name: "smooth", Value: 1, Usage: "draw means over `N` steps, with the values themselves faint behind"},
			&cli.StringFlag{Name: "title", Usage: "above the picture (default: the run)"},
			&cli.StringFlag{Name: "y", Usage: "label of the vertical axis (default: the metrics with their units)"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() < 2 {
				_, err := arguments(c, "ID", "METRIC")
				return err
			}
			out := c.String("out")
			if !slices.Contains([]string{".svg", ".png"}, strings.ToLower(filepath.Ext(out))) {
				return fail(badInput, "--out %s ends in neither .svg nor .png", out)
			}
			if err := within(c, "smooth", 1, 1<<20); err != nil {
				return err
			}
			return a.withRuns(c.Context, func(from runSource) error {
				r, err := from.record(c.Context, c.Args().First())
				if err != nil {
					return err
				}
				run := r.Run
				a.named(run.ID)
				lines, err := chosenSeries(r, c.Args().Tail())
				if err != nil {
					return err
				}
				for _, reference := range c.StringSlice("with") {
					other, err := from.record(c.Context, reference)
					if err != nil {
						return err
					}
					more, err := chosenSeries(other, c.Args().Tail())
					if err != nil {
						return err
					}
					lines = append(lines, ofRun(other.Run, more)...)
				}
				if len(c.StringSlice("with")) > 0 {
					lines = append(ofRun(run, lines[:c.NArg()-1]), lines[c.NArg()-1:]...)
				}
				picture := curves{title: c.String("title"), y: c.String("y"), smooth: c.Int("smooth"), lines: lines}
				if picture.title == "" {
					picture.title = "Run " + cmp.Or(run.Name, "of "+run.Script.Name) + " (" + run.Script.Name + ", " + run.ID + ")"
				}
				if err := picture.save(out); err != nil {
					return fail(badInput, "draw %s: %w", out, err)
				}
				return a.answer(map[string]any{"run": run.ID, "file": out, "metrics": c.Args().Tail()}, func(w io.Writer) {
					fmt.Fprintf(w, "%s of run %s in %s\n", strings.Join(c.Args().Tail(), ", "), run.ID, out)
				})
			})
		},
	}
}

// ofRun has curves say whose they are.
func ofRun(run runs.Run, lines []runs.Series) []runs.Series {
	named := slices.Clone(lines)
	for i := range named {
		named[i].Name += " of " + cmp.Or(run.Name, run.Script.Name) + " …" + run.ID[len(run.ID)-5:]
	}
	return named
}

// chosenSeries are the metrics of the given names; one that the run has not is answered with those
// that it has.
func chosenSeries(r runRecord, names []string) ([]runs.Series, error) {
	run, all := r.Run, r.series()
	var known []string
	for _, s := range all {
		known = append(known, s.Name)
	}
	var chosen []runs.Series
	for _, name := range names {
		at := slices.Index(known, name)
		if at < 0 {
			return nil, fail(notFound, "run %s has no metric %q", run.ID, name).next("it has: %s", orNothing(strings.Join(known, ", ")))
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

// curves is a picture of metrics over steps.
type curves struct {
	title, y string
	smooth   int // steps that are averaged; 1 for none
	lines    []runs.Series
}

// palette are colours that differ for readers who do not see all of them (Okabe and Ito 2008).
var palette = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff},
	{0xd5, 0x5e, 0x00, 0xff},
	{0x00, 0x9e, 0x73, 0xff},
	{0xcc, 0x79, 0xa7, 0xff},
	{0xe6, 0x9f, 0x00, 0xff},
	{0x56, 0xb4, 0xe9, 0xff},
	{0x00, 0x00, 0x00, 0xff},
}

func (c curves) save(file string) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.title, "step (updates of the weights)", c.y
	if c.y == "" {
		p.Y.Label.Text = c.label()
	}
	p.Add(plotter.NewGrid())
	for i, s := range c.lines {
		if err := c.draw(p, s, palette[i%len(palette)]); err != nil {
			return fmt.Errorf("metric %s: %w", s.Name, err)
		}
	}
	p.Legend.Top, p.Legend.XOffs, p.Legend.YOffs = true, -vg.Centimeter/2, -vg.Centimeter/4
	p.Title.Padding, p.X.Padding, p.Y.Padding = vg.Centimeter/3, vg.Centimeter/8, vg.Centimeter/8
	room := 0.06 * (p.Y.Max - p.Y.Min) // so that no curve runs along the frame
	p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
	return p.Save(20*vg.Centimeter, 12*vg.Centimeter, file)
}

// draw adds one metric; values that are not finite leave a gap.
func (c curves) draw(p *plot.Plot, s runs.Series, colour color.RGBA) error {
	named := true
	add := func(points plotter.XYs, width vg.Length, colour color.Color) error {
		line, err := plotter.NewLine(points)
		if err != nil {
			return err
		}
		line.Color, line.Width = colour, width
		p.Add(line)
		if named {
			p.Legend.Add(s.Name, line)
		}
		named = false
		return nil
	}
	pieces := finitePieces(s)
	for _, points := range pieces {
		if err := add(smoothed(points, c.smooth), vg.Points(1.5), colour); err != nil {
			return err
		}
	}
	if len(pieces) == 0 {
		return fmt.Errorf("none of its %d values is finite", len(s.Values))
	}
	if c.smooth > 1 {
		faint := color.NRGBA{colour.R, colour.G, colour.B, 0x40}
		for _, points := range pieces {
			if err := add(points, vg.Points(0.5), faint); err != nil {
				return err
			}
		}
	}
	return nil
}

// finitePieces splits a metric where its values are not finite.
func finitePieces(s runs.Series) []plotter.XYs {
	var pieces []plotter.XYs
	open := false
	for i, v := range s.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			open = false
			continue
		}
		if !open {
			pieces = append(pieces, nil)
			open = true
		}
		last := len(pieces) - 1
		pieces[last] = append(pieces[last], plotter.XY{X: float64(s.Steps[i]), Y: v})
	}
	return pieces
}

// smoothed is the mean over a window that is centred where it can be.
func smoothed(points plotter.XYs, window int) plotter.XYs {
	out := make(plotter.XYs, len(points))
	for i := range points {
		from, to := max(0, i-(window-1)/2), min(len(points), i+window/2+1)
		sum := 0.0
		for _, p := range points[from:to] {
			sum += p.Y
		}
		out[i] = plotter.XY{X: points[i].X, Y: sum / float64(to-from)}
	}
	return out
}

// units of metrics by the name, or the beginning of the name, that recipes and the engine give them.
var units = []struct{ name, unit string }{
	{"loss", "nats"},
	{"kl", "nats"},
	{"entropy", "nats"},
	{"accuracy", "share"},
	{"grad_norm", "loss per unit of weight"},
	{"lr", "per step"},
	{"tokens", "tokens"},
	{"margin", "nats"},
	{"perplexity", "per token"},
	{"held_out_perplexity", "per token"},
	{"reward", "score"},
	{"proxy", "score"},
	{"gold", "score"},
	{"gain", "score"},
	{"rate", "share"},
	{"won", "share"},
	{"agrees", "share"},
	{"longest_wins", "share"},
	{"ended", "share"},
	{"clip_frac", "share"},
	{"length_", "share"}, // length_controlled is a rate
	{"length", "tokens"},
}

// label names the metrics with their units, where they are known.
func (c curves) label() string {
	var parts []string
	for _, s := range c.lines {
		part, _, _ := strings.Cut(s.Name, " of ") // what ofRun adds
		last := part[strings.LastIndex(part, ".")+1:]
		for _, u := range units {
			if strings.HasPrefix(last, u.name) {
				part += " (" + u.unit + ")"
				break
			}
		}
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
