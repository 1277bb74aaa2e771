package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/storage"
	"workbench/tasks/flow"
	"workbench/tasks/people"
	"workbench/ui/web"
)

// labelingBench is what `workbench bench labeling` measured.
type labelingBench struct {
	Annotators   int     `json:"annotators"`
	Seconds      float64 `json:"seconds"`
	Rate         float64 `json:"rate,omitempty"` // answers a second that were wanted; 0: as many as possible
	PerSecond    float64 `json:"answers_per_s"`
	P50          float64 `json:"p50_ms"` // from an answer's leaving to the next task's arrival
	P99          float64 `json:"p99_ms"`
	Acknowledged int     `json:"acknowledged"`
	Stored       int     `json:"stored"`
	Lost         int     `json:"lost"`    // acknowledged and not stored
	Doubled      int     `json:"doubled"` // leases with more than one answer
	Over         int     `json:"over_overlap"`
	FlowsDone    int     `json:"flows_done"` // instances that got their answers and went to their end
	FsyncP50     float64 `json:"fsync_p50_ms"`
	FsyncP99     float64 `json:"fsync_p99_ms"`
	Idle         bool    `json:"machine_was_idle"`

	Training *besideTraining `json:"training,omitempty"`
}

// benchPeople is how many people answer each question.
const benchPeople = 3

func benchLabelingCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "labeling",
		Usage: "time a server under a crowd: answers a second, and how long people wait for their next task",
		Description: `A server of its own, in a folder of its own on the disk of the data folder; each annotator has a websocket and
answers at once. Each answer is one of three to a question of a flow, and is acknowledged after it is synced
to the disk. Beside it stands what a bare write with sync costs there. Afterwards the store is read: what was
acknowledged must be there, once. With --train the server trains a reward model meanwhile, and somebody
asks a model for text now and then.`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "annotators", Value: 70, Usage: "people at work"},
			&cli.IntFlag{Name: "seconds", Value: 60, Usage: "how long"},
			&cli.Float64Flag{Name: "rate", Usage: "answers a second, of all together; 0: each answers at once"},
			&cli.BoolFlag{Name: "train", Usage: "train and generate meanwhile"},
		},
		Action: func(c *cli.Context) error {
			if _, err := arguments(c); err != nil {
				return err
			}
			if err := errors.Join(within(c, "annotators", 1, 1000), within(c, "seconds", 1, 3600)); err != nil {
				return err
			}
			dir, err := a.benchFolder()
			if err != nil {
				return err
			}
			own := *a
			own.data = dir
			idle := machineIdle(procStat, time.Sleep)
			b := &labelingBench{Idle: idle, Annotators: c.Int("annotators"), Seconds: float64(c.Int("seconds")), Rate: c.Float64("rate")}
			err = own.withEngine(c.Context, c.Bool("train"), func(e *engine) error {
				return b.run(c.Context, e, c.Bool("train"))
			})
			if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
				return err
			}
			return a.answer(b, b.write)
		},
	}
}

func (b *labelingBench) write(w io.Writer) {
	fmt.Fprintf(w, "%d annotators, %.0f s: %.0f answers/s; from answer to next task p50 %.1f ms, p99 %.1f ms\n", b.Annotators, b.Seconds, b.PerSecond, b.P50, b.P99)
	fmt.Fprintf(w, "a bare write with sync on this disk: p50 %.2f ms, p99 %.2f ms\n", b.FsyncP50, b.FsyncP99)
	fmt.Fprintf(w, "%d acknowledged, %d stored, %d lost, %d doubled, %d tasks over their overlap, %d flows done\n",
		b.Acknowledged, b.Stored, b.Lost, b.Doubled, b.Over, b.FlowsDone)
	if b.Training != nil {
		b.Training.write(w)
	}
}

// benchScript asks each item's question of several people.
const benchScript = `"""A question, for several people."""
better = form("Which is better?", show = [text("prompt"), pair("left", "right")], ask = [scale("preference", 9)])

def flow(item):
    answers = ask(better, item, people = 3)
    return [a.preference for a in answers]
`

// benchAhead is how many questions are open at a time, so that nobody runs out.
const benchAhead = 2000

func (b *labelingBench) run(ctx context.Context, e *engine, train bool) (err error) {
	dir, err := e.app.dataDir()
	if err != nil {
		return err
	}
	syncs, err := fsyncLoop(dir)
	if err != nil {
		return err
	}
	b.FsyncP50, b.FsyncP99 = percentile(syncs, 0.5), percentile(syncs, 0.99)
	s, err := openServer(ctx, e, serverOptions{lease: time.Hour, log: slog.New(slog.NewTextHandler(e.app.stderr, nil))})
	if err != nil {
		return err
	}
	base, shut, err := s.listen(ctx)
	if err != nil {
		return errors.Join(err, s.close())
	}
	defer func() { err = errors.Join(err, shut(), s.close()) }()
	secrets, err := s.crowd(ctx, b.Annotators)
	if err != nil {
		return err
	}
	if err := s.questions(ctx, b.Seconds); err != nil {
		return err
	}
	beside := func() error { return nil }
	if train {
		b.Training = &besideTraining{}
		if beside, err = b.Training.begin(ctx, s); err != nil {
			return err
		}
	}
	crowd := b.work(ctx, e.app, base, secrets)
	if err := errors.Join(beside(), crowd.err); err != nil {
		return err
	}
	b.measure(crowd)
	return b.count(s, crowd.acknowledged)
}

// listen answers at a free port until shut is called.
func (s *server) listen(ctx context.Context) (base string, shut func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.web.Serve(ctx, l) }()
	return "http://" + l.Addr().String(), func() error { stop(); return <-ended }, nil
}

// crowd lets so many annotators come in, and returns the secrets of their sessions.
func (s *server) crowd(ctx context.Context, n int) (secrets []string, err error) {
	token, err := s.people.FirstAdmin(ctx)
	if err != nil {
		return nil, err
	}
	admin, _, err := s.people.Who(token)
	if err != nil {
		return nil, err
	}
	invite, _, err := s.people.Invite(admin.ID, people.NewInvite{Name: "bench", Role: people.Annotator})
	if err != nil {
		return nil, err
	}
	for i := range n {
		_, secret, err := s.people.Join(invite, fmt.Sprintf("Annotator %d", i+1))
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// questions starts a flow with more items than a crowd gets through.
func (s *server) questions(ctx context.Context, seconds float64) error {
	const answers = 8000 // a second, at most
	items := benchAhead + int(seconds*answers/benchPeople)
	f, err := s.flows.Start(ctx, flow.NewFlow{
		Name: "bench", Script: benchScript, Params: map[string]any{}, Ahead: benchAhead,
		Items: func(yield func(flow.Value, error) bool) {
			for i := range items {
				item := map[string]any{"prompt": fmt.Sprintf("Question %d: which of the two is the better answer?", i), "left": "The first.", "right": "The second."}
				if !yield(item, nil) {
					return
				}
			}
		},
	})
	for err == nil && ctx.Err() == nil {
		open := 0
		for _, step := range s.desk.Counts(f.ID) {
			open += step.Waiting
		}
		if open >= benchAhead*benchPeople {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.Join(err, ctx.Err())
}

// crowded is what the annotators saw.
type crowded struct {
	mu           sync.Mutex
	waits        []time.Duration
	acknowledged []string // ids of answers
	err          error
	took         time.Duration
}

// work has everybody answer for the time of the benchmark.
func (b *labelingBench) work(ctx context.Context, a *app, base string, secrets []string) *crowded {
	all, seen := sync.WaitGroup{}, &crowded{}
	shown := a.progress("bench labeling", int64(b.Seconds), "s")
	defer shown.finish()
	start := time.Now()
	until := start.Add(time.Duration(b.Seconds * float64(time.Second)))
	for i, secret := range secrets {
		all.Go(func() {
			pace := time.Duration(0)
			if b.Rate > 0 {
				pace = time.Duration(float64(len(secrets)) / b.Rate * float64(time.Second))
				time.Sleep(pace * time.Duration(i) / time.Duration(len(secrets))) // not all at the same moment
			}
			waits, answers, err := annotate(ctx, base, secret, fmt.Sprint(i), until, pace)
			seen.mu.Lock()
			defer seen.mu.Unlock()
			seen.waits = append(seen.waits, waits...)
			seen.acknowledged = append(seen.acknowledged, answers...)
			seen.err = cmp.Or(seen.err, err)
		})
	}
	for range int(b.Seconds) {
		time.Sleep(time.Second)
		shown.add(1)
	}
	all.Wait()
	seen.took = time.Since(start)
	return seen
}

// annotate answers one task after another, each after a pause.
func annotate(ctx context.Context, base, secret, name string, until time.Time, pause time.Duration) (waits []time.Duration, answers []string, err error) {
	client, err := web.Dial(ctx, base, secret)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	reply, err := client.Next(ctx)
	for n := 0; err == nil && time.Now().Before(until); n++ {
		if reply.Work == nil { // all are taken for a moment
			patience, enough := context.WithDeadline(ctx, until)
			err = client.Wait(patience)
			enough()
			if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
				return waits, answers, nil
			}
			if err == nil {
				reply, err = client.Next(ctx)
			}
			continue
		}
		time.Sleep(pause)
		values := json.RawMessage(fmt.Sprintf(`{"preference": %d}`, 1+n%9))
		sent := time.Now()
		reply, err = client.Submit(ctx, reply.Work.Lease, fmt.Sprintf("%s-%d", name, n), values, 1)
		if err == nil {
			waits, answers = append(waits, time.Since(sent)), append(answers, reply.Answer)
		}
	}
	return waits, answers, err
}

func (b *labelingBench) measure(seen *crowded) {
	slices.Sort(seen.waits)
	b.Acknowledged = len(seen.acknowledged)
	b.Seconds = seen.took.Seconds()
	b.PerSecond = float64(b.Acknowledged) / b.Seconds
	b.P50, b.P99 = percentile(seen.waits, 0.5), percentile(seen.waits, 0.99)
}

// count reads the store: what is there, and what is there that should not be.
func (b *labelingBench) count(s *server, acknowledged []string) error {
	missing := map[string]bool{}
	for _, id := range acknowledged {
		missing[id] = true
	}
	leases, tasks := map[string]int{}, map[string]int{}
	err := s.engine.store.EachAnswer("", func(a storage.Answer) error {
		b.Stored++
		delete(missing, a.ID)
		leases[a.Lease]++
		if !a.Late {
			tasks[a.Task]++
		}
		return nil
	})
	b.Lost = len(missing)
	for _, n := range leases {
		if n > 1 {
			b.Doubled++
		}
	}
	for _, n := range tasks {
		if n > benchPeople {
			b.Over++
		}
	}
	flows, reading := s.engine.store.Flows()
	for _, f := range flows {
		counts, err := s.flows.Counts(f.ID)
		reading = errors.Join(reading, err)
		b.FlowsDone += counts.Instances["done"]
	}
	return errors.Join(err, reading)
}
