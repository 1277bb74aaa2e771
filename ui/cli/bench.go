package cli

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/engine/runs"
)

func benchCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "bench",
		Usage: "measure how fast this machine samples, trains and serves people",
		Description: `Figures are medians after a warm-up, through the same code as real use. Nothing else should run beside; the
result says whether the machine was idle at the start, which also decides whether threads wait busily.
docs/bench.md compares them with other programs'.`,
		Subcommands: []*cli.Command{
			benchGenerateCommand(a),
			benchTrainCommand(a),
			benchLabelingCommand(a),
		},
	}
}

// repetitions is the flag that all benchmarks share.
func repetitions() cli.Flag {
	return &cli.IntFlag{Name: "runs", Value: 3, Usage: "measure `N` times after the warm-up and take the median"}
}

// within refuses a flag's number outside of a range.
func within(c *cli.Context, flag string, low, high int) error {
	if n := c.Int(flag); n < low || n > high {
		return fail(badInput, "--%s is %d, and must be from %d to %d", flag, n, low, high)
	}
	return nil
}

// median of some durations, in seconds.
func median(all []time.Duration) float64 {
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]).Seconds() / 2
}

// peakMegabytes is the largest memory that this process has had, in 10⁶ bytes; 0 where unknown.
func peakMegabytes() float64 {
	return float64(runs.NewMeter(nil, 0, 0).Read().PeakRSS) / 1e6
}

// seconds are durations as numbers, for JSON.
func secondsOf(all []time.Duration) []float64 {
	out := make([]float64, len(all))
	for i, d := range all {
		out[i] = d.Seconds()
	}
	return out
}
