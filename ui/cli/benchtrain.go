package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/engine/forward"
	"workbench/engine/runs"
	"workbench/engine/train"
	"workbench/engine/weights"
	"workbench/models/graph"
)

// trainBench is what `workbench bench train` measured.
type trainBench struct {
	Model     string    `json:"model"`
	Mode      string    `json:"mode"`
	Rank      int       `json:"rank,omitempty"`
	Backward  string    `json:"backward"`
	Batch     int       `json:"batch"`
	Seq       int       `json:"seq"`
	Tokens    float64   `json:"tokens_per_s"`
	StepTime  float64   `json:"step_s"`
	StepTimes []float64 `json:"step_times_s"`
	Loss      float64   `json:"loss"` // of the last step
	Trained   int64     `json:"trained_params"`
	PeakRSS   float64   `json:"peak_rss_mb"`
	Idle      bool      `json:"machine_was_idle"`
}

func benchTrainCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "train",
		Usage: "time training steps: forward, backward, clipping, AdamW",
		Description: `The texts are random tokens, and every token but the first is learned from, as peers' benchmarks do. A step
that is interrupted leaves nothing: the weights are a copy in memory.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Value: embeddedName, Usage: "train `NAME`"},
			&cli.StringFlag{Name: "mode", Value: "lora", Usage: "lora trains adapters on all linear weights, full all weights"},
			&cli.IntFlag{Name: "rank", Value: 16, Usage: "of the adapters"},
			&cli.StringFlag{Name: "backward", Value: "f32", Usage: "f32 is exact, int8 lets gradients pass frozen weights in 8 bits"},
			&cli.IntFlag{Name: "batch", Value: 4, Usage: "texts in a step"},
			&cli.IntFlag{Name: "seq", Value: 128, Usage: "tokens in a text"},
			repetitions(),
		},
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			b := trainBench{Model: c.String("model"), Mode: c.String("mode"), Backward: c.String("backward"), Batch: c.Int("batch"), Seq: c.Int("seq")}
			if b.Mode != "lora" && b.Mode != "full" {
				return fail(badInput, "--mode is %q, and must be lora or full", b.Mode)
			}
			if b.Backward != "f32" && b.Backward != "int8" {
				return fail(badInput, "--backward is %q, and must be f32 or int8", b.Backward)
			}
			if err := errors.Join(within(c, "batch", 1, 4096), within(c, "seq", 2, 1<<20), within(c, "rank", 1, 1024), within(c, "runs", 1, 1000)); err != nil {
				return err
			}
			return a.withEngine(c.Context, true, func(e *engine) error {
				if err := b.measure(c.Context, e, c.Int("rank"), c.Int("runs")); err != nil {
					return err
				}
				return a.answer(b, b.write)
			})
		},
	}
}

func (b *trainBench) measure(ctx context.Context, e *engine, rank, times int) (err error) {
	b.Idle = e.spin
	base, err := e.Open(ctx, b.Model)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, base.Close()) }()
	m := base
	if b.Mode == "lora" {
		b.Rank = rank
		if m, err = base.WithAdapter(rank, float64(2*rank), nil, 1); err != nil {
			return fail(badInput, "%w", err)
		}
		defer func() { err = errors.Join(err, m.Close()) }()
	}
	for _, set := range m.Trained() {
		b.Trained += set.Bytes() / 4
	}
	trainer, err := train.New(train.Options{
		Loss: imitation(m), Models: []*weights.Model{m}, AdamW: train.AdamW{LR: 1e-5}, Clip: 1, Int8Backward: b.Backward == "int8",
		Device: e.device(runs.ForPerson), Session: e.session(),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trainer.Close()) }()
	return b.time(ctx, e, trainer, m, times)
}

// imitation is the mean of −log p over the tokens of column text.
func imitation(m *weights.Model) train.Loss {
	return func(t *train.Trace) (*graph.Tensor, map[string]*graph.Tensor) {
		text := t.Sequence("text")
		logp, _ := t.LogProb(m, text, 1)
		return graph.Neg(t.MaskedMean(logp, text.Mask)), nil
	}
}

// time does one step that compiles and warms up, then those that count.
func (b *trainBench) time(ctx context.Context, e *engine, trainer *train.Trainer, m *weights.Model, times int) error {
	batch := train.Batch{N: b.Batch, Columns: map[string]train.Column{"text": randomTexts(m.Arch.Sizes().Vocab, b.Batch, b.Seq)}}
	shown := e.app.progress("bench train", int64(times)+1, "steps")
	defer shown.finish()
	var took []time.Duration
	for i := range times + 1 {
		start := time.Now()
		metrics, err := trainer.Step(ctx, batch)
		if errors.Is(err, train.ErrBatch) || errors.Is(err, forward.ErrSequence) {
			return fail(badInput, "%w", err)
		}
		if err != nil {
			return err
		}
		if i > 0 {
			took = append(took, time.Since(start))
		}
		b.Loss = metrics["loss"]
		shown.add(1)
	}
	b.StepTimes, b.StepTime = secondsOf(took), median(took)
	b.Tokens, b.PeakRSS = float64(b.Batch*b.Seq)/b.StepTime, peakMegabytes()
	return nil
}

// randomTexts are tokens from the middle of a vocabulary, where no special ones are.
func randomTexts(vocab, n, length int) train.Sequences {
	rng := rand.New(rand.NewPCG(1, 2))
	low := vocab / 50
	texts := make(train.Sequences, n)
	for i := range texts {
		texts[i].Tokens = make([]int, length)
		for k := range texts[i].Tokens {
			texts[i].Tokens[k] = low + rng.IntN(vocab*4/5-low+1)
		}
	}
	return texts
}

func (b *trainBench) write(w io.Writer) {
	fmt.Fprintf(w, "%s, %s, %d × %d tokens: %.1f tokens/s (%.2f s a step), loss %.4f, peak memory %.0f MB\n",
		b.Model, b.Mode, b.Batch, b.Seq, b.Tokens, b.StepTime, b.Loss, b.PeakRSS)
}
