package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"workbench/engine/forward"
	"workbench/engine/runs"
	"workbench/engine/weights"
	"workbench/tasks/script"
)

// scoreChunk is how many pairs are computed before their lines are written.
const scoreChunk = 64

func scoreCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "score",
		Usage: "score responses with a reward model, or say how likely a language model finds them",
		Description: `Reads lines such as {"prompt": "…", "response": "…"}; a prompt may also be a list of messages with
role and content, or a transcript of "Human:" and "Assistant:" paragraphs. An "id" is passed on.
All lines are checked first. Then one JSON object a line is printed, in the order of the input:
{"score": s}, where only differences between scores of one prompt mean something, or with --logp
{"logp": s, "tokens": n, "logp_per_token": s/n} in nats, the end of the response included.
With --json the line of the result follows the scores.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "input", Required: true, Usage: "prompts and responses: `FILE`.jsonl or .csv, which may end in .gz, or - for lines of JSON from stdin"},
			&cli.StringFlag{Name: "model", Usage: "score with `NAME` (default: the reward model carried, or with --logp the language model)"},
			&cli.BoolFlag{Name: "logp", Usage: "print log-probabilities of the responses under a language model"},
			&cli.Float64Flag{Name: "temperature", Value: 1, Usage: "with --logp: divide logits by `T` first"},
			&cli.StringFlag{Name: "template", DefaultText: "as the reward model was trained, else chat where the model has a template", Usage: "chat, or plain for prompts as they are"},
			&cli.IntFlag{Name: "max-tokens", DefaultText: "as the reward model was trained, else what the model takes", Usage: "cut longer pairs to `N` tokens, prompts first"},
		},
		Action: func(c *cli.Context) error { return score(a, c) },
	}
}

// scoring is one call of the verb.
type scoring struct {
	app    *app
	model  *weights.Model
	scorer *forward.Scorer
	script.Encoding
	logp        bool
	temperature float64

	cut    int // pairs that fill the longest sequence
	tokens int
	sum    float64
}

func score(a *app, c *cli.Context) (err error) {
	if _, err := arguments(c); err != nil {
		return err
	}
	s := &scoring{
		app: a, logp: c.Bool("logp"), temperature: c.Float64("temperature"),
		Encoding: script.Encoding{MaxTokens: c.Int("max-tokens"), Template: c.String("template")},
	}
	if err := s.check(c); err != nil {
		return err
	}
	input, err := a.openPairs(c.String("input"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, input.close()) }()
	return a.withEngine(c.Context, true, func(e *engine) error {
		if err := s.open(c.Context, e, c.String("model")); err != nil {
			return err
		}
		err := s.all(c.Context, input)
		if err = errors.Join(err, s.scorer.Close(), s.model.Close()); err != nil {
			return err
		}
		return s.finish(input)
	})
}

func (s *scoring) check(c *cli.Context) error {
	switch {
	case !(s.temperature > 0) || math.IsInf(s.temperature, 0):
		return fail(badInput, "--temperature is %g, and must be above 0", s.temperature)
	case c.IsSet("temperature") && !s.logp:
		return fail(badInput, "--temperature says nothing to a reward model").next("leave it out, or add --logp")
	case s.MaxTokens < 0 || s.MaxTokens == 1:
		return fail(badInput, "--max-tokens is %d, and must be at least 2", s.MaxTokens)
	case s.Template != "" && s.Template != "chat" && s.Template != "plain":
		return fail(badInput, "--template is %q, and must be chat or plain", s.Template)
	}
	return nil
}

func (s *scoring) open(ctx context.Context, e *engine, name string) error {
	if name == "" && !s.logp {
		name = rewardName
	}
	at, err := e.find(ctx, name)
	if err != nil {
		return err
	}
	if err := s.asTrained(at); err != nil {
		return err
	}
	if s.model, err = e.Open(ctx, name); err != nil {
		return err
	}
	if s.model.Head == nil && !s.logp {
		return errors.Join(fail(badInput, "model %s is a language model, and gives no scores", s.model.Name).
			next("add --logp for log-probabilities, or name a reward model"), s.model.Close())
	}
	s.scorer = forward.NewScorer(s.model, e.device(runs.ForPerson), 0, e.session())
	return nil
}

// cardFile lies in the folder of a reward model and says how its texts became tokens.
const cardFile = "card.json"

// asTrained takes from a reward model's card what the flags leave open.
func (s *scoring) asTrained(at place) error {
	data, err := os.ReadFile(filepath.Join(at.path, cardFile))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil // most models have no card, and GGUF files no folder
	case err != nil:
		return fmt.Errorf("model %s: %w", at.name, err)
	}
	var card struct {
		MaxTokens int    `json:"max_tokens"`
		Template  string `json:"template"`
	}
	if err := json.Unmarshal(data, &card); err != nil {
		return fail(badInput, "model %s: %s is not readable: %w", at.name, cardFile, err)
	}
	if s.MaxTokens == 0 {
		s.MaxTokens = card.MaxTokens
	}
	if s.Template == "" {
		s.Template = card.Template
	}
	return nil
}

// all scores the pairs chunk by chunk and writes their lines.
func (s *scoring) all(ctx context.Context, input *pairs) error {
	shown := s.app.progress("score", int64(input.len()), "pairs")
	defer shown.finish()
	out := bufio.NewWriter(s.app.stdout)
	for from := 0; from < input.len(); from += scoreChunk {
		to := min(from+scoreChunk, input.len())
		lines, err := s.chunk(ctx, input, from, to)
		if err != nil {
			return err
		}
		for _, line := range lines {
			fmt.Fprintf(out, "%s\n", line)
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("write the scores: %w", err)
		}
		shown.add(int64(to - from))
	}
	return nil
}

// chunk gives the lines of the pairs from one to another.
func (s *scoring) chunk(ctx context.Context, input *pairs, from, to int) ([][]byte, error) {
	seqs, ids := make([]forward.Sequence, to-from), make([]any, to-from)
	for i := range seqs {
		p, err := input.at(from + i)
		if err != nil {
			return nil, input.explain(err)
		}
		if seqs[i], err = s.Pair(s.model, p.turns, p.response); err != nil {
			return nil, fail(badInput, "%s, record %d: %w", input.name, from+i+1, err)
		}
		ids[i] = p.id
		s.note(seqs[i])
	}
	values, err := s.values(ctx, seqs)
	if err != nil {
		return nil, err
	}
	lines := make([][]byte, len(values))
	for i, v := range values {
		if ids[i] != nil {
			v["id"] = ids[i]
		}
		if lines[i], err = json.Marshal(v); err != nil {
			return nil, fail(checkFailed, "%s, record %d: the score is no number: %w", input.name, from+i+1, err).
				next("is the model damaged? workbench model info says what it is")
		}
	}
	return lines, nil
}

// note counts what is said at the end.
func (s *scoring) note(q forward.Sequence) {
	longest := s.model.Arch.Sizes().Positions
	if s.MaxTokens > 0 {
		longest = min(longest, s.MaxTokens)
	}
	if len(q.Tokens) >= longest {
		s.cut++
	}
	s.tokens += len(q.Tokens)
}

// values are the fields of each line.
func (s *scoring) values(ctx context.Context, seqs []forward.Sequence) ([]map[string]any, error) {
	if s.logp {
		return s.logProbs(ctx, seqs)
	}
	rows, err := s.scorer.Scores(ctx, seqs)
	if err != nil {
		return nil, err
	}
	values := make([]map[string]any, len(rows))
	for i, row := range rows {
		mean := 0.0
		for _, x := range row {
			mean += float64(x) / float64(len(row))
		}
		values[i] = map[string]any{"score": mean}
		if len(row) > 1 {
			values[i]["scores"] = row
		}
		s.sum += mean
	}
	return values, nil
}

func (s *scoring) logProbs(ctx context.Context, seqs []forward.Sequence) ([]map[string]any, error) {
	rows, _, err := s.scorer.LogProbs(ctx, seqs, s.temperature)
	if err != nil {
		return nil, err
	}
	values := make([]map[string]any, len(rows))
	for i, row := range rows {
		sum, n := 0.0, 0
		for k, x := range row {
			if seqs[i].Wanted(k) {
				sum += float64(x)
				n++
			}
		}
		values[i] = map[string]any{"logp": sum, "tokens": n, "logp_per_token": sum / float64(max(n, 1))}
		s.sum += sum
	}
	return values, nil
}

// finish says what was done: on stderr for people, whose stdout is the scores alone.
func (s *scoring) finish(input *pairs) error {
	mean := s.sum / float64(max(input.len(), 1))
	what := "score"
	if s.logp {
		what = "logp"
	}
	if s.app.json {
		return s.app.writeEnvelope("ok", map[string]any{
			"model": s.model.Name, "pairs": input.len(), "tokens": s.tokens, "at_limit": s.cut, "mean_" + what: mean,
		})
	}
	notes := []string{fmt.Sprintf("%d pairs, %d tokens, model %s, mean %s %.4g", input.len(), s.tokens, s.model.Name, what, mean)}
	if s.cut > 0 {
		notes = append(notes, fmt.Sprintf("%d of them fill the longest sequence and may have been cut", s.cut))
	}
	s.app.say("%s", strings.Join(notes, "; "))
	return nil
}
