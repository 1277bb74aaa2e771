package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"workbench/engine/enginetest"
	"workbench/engine/runs"
	"workbench/engine/train"
)

// training is a script whose every step depends on all before it: weights, moments, state, order.
const training = `base = param.model("embedded", "base")
policy = base.adapter(rank = 2)
def loss(b):
    return -masked_mean(policy.logp(b.tokens), b.tokens.mask)
def count(rows):
    print("counted")
    return {"rows": len(rows)}
def run():
    rows = dataset([{"prompt": "p%d" % i, "response": "r%d" % (i * i), "g": i % 6} for i in range(24)])
    train, test = rows.tokens(policy, max_tokens = 48).split(by = "g", test = 0.2)
    before = evaluate("before", count, test)
    seen = state(total = 0.0, order = [])
    step = trainer(loss, of = [policy], optimizer = adamw(0.02), schedule = cosine(10, warmup = 2), clip = 1.0)
    for batch in loop(train.batches(4, shuffle = True, seed = 3, epochs = 2), every = 2):
        m = step(batch.shuffled())
        seen.total += m["loss"]
        seen.order = seen.order + [batch.prompt[0]]
        log(loss = m["loss"], total = seen.total)
        print("step", len(seen.order))
    after = evaluate("after", count, train)
    out = [masked_mean(policy.logp(b.tokens), b.tokens.mask) for b in test.batches(8)]
    return {"total": seen.total, "order": seen.order, "out": out, "rows": before.rows + after.rows}
`

// curve is what a run came to: its result and its logged losses.
type curve struct {
	result any
	losses []float64
}

func (w *world) curve(t *testing.T, result Result) curve {
	t.Helper()
	metrics, err := w.book.Metrics(w.Record.ID(), "loss", "total")
	if err != nil {
		t.Fatal(err)
	}
	c := curve{result: result.Value}
	for _, m := range metrics {
		c.losses = append(c.losses, m.Value)
	}
	return c
}

// stopAfter cancels the run when it has said something so often.
func (w *world) stopAfter(ctx context.Context, word string, times int) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	heard := w.Progress
	w.Progress = func(p Progress) {
		heard(p)
		if strings.HasPrefix(p.Say, word) {
			if times--; times == 0 {
				cancel()
			}
		}
	}
	return ctx
}

// resumeRun goes on with the run of a world, as after a restart.
func (w *world) resumeRun(t *testing.T) {
	t.Helper()
	record, err := w.book.Resume(w.Record.ID())
	if err != nil {
		t.Fatal(err)
	}
	w.Record = record
}

// A run that is stopped after any number of steps and resumed comes to the same numbers, bit for
// bit, as one that was not.
func TestResumeIsExact(t *testing.T) {
	enginetest.Runtime(t)
	s := parse(t, training)
	whole := newWorld(t, s)
	result, err := s.Run(t.Context(), whole.Host, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := whole.curve(t, result)
	for _, stops := range [][]int{{1}, {4}, {10}, {3, 2, 2}} {
		w := newWorld(t, s)
		for _, n := range stops {
			_, err := s.Run(w.stopAfter(t.Context(), "step", n), w.Host, nil)
			if !errors.Is(err, context.Canceled) && n < 10 {
				t.Fatalf("stopped after %v: got %v, want a stop", stops, err)
			}
			if run, _ := w.book.Run(w.Record.ID()); n < 10 && run.Status != runs.Stopped {
				t.Errorf("stopped after %v: the record says %s", stops, run.Status)
			}
			if err == nil {
				break
			}
			w.resumeRun(t)
		}
		var got Result
		if run, _ := w.book.Run(w.Record.ID()); run.Status != runs.Done {
			if got, err = s.Run(t.Context(), w.Host, nil); err != nil {
				t.Fatal(err)
			}
			if have := w.curve(t, got); fmt.Sprint(have) != fmt.Sprint(want) {
				t.Errorf("stopped after %v:\n got %v\nwant %v", stops, have, want)
			}
		}
		counted := 0
		for _, line := range w.says {
			if line == "counted" {
				counted++
			}
		}
		if counted != 2 {
			t.Errorf("stopped after %v: the two evaluations were computed %d times", stops, counted)
		}
	}
}

// A script that breaks off, or fails behind its loop, does not train again when it is resumed.
func TestResumeBehindTheLoop(t *testing.T) {
	for name, text := range map[string]string{
		"exhausted": "def run():\n    s = state(n = 0)\n    for i in loop(range(3)):\n        print(\"step\", i)\n        s.n += 1\n    evaluate(\"after\", lambda: {\"n\": s.n})\n    print(\"late\")\n    return s.n\n",
		"break":     "def run():\n    s = state(n = 0)\n    for i in loop(range(9)):\n        print(\"step\", i)\n        s.n += 1\n        if i == 2:\n            break\n    evaluate(\"after\", lambda: {\"n\": s.n})\n    print(\"late\")\n    return s.n\n",
	} {
		s := parse(t, text)
		w := newWorld(t, s)
		w.dieAt(t, s, "late")
		w.resumeRun(t)
		result, err := s.Run(t.Context(), w.Host, nil)
		if err != nil || result.Value != int64(3) {
			t.Errorf("%s: got %v, %v, want 3", name, result.Value, err)
		}
		if n := strings.Count("\n"+strings.Join(w.says, "\n"), "\nstep"); n != 3 {
			t.Errorf("%s: %d steps were made, want 3: %v", name, n, w.says)
		}
	}
}

// dieAt runs a script whose process dies when it says a word: nothing behind that is recorded.
func (w *world) dieAt(t *testing.T, s *Script, word string) {
	t.Helper()
	type death struct{}
	h := w.Host
	h.Progress = func(p Progress) {
		w.Progress(p)
		if p.Say == word {
			panic(death{})
		}
	}
	defer func() {
		if _, ok := recover().(death); !ok {
			t.Fatalf("the script did not come to %q: %v", word, w.says)
		}
	}()
	_, err := s.Run(t.Context(), h, nil)
	t.Fatal(err)
}

// A run that is stopped from another goroutine, before its loop, inside it or behind it, ends soon
// and goes on when it is resumed.
func TestStoppedFromOutside(t *testing.T) {
	const text = `def run():
    print("before")
    for k in range(2000000):
        pass
    s = state(n = 0)
    for i in loop(range(40)):
        print("inside")
        s.n += 1
        for k in range(2000):
            pass
    print("behind")
    for k in range(2000000):
        pass
    return s.n
`
	s := parse(t, text)
	for _, word := range []string{"before", "inside", "behind"} {
		w := newWorld(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		reached, once := make(chan struct{}), sync.Once{}
		h := w.Host
		h.Progress = func(p Progress) {
			if p.Say == word {
				once.Do(func() { close(reached) })
				<-ctx.Done()
			}
		}
		go func() {
			<-reached
			cancel()
		}()
		if _, err := s.Run(ctx, h, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped %s its loop: got %v", word, err)
			continue
		}
		w.resumeRun(t)
		if got, err := s.Run(t.Context(), w.Host, nil); err != nil || got.Value != int64(40) {
			t.Errorf("stopped %s its loop and resumed: got %v, %v, want 40", word, got.Value, err)
		}
	}
}

func TestAChangedScriptIsNotResumed(t *testing.T) {
	s := parse(t, "def run():\n    s = state(n = 0)\n    for i in loop(range(5), every = 1):\n        s.n += 1\n        print(\"step\", i)\n")
	w := newWorld(t, s)
	if _, err := s.Run(w.stopAfter(t.Context(), "step", 2), w.Host, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.resumeRun(t)
	other := parse(t, s.Text+"# a comment\n")
	if _, err := other.Run(t.Context(), w.Host, nil); err == nil || !strings.Contains(err.Error(), "has changed since its checkpoint at step 2") {
		t.Errorf("resumed with another text: got %v", err)
	}
}

// A damaged checkpoint is passed over for the one before it.
func TestADamagedCheckpointIsPassedOver(t *testing.T) {
	s := parse(t, "def run():\n    s = state(n = 0)\n    for i in loop(range(6), every = 1):\n        s.n += 1\n        print(\"step\", i)\n    return s.n\n")
	w := newWorld(t, s)
	if _, err := s.Run(w.stopAfter(t.Context(), "step", 4), w.Host, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	dir := filepath.Join(w.Folder, runFolder(w.Record.ID()), checkpointFolder)
	names, err := checkpointNames(dir)
	if err != nil || !slices.Equal(names, []string{"000000004", "000000003"}) {
		t.Fatalf("checkpoints: %v, %v", names, err)
	}
	if err := os.WriteFile(filepath.Join(dir, names[0], "00-state.json"), []byte(`{"n":99}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "000000009"+unfinished), 0o755); err != nil {
		t.Fatal(err)
	}
	w.resumeRun(t)
	result, err := s.Run(t.Context(), w.Host, nil)
	if err != nil || result.Value != int64(6) {
		t.Errorf("resumed from the one before: got %v, %v, want 6", result.Value, err)
	}
	if !strings.Contains(strings.Join(w.says, "\n"), "000000004 is damaged") {
		t.Errorf("nothing is said about the damage: %v", w.says)
	}
}

// A loss that is not a number stops the run with the last good checkpoint.
func TestNaNStopsAtTheLastGoodCheckpoint(t *testing.T) {
	enginetest.Runtime(t)
	s := parse(t, `base = param.model("embedded", "base")
policy = base.adapter(rank = 2)
def loss(b):
    return -masked_mean(policy.logp(b.tokens), b.tokens.mask) + mean(log(b.x))
def run():
    rows = dataset([{"prompt": "p", "response": "r", "x": 3.0 - i} for i in range(6)]).tokens(policy, max_tokens = 32)
    step = trainer(loss, of = [policy], optimizer = adamw(0.01))
    for batch in loop(rows.batches(1), every = 1):
        log(**step(batch))
`)
	w := newWorld(t, s)
	_, err := s.Run(t.Context(), w.Host, nil)
	if !errors.Is(err, train.ErrNotFinite) || !strings.Contains(err.Error(), "000000003") || !strings.Contains(err.Error(), "learning rate") {
		t.Fatalf("log(0) in the loss: got %v", err)
	}
	var at *ScriptError
	if !errors.As(err, &at) || at.Line != 9 {
		t.Errorf("want the error at the step, line 9, got %v", err)
	}
	if run, _ := w.book.Run(w.Record.ID()); run.Status != runs.Failed {
		t.Errorf("the record says %s", run.Status)
	}
}

// A loss that is no number at the first step is the script's fault, and not that of the engine's gradients.
func TestNaNAtTheFirstStepIsTheLoss(t *testing.T) {
	enginetest.Runtime(t)
	for name, loss := range map[string]string{
		"the loss alone":    "mean(log(b.x))",
		"its gradients too": "mean(log(b.x) * policy.logp(b.tokens))",
	} {
		t.Run(name, func(t *testing.T) {
			s := parse(t, `base = param.model("embedded", "base")
policy = base.adapter(rank = 2)
def loss(b):
    return -masked_mean(policy.logp(b.tokens), b.tokens.mask) + `+loss+`
def run():
    rows = dataset([{"prompt": "p", "response": "r", "x": 0.0}]).tokens(policy, max_tokens = 32)
    step = trainer(loss, of = [policy], optimizer = adamw(0.01))
    for batch in rows.batches(1):
        step(batch)
`)
			_, err := s.Run(t.Context(), newWorld(t, s).Host, nil)
			if !errors.Is(err, train.ErrNotFinite) || !strings.Contains(err.Error(), "look for log(0)") || strings.Contains(err.Error(), "fault of the engine") {
				t.Errorf("log(0) in the loss: got %v", err)
			}
		})
	}
}

// A process that is killed at any moment, also while it writes a checkpoint, leaves checkpoints that
// are whole.
func TestKilledWritersLeaveWholeCheckpoints(t *testing.T) {
	if dir := os.Getenv("WORKBENCH_TEST_KILLED"); dir != "" {
		writeForever(t, dir)
		return
	}
	if testing.Short() {
		t.Skip("starts processes and kills them")
	}
	dir := t.TempDir()
	last := -1
	for i := range 6 {
		command := exec.Command(os.Args[0], "-test.run=TestKilledWritersLeaveWholeCheckpoints")
		command.Env = append(os.Environ(), "WORKBENCH_TEST_KILLED="+dir)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		waitForCheckpoint(t, dir, last)
		time.Sleep(time.Duration(i*7) * time.Millisecond)
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // it was killed
		names, err := checkpointNames(filepath.Join(dir, "runs", "killed", checkpointFolder))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, unfinished) {
				continue
			}
			m, err := verify(filepath.Join(dir, "runs", "killed", checkpointFolder, name))
			if err != nil {
				t.Errorf("kill %d: checkpoint %s is broken: %v", i, name, err)
			}
			if last < m.Position {
				last = m.Position
			}
		}
	}
}

func waitForCheckpoint(t *testing.T, dir string, after int) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		names, _ := checkpointNames(filepath.Join(dir, "runs", "killed", checkpointFolder))
		for _, name := range names {
			var n int
			if _, err := fmt.Sscanf(name, "%d", &n); err == nil && n > after && !strings.HasSuffix(name, unfinished) {
				return
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatal("the writer makes no checkpoints")
}

// writeForever runs a loop that checkpoints at each step, until it is killed.
func writeForever(t *testing.T, dir string) {
	s := parse(t, "def run():\n    s = state(n = 0, filler = \"x\" * 200000)\n    for i in loop(range(1000000), every = 1):\n        s.n += 1\n")
	w := newWorld(t, s)
	w.Folder = dir
	w.Record = named{w.Record, "killed"}
	_, err := s.Run(t.Context(), w.Host, nil)
	t.Fatal(err)
}

// named is a record under another id.
type named struct {
	Record
	id string
}

func (n named) ID() string { return n.id }
