package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// call is one request on its way through a handler.
type call struct {
	w   http.ResponseWriter
	r   *http.Request
	who visitor
	s   *Server

	begun bool // the response is on its way, so that no error can be its status any more
}

func (c *call) name(part string) string { return c.r.PathValue(part) }

// number reads a number of the query within bounds; it is otherwise where it is not given.
func (c *call) number(name string, otherwise, low, high int) (int, error) {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, Fail(Invalid, "%s=%s is no number from %d to %d.", name, text, low, high)
	}
	return n, nil
}

// flag reads a truth value of the query; one that is not given is false.
func (c *call) flag(name string) (bool, error) {
	switch text := c.r.URL.Query().Get(name); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, Fail(Invalid, "%s=%s is neither true nor false.", name, text)
	}
}

// read decodes the body into a value of wire.go. Names that it does not have are refused: whoever sends
// them means something that would not happen.
func (c *call) read(to any) error {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return Fail(Invalid, "The body must be JSON.").Then("Send it with Content-Type: application/json.")
	}
	d := json.NewDecoder(c.r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return malformed(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return malformed(errors.Join(err, errors.New("something follows the JSON")))
	}
	return nil
}

func malformed(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return Fail(Invalid, "The request can't be read: %v.", err)
}

// reply sends a value as JSON; nil sends nothing, successfully.
func (c *call) reply(v any) error { return c.replyWith(http.StatusOK, v) }

func (c *call) replyWith(status int, v any) error {
	if v == nil {
		c.begun = true
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	text, err := encode(v)
	if err != nil {
		return fmt.Errorf("encode the reply: %w", err)
	}
	c.begin("application/json")
	c.w.WriteHeader(status)
	return c.write(append(text, '\n'))
}

// begin says what kind of response follows.
func (c *call) begin(kind string) {
	c.begun = true
	c.w.Header().Set("Content-Type", kind)
}

// write sends a piece of the response; a client that does not take it is given up.
func (c *call) write(text []byte) error {
	_, err := c.Write(text)
	return err
}

// Write makes of a call what a streaming writer writes to: each piece has its own time to leave.
func (c *call) Write(text []byte) (int, error) {
	if err := c.wait(http.NewResponseController(c.w).SetWriteDeadline); err != nil {
		return 0, err
	}
	n, err := c.w.Write(text)
	if err != nil {
		err = fmt.Errorf("%w: %w", errGone, err)
	}
	return n, err
}

// errGone says that the client does not listen any more, which is nobody's mistake.
var errGone = errors.New("the client has gone")

// patient is the body of a request; each piece has its own time to arrive. When all is there the deadline goes:
// while an answer is on its way, net/http waits for the client's hanging up, and would take the end of the
// time for it.
type patient struct {
	io.ReadCloser
	c *call
}

func (p patient) Read(to []byte) (int, error) {
	control := http.NewResponseController(p.c.w)
	if err := p.c.wait(control.SetReadDeadline); err != nil {
		return 0, err
	}
	n, err := p.ReadCloser.Read(to)
	if errors.Is(err, io.EOF) {
		_ = control.SetReadDeadline(time.Time{}) // where there are none, none is left
	}
	return n, err
}

// wait moves a deadline of the connection ahead.
func (c *call) wait(set func(time.Time) error) error {
	err := set(time.Now().Add(c.s.o.Limits.Idle)) // of the network, so it is the system's time
	if errors.Is(err, http.ErrNotSupported) {
		return nil // a recorder in a test has none
	}
	return err
}

// line sends one value of a response that is JSON lines, at once.
func (c *call) line(v any) error {
	text, err := encode(v)
	if err != nil {
		return fmt.Errorf("encode a line: %w", err)
	}
	if !c.begun {
		c.begin("application/jsonl")
	}
	if err := c.write(append(text, '\n')); err != nil {
		return err
	}
	if err := http.NewResponseController(c.w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}
