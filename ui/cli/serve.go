package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/engine/runs"
	"workbench/tasks/assign"
	"workbench/tasks/flow"
	"workbench/tasks/lineage"
	"workbench/tasks/people"
	page "workbench/ui/app"
	"workbench/ui/web"
)

func serveCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "open the workbench in a browser: people, flows, data, runs, models",
		Description: `Prints a link that signs its opener in as admin; people come in by invitations that admins and researchers
make on the page. What was under way when the last server ended goes on. Ctrl-C stops it, and nothing that
was acknowledged is lost if it is killed instead. While it runs, other verbs with the same --data talk to it.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:8080", Usage: "listen on `HOST:PORT`; port 0 takes a free one"},
			&cli.StringFlag{Name: "tls-cert", Usage: "speak TLS with the certificate in `FILE`, PEM"},
			&cli.StringFlag{Name: "tls-key", Usage: "and its key in `FILE`, PEM"},
			&cli.BoolFlag{Name: "behind-proxy", Usage: "a proxy before it does TLS; what it says about clients (X-Forwarded-*) is believed"},
			&cli.StringFlag{Name: "public-url", Usage: "the `URL` under which people reach it; invitations lead there, and only its pages may use it"},
			&cli.DurationFlag{Name: "lease", Value: 30 * time.Minute, Usage: "a task is somebody's for `DURATION` before others may get it"},
		},
		Action: func(c *cli.Context) error {
			o, err := serverOptionsOf(a, c)
			if err != nil {
				return err
			}
			return a.withEngine(c.Context, true, func(e *engine) error { return o.serve(c.Context, e) })
		},
	}
}

func serverOptionsOf(a *app, c *cli.Context) (serverOptions, error) {
	o := serverOptions{
		addr: c.String("addr"), behindProxy: c.Bool("behind-proxy"), publicURL: c.String("public-url"), lease: c.Duration("lease"),
		log: slog.New(slog.NewTextHandler(a.stderr, nil)),
	}
	if _, err := arguments(c); err != nil {
		return o, err
	}
	cert, key := c.String("tls-cert"), c.String("tls-key")
	if (cert == "") != (key == "") {
		return o, fail(badInput, "--tls-cert and --tls-key belong together").next("give both, or neither")
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return o, fail(badInput, "--tls-cert and --tls-key: %w", err)
		}
		o.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	if err := web.CheckAddr(o.addr, o.tls != nil, o.behindProxy); err != nil {
		return o, fail(badInput, "--addr: %w", err)
	}
	if o.lease < time.Minute || o.lease > 30*24*time.Hour {
		return o, fail(badInput, "--lease is %s, and must be from a minute to 30 days", o.lease)
	}
	return o, nil
}

// serve answers until ctx ends.
func (o serverOptions) serve(ctx context.Context, e *engine) error {
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fail(badInput, "listen on %s: %w", o.addr, err).next("choose another --addr; 127.0.0.1:0 takes a free port")
	}
	s, err := openServer(ctx, e, o)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	base := o.baseURL(listener.Addr().String())
	return errors.Join(s.greet(ctx, base), s.answer(ctx, listener), s.close())
}

// baseURL is where people reach the server.
func (o serverOptions) baseURL(listening string) string {
	switch {
	case o.publicURL != "":
		return strings.TrimSuffix(o.publicURL, "/")
	case o.tls != nil:
		return "https://" + listening
	}
	return "http://" + listening
}

// greet prints the link by which its owner comes in.
func (s *server) greet(ctx context.Context, base string) error {
	token, err := s.people.FirstAdmin(ctx)
	if err != nil {
		return err
	}
	s.token = token
	link := base + "/?token=" + token
	if s.engine.app.json {
		return s.engine.app.writeEnvelope("ok", map[string]any{"url": base, "link": link, "data": s.engine.store.Dir()})
	}
	fmt.Fprintf(s.engine.app.stdout, "The workbench is open. This link signs you in as its admin, so keep it to yourself:\n\n  %s\n\n", link)
	s.engine.app.say("data folder %s; Ctrl-C stops the server, and everything goes on where it stood at the next start", s.engine.store.Dir())
	return nil
}

// answer serves until ctx ends; meanwhile other verbs find the server by its file.
func (s *server) answer(ctx context.Context, l net.Listener) error {
	dir := s.engine.store.Dir()
	file := serverFile{URL: "http://" + l.Addr().String(), Key: s.token, PID: os.Getpid()}
	if s.tls != nil {
		file.URL, file.Cert = "https://"+l.Addr().String(), sumOf(s.tls.Certificates[0].Certificate[0])
	}
	if err := writeServerFile(dir, file); err != nil {
		return errors.Join(err, l.Close())
	}
	err := s.web.Serve(ctx, l)
	return errors.Join(err, removeServerFile(dir))
}

// serverOptions say how a server is laid out.
type serverOptions struct {
	addr        string
	tls         *tls.Config
	behindProxy bool
	publicURL   string
	lease       time.Duration
	limits      web.Limits
	log         *slog.Logger
}

// server is everything that `workbench serve` is made of.
type server struct {
	engine *engine
	people *people.Book
	desk   *assign.Desk
	flows  *flow.Runtime
	pool   *pool
	jobs   *jobs
	web    *web.Server
	stop   context.CancelFunc // of runs
	token  string             // of the admin, as it was printed
	tls    *tls.Config
}

// openServer puts a server together on an open data folder, and takes up what was under way. The caller
// closes it before the engine.
func openServer(ctx context.Context, e *engine, o serverOptions) (s *server, err error) {
	store, err := e.folder()
	if err != nil {
		return nil, err
	}
	// A training keeps every processor of Go's busy for tens of milliseconds at a time. With more of them
	// than the machine has, the system shares the machine out, and who waits for a task does not wait for
	// that: p99 58 ms instead of 118 (docs/log.md).
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), 4*runtime.NumCPU()))
	s = &server{engine: e, pool: newPool(e), tls: o.tls}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	register, err := e.names()
	if err != nil {
		return nil, err
	}
	if s.people, err = people.Open(store, people.Options{Now: e.app.now}); err != nil {
		return nil, err
	}
	if s.desk, err = assign.Open(store, assign.Options{Lease: o.lease, Now: e.app.now}); err != nil {
		return nil, err
	}
	for _, p := range s.people.All() {
		s.desk.SetPerson(p)
	}
	s.people.OnChange(s.desk.SetPerson)
	running, stop := context.WithCancel(ctx)
	s.stop = stop
	s.jobs = newJobs(running, e, func(string) {})
	if s.flows, err = flow.Open(flow.Options{
		Store: store, Desk: s.desk, Programs: programs{s.pool, s.jobs, s.people, e.app.say}, Now: e.app.now,
		Trouble: func(err error) { e.app.say("flows: %v", err) },
	}); err != nil {
		return nil, err
	}
	book := runs.NewBook(store, e.app.now)
	s.web, err = web.New(web.Options{
		Store: store, People: s.people, Desk: s.desk, Flows: s.flows, Book: book, Lineage: lineage.New(store, register), Assets: page.Files(),
		Recipes: serverRecipes{e, s.flows, s.people}, Runs: serverRuns{s.jobs, s.people}, Models: serverModels{e, s.pool, book}, Completers: serverCompleters{serverModels{e, s.pool, book}},
		Device: serverDevice{e.queue}, Backup: serverBackup{store}, Datasets: serverData{register}, PublicURL: o.publicURL, BehindProxy: o.behindProxy, TLS: o.tls, Limits: o.limits,
		Now: e.app.now, Log: o.log,
	})
	return s, err
}

// close ends everything, the doors first.
func (s *server) close() error {
	var errs []error
	if s.web != nil {
		errs = append(errs, s.web.Close())
	}
	if s.stop != nil {
		s.stop()
	}
	if s.flows != nil {
		errs = append(errs, s.flows.Close())
	}
	if s.jobs != nil {
		s.jobs.close()
	}
	if s.desk != nil {
		errs = append(errs, s.desk.Close())
	}
	return errors.Join(append(errs, s.pool.close())...)
}

// serverDevice says who computes.
type serverDevice struct{ queue *runs.Queue }

// Status is who computes and who waits, in words.
func (d serverDevice) Status() web.DeviceStatus {
	now := d.queue.Status()
	out := web.DeviceStatus{Waiting: []string{}, Reserved: now.Budget - now.Free, Budget: now.Budget}
	if now.Running != nil {
		out.Running = turnWords(*now.Running)
	}
	for _, t := range now.Waiting {
		out.Waiting = append(out.Waiting, turnWords(t))
	}
	return out
}

func turnWords(t runs.Turn) string {
	name := t.Name
	if name == "" {
		name = "work for a " + t.Class
	}
	return fmt.Sprintf("%s, %s", name, t.For.Round(time.Millisecond))
}
