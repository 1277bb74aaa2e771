package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"workbench/storage"
	"workbench/tasks/flow"
	"workbench/tasks/form"
	"workbench/tasks/quality"
)

// Server answers browsers and programs.
type Server struct {
	o         Options
	public    *url.URL // nil: the address that was called
	pages     *pages
	names     *names
	left      *lefts
	diagnosed *diagnosed
	agreement *quality.Tracker
	standings *standings
	recorders *recorders
	presence  *presence
	sockets   *sockets
	crowd     *crowd
	hub       *hub
	gate      *gate
	giving    *giving
	requests  *limiters // by credential
	attempts  *limiters // to sign in, by address
	root      http.Handler

	once sync.Once
	done chan struct{}  // closed by Close
	ends sync.WaitGroup // of the goroutines
}

// New makes a server. Its owner closes it.
func New(o Options) (*Server, error) {
	public, err := parsePublicURL(o.PublicURL)
	if err != nil {
		return nil, err
	}
	o.Limits = o.Limits.orDefaults()
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	pages, err := readPages(o.Assets)
	if err != nil {
		return nil, err
	}
	const atOnce = 2 // seconds' worth
	s := &Server{
		o: o, public: public, pages: pages, names: newNames(), left: newLefts(), diagnosed: newDiagnosed(), recorders: newRecorders(), standings: newStandings(o.Store), presence: newPresence(),
		gate: newGate(o.Limits.Completing, o.Limits.AllCompleting), giving: &giving{},
		sockets: newSockets(), crowd: newCrowd(), done: make(chan struct{}),
		requests: newLimiters(o.Limits.Requests, int(atOnce*o.Limits.Requests), o.Now),
		attempts: newLimiters(o.Limits.SignIns, int(signInsAtOnce*o.Limits.SignIns), o.Now),
	}
	s.agreement = quality.NewTracker(o.Store, o.Desk, func(digest string) (form.Form, error) { return s.names.form(o.Store, digest) })
	s.hub = newHub(s)
	s.root = s.handler()
	s.begin()
	return s, nil
}

// begin listens to what happens elsewhere, and starts the goroutines that Close waits for.
func (s *Server) begin() {
	s.o.People.OnChange(func(p storage.Person) {
		s.sockets.changed(p)
		s.hub.touch("people")
	})
	s.o.Desk.OnAvailable(s.crowd.available)
	s.o.Flows.Watch(func(c flow.Change) {
		s.hub.changed(c)
		s.standings.changed(c)
	})
	s.ends.Go(func() { s.crowd.run(s.done) })
	s.ends.Go(func() { s.hub.run(s.done) })
	s.ends.Go(s.catchUp)
}

// signInsAtOnce lets everybody in a room with one address come in together.
const signInsAtOnce = 100

// Handler is everything that the server answers.
func (s *Server) Handler() http.Handler { return s.root }

// Serve answers what comes in at a listener until ctx ends, then lets what is under way finish for a
// while. It closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.root,
		TLSConfig:         s.o.TLS,
		ReadHeaderTimeout: headerWait,
		IdleTimeout:       idleWait,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() {
		if s.o.TLS != nil {
			ended <- server.ServeTLS(l, "", "")
		} else {
			ended <- server.Serve(l)
		}
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
	defer cancel()
	err := errors.Join(s.Close(), server.Shutdown(patience)) // websockets are none of the http package's any more
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if last := <-ended; !errors.Is(last, http.ErrServerClosed) {
		err = errors.Join(err, last)
	}
	return err
}

// How long a connection may take before it is worth anything, and how long the end may take.
const (
	headerWait = 10 * time.Second
	idleWait   = 2 * time.Minute
	lastWait   = 5 * time.Second
	maxHeader  = 64 << 10
)

// Close ends every websocket, once what it asked for last is answered, and what the server does by itself.
// It comes before the desk and the store are closed.
func (s *Server) Close() error {
	s.once.Do(func() { close(s.done) })
	s.sockets.close()
	s.ends.Wait()
	return nil
}
