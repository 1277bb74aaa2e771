package web

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/websocket"
)

// TestServe serves over TLS on a real listener, and stops.
func TestServe(t *testing.T) {
	lent := httptest.NewTLSServer(nil) // for its certificate
	defer lent.Close()
	w := open(t, withPage, func(o *Options) {
		o.TLS = &tls.Config{Certificates: lent.TLS.Certificates, MinVersion: tls.VersionTLS12}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w.at.URL = "https://" + l.Addr().String()
	client := lent.Client()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Serve(ctx, l) }()
	got := w.ask(t, client, "GET", "/api/me", "", "Authorization", "Bearer "+w.admin)
	if got.StatusCode != 200 || got.TLS == nil {
		t.Errorf("over TLS: %s %s", got.Status, got.body)
	}
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		t.Fatalf("the client has a %T", client.Transport)
	}
	ws, err := dial(t.Context(), w.at.URL+"/ws/live", w.admin, transport.TLSClientConfig)
	must(t, err)
	stop()
	_, _, err = ws.ReadMessage()
	if !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("the websocket ended with %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("serving ended with %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("somebody still listens")
	}
}
