package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/engine/generate"
	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/models/tokenizer"
)

func generateCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "generate",
		Usage: "sample text from a language model",
		Description: `Text is printed as it comes. The same seed gives the same text, whatever else runs. Without --chat the
model continues the prompt; with it, it answers as an assistant, in the format that it was trained on.
The name of a model may carry its precision, as in embedded:int8.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "prompt", Required: true, Usage: "continue `TEXT`, or - for stdin"},
			&cli.StringFlag{Name: "model", Value: embeddedName, Usage: "sample from `NAME`"},
			&cli.StringFlag{Name: "precision", Usage: "f32 (exact), int8 or int4 (faster, and a little worse)"},
			&cli.BoolFlag{Name: "chat", Usage: "put the prompt as a user's message into the model's chat template"},
			&cli.StringFlag{Name: "system", Usage: "with --chat: begin with the system message `TEXT`"},
			&cli.IntFlag{Name: "max-tokens", Value: 128, Usage: "end a response after `N` tokens"},
			&cli.Float64Flag{Name: "temperature", Value: 0.8, Usage: "0 always takes the most probable token, 1 draws from the model's own distribution"},
			&cli.Float64Flag{Name: "top-p", Usage: "keep the most probable tokens that hold probability `P` together (0: all)"},
			&cli.IntFlag{Name: "top-k", Usage: "keep the `K` most probable tokens (0: all)"},
			&cli.Float64Flag{Name: "min-p", Usage: "keep tokens at least `P` times as probable as the most probable (0: all)"},
			&cli.Uint64Flag{Name: "seed", Usage: "all randomness comes from it"},
			&cli.StringSliceFlag{Name: "stop", Usage: `end a response before ` + "`TEXT`" + `, in which \n and \t are a new line and a tab; can be repeated`},
			&cli.IntFlag{Name: "n", Value: 1, Usage: "draw `N` responses"},
			&cli.BoolFlag{Name: "logprobs", Usage: "say each token's log-probability, in nats, at the temperature and before anything is cut off"},
		},
		Action: func(c *cli.Context) error {
			g, err := generationOf(a, c)
			if err != nil {
				return err
			}
			return a.withEngine(c.Context, true, func(e *engine) error { return g.run(c.Context, e) })
		},
	}
}

// generation is one call of the verb.
type generation struct {
	app       *app
	name      string // of the model
	precision generate.Precision
	prompt    string
	chat      bool
	system    string
	n         int
	logprobs  bool
	sampling  generate.Sampling

	model   *weights.Model
	started time.Time
	first   time.Time // when the first token came
}

func generationOf(a *app, c *cli.Context) (*generation, error) {
	if _, err := arguments(c); err != nil {
		return nil, err
	}
	g := &generation{
		app: a, prompt: c.String("prompt"), chat: c.Bool("chat"), system: c.String("system"), n: c.Int("n"), logprobs: c.Bool("logprobs"),
		sampling: generate.Sampling{
			Temperature: c.Float64("temperature"), TopP: c.Float64("top-p"), TopK: c.Int("top-k"), MinP: c.Float64("min-p"),
			Seed: c.Uint64("seed"), MaxTokens: c.Int("max-tokens"),
		},
	}
	for _, stop := range c.StringSlice("stop") {
		g.sampling.Stop = append(g.sampling.Stop, strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(stop))
	}
	var err error
	if g.name, g.precision, err = precisionOf(c.String("model"), c.String("precision")); err != nil {
		return nil, err
	}
	if err := errors.Join(within(c, "n", 1, 4096), within(c, "max-tokens", 1, 1<<20)); err != nil {
		return nil, err
	}
	if g.system != "" && !g.chat {
		return nil, fail(badInput, "--system is for chat templates").next("add --chat")
	}
	if g.prompt == "-" {
		text, err := io.ReadAll(a.stdin)
		if err != nil {
			return nil, fmt.Errorf("read the prompt from stdin: %w", err)
		}
		g.prompt = strings.TrimSuffix(string(text), "\n") // which echo adds
	}
	return g, nil
}

// precisionOf takes the precision off a model's name, or from its flag.
func precisionOf(model, flag string) (name string, p generate.Precision, err error) {
	name = model
	if at := strings.LastIndex(model, ":"); at >= 0 {
		if _, err := generate.ParsePrecision(model[at+1:]); err == nil {
			if flag != "" && flag != model[at+1:] {
				return "", 0, fail(badInput, "--model %s and --precision %s contradict each other", model, flag)
			}
			name, flag = model[:at], model[at+1:]
		}
	}
	p, err = generate.ParsePrecision(cmp.Or(flag, "f32"))
	if err != nil {
		return "", 0, fail(badInput, "--%w", err)
	}
	return name, p, nil
}

func (g *generation) run(ctx context.Context, e *engine) (err error) {
	if g.model, err = e.Open(ctx, g.name); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.model.Close()) }()
	if g.model.Head != nil && g.model.Adapter != nil {
		g.app.say("model %s is a reward model; its text comes from the language model that it was trained on, as changed", g.name)
	}
	prompt, err := g.encode()
	if err != nil {
		return err
	}
	longest := g.model.Arch.Sizes().Positions
	if len(prompt) >= longest {
		return fail(badInput, "the prompt has %d tokens, and model %s takes at most %d", len(prompt), g.name, longest-1).next("shorten it")
	}
	options := generate.Options{
		Slots: min(g.n, 64), Positions: min(longest, len(prompt)+g.sampling.MaxTokens), Precision: g.precision,
		Spin: e.session().Spin, Device: e.device(runs.ForPerson),
	}
	sampler, err := e.sampler(ctx, g.model, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sampler.Close()) }()
	return g.sample(ctx, sampler, prompt)
}

// sampler makes a sampler, whose memory is declared first.
func (e *engine) sampler(ctx context.Context, m *weights.Model, o generate.Options) (*generate.Sampler, error) {
	size, err := generate.Bytes(m, o)
	if err != nil {
		return nil, fail(badInput, "%w", err)
	}
	if err := e.reserve(ctx, "caches and weights to sample from "+m.Name, size); err != nil {
		return nil, explainModel(place{name: m.Name}, err)
	}
	return generate.New(m, o)
}

// encode makes the prompt's tokens.
func (g *generation) encode() ([]int, error) {
	text := g.prompt
	if g.chat {
		if g.model.Chat == nil {
			return nil, fail(badInput, "model %s has no chat template", g.name).next("leave out --chat: the model continues the prompt")
		}
		var turns []tokenizer.Message
		if g.system != "" {
			turns = append(turns, tokenizer.Message{Role: "system", Content: g.system})
		}
		var err error
		if text, err = g.model.Chat.Render(append(turns, tokenizer.Message{Role: "user", Content: g.prompt}), true); err != nil {
			return nil, fail(badInput, "chat template of model %s: %w", g.name, err)
		}
	}
	if g.model.Tokenizer == nil {
		return nil, fail(badInput, "model %s has no tokenizer", g.name).next("take a folder with tokenizer.json")
	}
	ids := g.model.Tokenizer.Encode(text)
	if len(ids) > 0 {
		return ids, nil
	}
	if begin, ok := g.model.Tokenizer.ID(g.model.Files.Special["bos_token"]); ok {
		return []int{begin}, nil
	}
	return nil, fail(badInput, "the prompt is empty, and model %s has no token to begin with", g.name).next("give a prompt")
}

// generated is the result of the verb; the first response stands at the top.
type generated struct {
	Model     string `json:"model"`
	Precision string `json:"precision"`
	response
	PromptTokens int        `json:"prompt_tokens"`
	NewTokens    int        `json:"new_tokens"` // of all responses
	PerSecond    float64    `json:"tokens_per_s"`
	FirstToken   float64    `json:"first_token_s"`
	Samples      []response `json:"samples,omitempty"` // all responses, where more than one was asked for
}

// response is one response.
type response struct {
	Text     string         `json:"text"`
	Tokens   []int          `json:"tokens"`
	LogProb  float64        `json:"logprob"` // of all tokens together, in nats
	End      string         `json:"end"`     // eos, stop, length or cancelled
	LogProbs []tokenLogProb `json:"logprobs,omitempty"`
}

// tokenLogProb is a token of a response.
type tokenLogProb struct {
	ID      int      `json:"id"`
	Text    string   `json:"text"`
	LogProb *float64 `json:"logprob"` // null for what had no probability to speak of
}

// sample draws the responses. A single one is printed as it comes.
func (g *generation) sample(ctx context.Context, sampler *generate.Sampler, prompt []int) error {
	prompts := make([][]int, g.n)
	for i := range prompts {
		prompts[i] = prompt
	}
	var broken error // what stopped the printing
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g.started = g.app.now()
	samples, err := sampler.Generate(ctx, prompts, g.sampling, func(_ int, t generate.Token) {
		if g.first.IsZero() {
			g.first = g.app.now()
		}
		if g.n == 1 && !g.app.json && broken == nil {
			if _, broken = io.WriteString(g.app.stdout, t.Text); broken != nil {
				stop()
			}
		}
	})
	switch {
	case broken != nil:
		return fmt.Errorf("write the text: %w", broken)
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return fail(badInput, "%w", err).next("workbench generate --help explains each flag")
	}
	return g.finish(samples, len(prompt))
}

func (g *generation) finish(samples []generate.Sample, promptTokens int) error {
	result := generated{Model: g.name, Precision: g.precision.String(), PromptTokens: promptTokens}
	for _, s := range samples {
		result.NewTokens += len(s.Tokens)
		result.Samples = append(result.Samples, g.respond(s))
	}
	result.response = result.Samples[0]
	if g.n == 1 {
		result.Samples = nil
	}
	took := g.app.now().Sub(g.started).Seconds()
	result.PerSecond = float64(result.NewTokens) / math.Max(took, 1e-9)
	result.FirstToken = g.first.Sub(g.started).Seconds()
	if err := g.app.answer(result, result.write); err != nil {
		return err
	}
	g.app.say("%d tokens at %.1f tokens/s after %.2fs, ended by %s", result.NewTokens, result.PerSecond, result.FirstToken, result.End)
	return nil
}

func (g *generation) respond(s generate.Sample) response {
	r := response{Text: s.Text, Tokens: s.Tokens, End: string(s.End)}
	for i, id := range s.Tokens {
		p := float64(s.LogProbs[i])
		r.LogProb += p
		if g.logprobs {
			r.LogProbs = append(r.LogProbs, tokenLogProb{id, g.model.Tokenizer.DecodeKeepSpecial([]int{id}), nullable([]float64{p})[0]})
		}
	}
	return r
}

// write ends the text of a single response, which was printed as it came, or prints several.
func (r generated) write(w io.Writer) {
	if r.Samples == nil {
		fmt.Fprintln(w)
		r.writeLogProbs(w)
		return
	}
	for i, s := range r.Samples {
		fmt.Fprintf(w, "--- %d of %d, ended by %s, log-probability %.2f\n%s\n", i+1, len(r.Samples), s.End, s.LogProb, s.Text)
		s.writeLogProbs(w)
	}
}

func (r response) writeLogProbs(w io.Writer) {
	for _, t := range r.LogProbs {
		p := "-inf"
		if t.LogProb != nil {
			p = fmt.Sprintf("%.4f", *t.LogProb)
		}
		fmt.Fprintf(w, "%10s  %q\n", p, t.Text)
	}
}
