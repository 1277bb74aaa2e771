package web

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// WorkClient is a person at work who is a program: it speaks /ws/work. One goroutine uses it. A call whose
// context ends closes the connection; what was sent by then may or may not have been done, and is safe to
// send again with the same key over a new connection.
type WorkClient struct {
	ws    *websocket.Conn
	last  int
	heard bool // that there may be work, since work was last asked for
}

// Dial connects to a server by its address (such as http://127.0.0.1:8080), with the secret of a session or
// a key. A server that refuses gives a *[Failure].
func Dial(ctx context.Context, base, secret string) (*WorkClient, error) {
	return DialTLS(ctx, base, secret, nil)
}

// DialTLS is Dial with settings for TLS.
func DialTLS(ctx context.Context, base, secret string, settings *tls.Config) (*WorkClient, error) {
	ws, err := dial(ctx, base+"/ws/work", secret, settings)
	if err != nil {
		return nil, err
	}
	return &WorkClient{ws: ws}, nil
}

func dial(ctx context.Context, address, secret string, settings *tls.Config) (*websocket.Conn, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	u.Scheme = strings.Replace(u.Scheme, "http", "ws", 1)
	dialer := websocket.Dialer{HandshakeTimeout: headerWait, TLSClientConfig: settings, ReadBufferSize: buffer, WriteBufferSize: buffer}
	ws, response, err := dialer.DialContext(ctx, u.String(), http.Header{"Authorization": {"Bearer " + secret}})
	if err == nil {
		return ws, response.Body.Close()
	}
	if response == nil {
		return nil, fmt.Errorf("connect to %s: %w", u.Host, err)
	}
	var f Failure
	if reading := json.NewDecoder(response.Body).Decode(&f); reading == nil && f.Says != "" {
		err = &f
	}
	return nil, errors.Join(err, response.Body.Close())
}

// Close ends the connection.
func (c *WorkClient) Close() error { return c.ws.Close() }

// Next asks for a task. The reply has Work or None.
func (c *WorkClient) Next(ctx context.Context) (Reply, error) { return c.ask(ctx, Ask{Op: "next"}) }

// Submit gives an answer. The reply has its id, and Work or None as Next does. A lost connection leaves open
// whether it was taken; the same key again finds out, and makes no second answer.
func (c *WorkClient) Submit(ctx context.Context, lease, key string, values json.RawMessage, seconds float64) (Reply, error) {
	return c.ask(ctx, Ask{Op: "submit", Lease: lease, Key: key, Values: values, Seconds: seconds})
}

// Draft keeps what was typed so far.
func (c *WorkClient) Draft(ctx context.Context, lease string, values json.RawMessage) (Reply, error) {
	return c.ask(ctx, Ask{Op: "draft", Lease: lease, Values: values})
}

// Skip gives a task back and asks for the next.
func (c *WorkClient) Skip(ctx context.Context, lease, reason string) (Reply, error) {
	return c.ask(ctx, Ask{Op: "skip", Lease: lease, Reason: reason})
}

// Undo takes the last answer back and gets its task again.
func (c *WorkClient) Undo(ctx context.Context, key string) (Reply, error) {
	return c.ask(ctx, Ask{Op: "undo", Key: key})
}

// Touch says that somebody is still at work on a task.
func (c *WorkClient) Touch(ctx context.Context, lease string) (Reply, error) {
	return c.ask(ctx, Ask{Op: "touch", Lease: lease})
}

// Wait returns when there may be work, after a reply with None: at once where the server said so while that reply
// was on its way, for then it may be older.
func (c *WorkClient) Wait(ctx context.Context) error {
	for !c.heard {
		reply, err := c.hear(ctx)
		if err != nil {
			return err
		}
		c.heard = reply.Available
	}
	c.heard = false
	return nil
}

// ask sends a message and waits for its reply. A reply with an error is that error, a *[Failure].
func (c *WorkClient) ask(ctx context.Context, a Ask) (Reply, error) {
	c.last++
	a.ID = c.last
	if a.Op != "draft" && a.Op != "touch" {
		c.heard = false
	}
	text, err := json.Marshal(a)
	if err != nil {
		return Reply{}, err
	}
	until, _ := ctx.Deadline() // none is the zero time, which is no deadline
	if err := c.ws.SetWriteDeadline(until); err != nil {
		return Reply{}, err
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, text); err != nil {
		return Reply{}, fmt.Errorf("%s: %w", a.Op, err)
	}
	for {
		reply, err := c.hear(ctx)
		switch {
		case err != nil:
			return Reply{}, fmt.Errorf("%s: %w", a.Op, err)
		case reply.ID == a.ID && reply.Error != nil:
			return reply, reply.Error
		case reply.ID == a.ID:
			return reply, nil
		case reply.Available:
			c.heard = true
		}
	}
}

// hear waits for one message.
func (c *WorkClient) hear(ctx context.Context) (Reply, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.ws.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	_, text, err := c.ws.ReadMessage()
	if err != nil {
		return Reply{}, errors.Join(ctx.Err(), err)
	}
	var reply Reply
	if err := json.Unmarshal(text, &reply); err != nil {
		return Reply{}, fmt.Errorf("a reply that can't be read: %w", err)
	}
	return reply, nil
}
