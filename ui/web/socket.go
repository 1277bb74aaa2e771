package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"workbench/tasks/people"
)

// peer is one websocket. Its request's goroutine reads and answers, one message after another; a second
// one writes, so that whoever has news never waits for the network.
type peer struct {
	s       *Server
	who     visitor // when the socket was opened; who they are now is asked at each message
	least   people.Role
	ws      *websocket.Conn
	out     chan []byte
	reading chan struct{} // closed when nothing more is read
	ending  atomic.Pointer[ending]
}

// ending is why the server ends a websocket.
type ending struct {
	code int // of RFC 6455; from 4000 on they are ours
	says string
}

// Why a websocket is ended by us.
var (
	endGoing    = ending{websocket.CloseGoingAway, "the server stops"}
	endSlow     = ending{websocket.ClosePolicyViolation, "too slow"}
	endSignedIn = ending{4401, "not signed in any more"}
	endRole     = ending{4403, "not allowed any more"}
)

// converse turns a request into a websocket, and hands over what is heard until it ends. A message that
// hear can't make sense of is an error, and ends it.
func (s *Server) converse(c *call, least people.Role, hear func(*peer, visitor, []byte) error, end func(*peer)) error {
	if !s.presence.come(c.who.ID, s.o.Limits.Sockets) {
		return Fail(TooMany, "You have %d connections open already.", s.o.Limits.Sockets).Then("Close a window.")
	}
	defer s.presence.leave(c.who.ID)
	if !websocket.IsWebSocketUpgrade(c.r) {
		return Fail(Invalid, "This address takes a websocket.")
	}
	// The origin was checked before. Small messages gain nothing from compression, and pay for it.
	upgrader := websocket.Upgrader{
		HandshakeTimeout: headerWait, ReadBufferSize: buffer, WriteBufferSize: buffer,
		CheckOrigin: func(*http.Request) bool { return true },
	}
	c.begun = true // the upgrader answers by itself
	ws, err := upgrader.Upgrade(c.w, c.r, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	p := &peer{
		s: s, who: c.who, least: least, ws: ws,
		out: make(chan []byte, s.o.Limits.Outgoing), reading: make(chan struct{}),
	}
	if !s.sockets.add(p) {
		p.end(endGoing)
	}
	defer s.sockets.remove(p)
	written := make(chan struct{})
	go func() {
		defer close(written)
		p.write()
	}()
	err = p.read(context.WithoutCancel(c.r.Context()), hear)
	if end != nil {
		end(p)
	}
	close(p.reading)
	<-written
	return err
}

const buffer = 4 << 10 // bytes

// read hears messages until the socket ends. Who sends too many is read more slowly.
func (p *peer) read(ctx context.Context, hear func(*peer, visitor, []byte) error) error {
	limits := p.s.o.Limits
	pace := rate.NewLimiter(rate.Limit(limits.Messages), int(2*limits.Messages))
	p.ws.SetReadLimit(limits.Message)
	p.ws.SetPongHandler(func(string) error { return p.alive() })
	for {
		if err := p.alive(); err != nil {
			return nil //nolint:nilerr // the connection is gone, or is to go
		}
		_, text, err := p.ws.ReadMessage()
		if err != nil {
			return nil //nolint:nilerr // it was closed, by either side, or lost
		}
		if err := pace.Wait(ctx); err != nil {
			return err
		}
		who, ok := p.still()
		if !ok {
			return nil
		}
		if err := hear(p, who, text); err != nil {
			p.end(ending{websocket.CloseInvalidFramePayloadData, "a message that makes no sense"})
			return nil //nolint:nilerr // it was said to who sent it
		}
	}
}

var errEnding = errors.New("the connection is to end")

// alive waits anew for the next sign of life.
func (p *peer) alive() error {
	const missed = 3
	if err := p.ws.SetReadDeadline(time.Now().Add(missed * p.s.o.Limits.Ping)); err != nil {
		return err
	}
	if p.ending.Load() != nil { // looked at after the deadline, which end sets after it says so
		return errEnding
	}
	return nil
}

// still asks who the peer is now. One who may not be here any more is sent away.
func (p *peer) still() (visitor, bool) {
	who := p.who
	var err error
	who.Person, who.credential, err = p.s.o.People.Who(who.secret)
	switch {
	case err != nil:
		p.end(endSignedIn)
	case !who.may(p.least):
		p.end(endRole)
	default:
		return who, true
	}
	return who, false
}

// write sends what is queued until nothing more is read, and says goodbye.
func (p *peer) write() {
	ping := time.NewTicker(p.s.o.Limits.Ping)
	defer ping.Stop()
	for {
		select {
		case text := <-p.out:
			p.put(websocket.TextMessage, text)
		case <-ping.C:
			p.still()
			p.put(websocket.PingMessage, nil)
		case <-p.reading:
			p.last()
			return
		}
	}
}

// last sends what is still queued, why it ends, and closes the connection.
func (p *peer) last() {
	why := p.ending.Load()
	for why == nil || *why != endSlow {
		select {
		case text := <-p.out:
			p.put(websocket.TextMessage, text)
			continue
		default:
		}
		break
	}
	if why != nil {
		p.put(websocket.CloseMessage, websocket.FormatCloseMessage(why.code, why.says))
	}
	_ = p.ws.Close() // whatever it says, it is over
}

// put writes one message. One that does not leave in time ends the connection.
func (p *peer) put(kind int, text []byte) {
	err := p.ws.SetWriteDeadline(time.Now().Add(p.s.o.Limits.WriteWait))
	if err == nil {
		err = p.ws.WriteMessage(kind, text)
	}
	if err != nil && !errors.Is(err, websocket.ErrCloseSent) {
		_ = p.ws.Close() // wakes the reader
	}
}

// end closes the socket once what is being answered is answered. The first reason counts.
func (p *peer) end(why ending) {
	if p.ending.CompareAndSwap(nil, &why) {
		_ = p.ws.SetReadDeadline(time.Unix(1, 0)) // wakes the reader; a closed connection needs no waking
	}
}

// send queues a value. Who is too far behind is dropped: a browser that comes back starts afresh.
func (p *peer) send(v any) error {
	text, err := encode(v)
	if err != nil {
		return fmt.Errorf("encode a message: %w", err)
	}
	p.sendText(text)
	return nil
}

func (p *peer) sendText(text []byte) {
	select {
	case p.out <- text:
	case <-p.reading:
	default:
		p.end(endSlow)
	}
}
