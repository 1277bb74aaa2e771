package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"workbench/engine/runs"
	"workbench/ui/web"
)

// besideTraining is what a training server's people saw.
type besideTraining struct {
	Steps       int     `json:"steps"`       // of the training, during the benchmark
	Generations int     `json:"generations"` // that somebody asked for
	FirstP50    float64 `json:"first_text_p50_s"`
	FirstMost   float64 `json:"first_text_most_s"` // the longest wait for the first piece of text
}

func (t *besideTraining) write(w io.Writer) {
	fmt.Fprintf(w, "meanwhile %d steps of training; %d times somebody asked a model for text, which began after %.2f s (median) and %.2f s (longest)\n",
		t.Steps, t.Generations, t.FirstP50, t.FirstMost)
}

// begin starts a training and somebody who asks for text again and again; end stops both.
func (t *besideTraining) begin(ctx context.Context, s *server) (end func() error, err error) {
	id, err := s.train()
	if err != nil {
		return nil, err
	}
	if _, err := s.ask(ctx); err != nil { // the first one loads the model
		return nil, err
	}
	if err := s.training(ctx, id); err != nil {
		return nil, err
	}
	first := 0
	if state := s.jobs.state(id); state != nil {
		first = state.step
	}
	asking, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	var waits []time.Duration
	go func() {
		for asking.Err() == nil {
			wait, err := s.ask(asking)
			if err != nil && asking.Err() == nil {
				done <- err
				return
			}
			if err == nil {
				waits = append(waits, wait)
			}
			select {
			case <-asking.Done():
			case <-time.After(time.Second):
			}
		}
		done <- nil
	}()
	return func() error {
		state := s.jobs.state(id)
		stop()
		err := <-done
		if state == nil {
			return errors.Join(err, errors.New("the training ended before the benchmark did"))
		}
		t.Steps, t.Generations = state.step-first, len(waits)
		slices.Sort(waits)
		t.FirstP50, t.FirstMost = percentile(waits, 0.5)/1e3, percentile(waits, 1)/1e3
		return errors.Join(err, s.jobs.stop(id))
	}, nil
}

// train starts a training on made-up comparisons that lasts longer than any benchmark.
func (s *server) train() (id string, err error) {
	learn, _ := toyComparisons()
	path, err := writeLines(s.engine.store, "learn.jsonl", learn)
	if err != nil {
		return "", err
	}
	x, err := startedExperiment(web.Start{Recipe: "reward", Params: map[string]string{"pairs": path, "epochs": "100"}})
	if err != nil {
		return "", err
	}
	return s.jobs.start(x)
}

// training waits until a run takes steps.
func (s *server) training(ctx context.Context, id string) error {
	for {
		state := s.jobs.state(id)
		if state == nil {
			_, err := s.jobs.wait(ctx, id)
			return cmp.Or(err, errors.New("the training ended at once"))
		}
		if state.step > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ask has a person ask the carried model for text, and returns how long the first piece took.
func (s *server) ask(ctx context.Context) (first time.Duration, err error) {
	start := time.Now()
	models := serverModels{s.engine, s.pool, runs.NewBook(s.engine.store, s.engine.app.now)}
	err = models.Try(ctx, embeddedName, web.Try{Prompt: "Name three colors.", MaxTokens: 24, Temperature: 1}, func(p web.TryPart) error {
		if first == 0 && p.Text != "" {
			first = time.Since(start)
		}
		return nil
	})
	return first, err
}
