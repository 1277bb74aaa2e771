package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
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
	PrefillTimes []float64 `json:"prefill_times_s"` // until every response has its first token
	DecodeTimes  []float64 `json:"decode_times_s"`  // from there to the end
	PeakRSS      float64   `json:"peak_rss_mb"`
	Idle         bool      `json:"machine_was_idle"`
}

func benchGenerateCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "generate",
		Usage: "time sampling: reading prompts, and tokens drawn",
		Description: `Prompts are random tokens, all different, and no response ends early. Reading lasts until every response
has its first token; the tokens that come after that moment are those whose drawing is timed.`,
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
	return b.time(e.app, times, func(onToken func(response int)) error {
		sampling := generate.Sampling{Temperature: temperature, MaxTokens: b.NewTokens, IgnoreEOS: true}
		_, err := sampler.Generate(ctx, prompts, sampling, func(i int, _ generate.Token) { onToken(i) })
		return err
	})
}

// time makes one call to warm up, then those that count.
func (b *generateBench) time(a *app, times int, call func(onToken func(response int)) error) error {
	shown := a.progress("bench generate", int64(times)+1, "runs")
	defer shown.finish()
	var read, draw []time.Duration
	var rates []float64
	for i := range times + 1 {
		w := watch{responses: b.Batch, start: time.Now(), seen: map[int]bool{}}
		if err := call(w.token); err != nil {
			return fail(badInput, "%w", err)
		}
		drawing := time.Since(w.start) - w.read
		if i > 0 {
			read, draw = append(read, w.read), append(draw, drawing)
			rates = append(rates, float64(w.tokens-w.before)/drawing.Seconds())
		}
		shown.add(1)
	}
	b.PrefillTimes, b.DecodeTimes = secondsOf(read), secondsOf(draw)
	b.Prefill = float64(b.Batch*b.PromptTokens) / median(read)
	slices.Sort(rates)
	b.Decode = (rates[(times-1)/2] + rates[times/2]) / 2
	b.PeakRSS = peakMegabytes()
	return nil
}

// watch tells reading prompts from drawing tokens: reading is over when the last response begins.
type watch struct {
	responses int
	start     time.Time

	seen   map[int]bool
	tokens int
	before int           // tokens that came while prompts were still being read, the first ones included
	read   time.Duration // how long that took
}

func (w *watch) token(response int) {
	w.tokens++
	w.seen[response] = true
	if w.read == 0 && len(w.seen) == w.responses {
		w.read, w.before = time.Since(w.start), w.tokens
	}
}

func (b *generateBench) write(w io.Writer) {
	fmt.Fprintf(w, "%s %s, %d × %d prompt tokens: read at %.1f tokens/s; %d new tokens each: drawn at %.1f tokens/s; peak memory %.0f MB\n",
		b.Model, b.Precision, b.Batch, b.PromptTokens, b.Prefill, b.NewTokens, b.Decode, b.PeakRSS)
}
