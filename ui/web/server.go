package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Server answers browsers and programs.
type Server struct {
	o        Options
	public   *url.URL // nil: the address that was called
	pages    *pages
	presence *presence
	requests *limiters // by credential
	attempts *limiters // to sign in, by address
	root     http.Handler
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
		o: o, public: public, pages: pages, presence: newPresence(),
		requests: newLimiters(o.Limits.Requests, int(atOnce*o.Limits.Requests), o.Now),
		attempts: newLimiters(o.Limits.SignIns, int(signInsAtOnce*o.Limits.SignIns), o.Now),
	}
	s.root = s.handler()
	return s, nil
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
	err := server.Shutdown(patience)
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

// Close ends what the server does by itself.
func (s *Server) Close() error { return nil }
