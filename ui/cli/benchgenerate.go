package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/engine/generate"
	"workbench/engine/runs"
)

// generateBench is what `workbench bench generate` measured.
type generateBench struct {
	Model        string    `json:"model"`
	Precision    string    `json:"precision"`
	Batch        int       `json:"batch"`
	PromptTokens int       `json:"prompt_tokens"`
	NewTokens    int       `json:"new_tokens"`
	Prefill      float64   `json:"prefill_tokens_per_s"`
	Decode       float64   `json:"decode_tokens_per_s"`
	PrefillTimes []float64 `json:"prefill_times_s"` // of calls for a first token
	WholeTimes   []float64 `json:"whole_times_s"`   // of calls for all tokens
	PeakRSS      float64   `json:"peak_rss_mb"`
	Idle         bool      `json:"machine_was_idle"`
}

func benchGenerateCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "generate",
		Usage: "time sampling: reading prompts, and tokens drawn",
		Description: `Prompts are random tokens, all different, and no response ends early. Reading is timed by calls for one
token each; drawing by calls for all tokens, less the time of reading.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Value: embeddedName, Usage: "sample from `NAME`"},
			&cli.StringFlag{Name: "precision", Usage: "f32, int8 or int4"},
			&cli.IntFlag{Name: "batch", Value: 1, Usage: "responses at a time"},
			&cli.IntFlag{Name: "prompt-tokens", Value: 64, Usage: "tokens in a prompt"},
			&cli.IntFlag{Name: "new-tokens", Value: 64, Usage: "tokens in a response"},
			&cli.Float64Flag{Name: "temperature", Value: 1, Usage: "0 takes the most probable token"},
			repetitions(),
		},
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			if err := errors.Join(within(c, "batch", 1, 4096), within(c, "prompt-tokens", 1, 1<<20), within(c, "new-tokens", 2, 1<<20), within(c, "runs", 1, 1000)); err != nil {
				return err
			}
			name, precision, err := precisionOf(c.String("model"), c.String("precision"))
			if err != nil {
				return err
			}
			b := generateBench{Model: name, Precision: precision.String(), Batch: c.Int("batch"), PromptTokens: c.Int("prompt-tokens"), NewTokens: c.Int("new-tokens")}
			return a.withEngine(c.Context, true, func(e *engine) error {
				if err := b.measure(c.Context, e, precision, c.Float64("temperature"), c.Int("runs")); err != nil {
					return err
				}
				return a.answer(b, b.write)
			})
		},
	}
}

func (b *generateBench) measure(ctx context.Context, e *engine, precision generate.Precision, temperature float64, times int) (err error) {
	b.Idle = e.spin
	m, err := e.Open(ctx, b.Model)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	sampler, err := e.sampler(ctx, m, generate.Options{
		Slots: b.Batch, Positions: b.PromptTokens + b.NewTokens, Precision: precision,
		Spin: e.session().Spin, Device: e.device(runs.ForPerson),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sampler.Close()) }()
	var prompts [][]int
	for _, text := range randomTexts(m.Arch.Sizes().Vocab, b.Batch, b.PromptTokens) {
		prompts = append(prompts, text.Tokens)
	}
	call := func(tokens int) (time.Duration, error) {
		start := time.Now()
		_, err := sampler.Generate(ctx, prompts, generate.Sampling{Temperature: temperature, MaxTokens: tokens, IgnoreEOS: true}, nil)
		return time.Since(start), err
	}
	return b.time(e.app, call, times)
}

// time makes one call of each kind to warm up, then those that count.
func (b *generateBench) time(a *app, call func(tokens int) (time.Duration, error), times int) error {
	shown := a.progress("bench generate", int64(times)+1, "runs")
	defer shown.finish()
	var first, whole []time.Duration
	for i := range times + 1 {
		one, err := call(1)
		if err != nil {
			return fail(badInput, "%w", err)
		}
		all, err := call(b.NewTokens)
		if err != nil {
			return fail(badInput, "%w", err)
		}
		if i > 0 {
			first, whole = append(first, one), append(whole, all)
		}
		shown.add(1)
	}
	b.PrefillTimes, b.WholeTimes = secondsOf(first), secondsOf(whole)
	read := median(first)
	b.Prefill = float64(b.Batch*b.PromptTokens) / read
	b.Decode = float64(b.Batch*(b.NewTokens-1)) / math.Max(median(whole)-read, 1e-9)
	b.PeakRSS = peakMegabytes()
	return nil
}

func (b *generateBench) write(w io.Writer) {
	fmt.Fprintf(w, "%s %s, %d × %d prompt tokens: read at %.1f tokens/s; %d new tokens each: drawn at %.1f tokens/s; peak memory %.0f MB\n",
		b.Model, b.Precision, b.Batch, b.PromptTokens, b.Prefill, b.NewTokens, b.Decode, b.PeakRSS)
}
