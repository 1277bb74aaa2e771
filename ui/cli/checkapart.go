package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"workbench/tasks/script"
)

// What a script that is checked may take. The interpreter can bound steps but not memory, so a check has
// a process of its own.
const (
	checkMemory = 1 << 30
	checkTime   = time.Minute
)

// checkRequest is what the process of a check reads first.
type checkRequest struct {
	Name   string            `json:"name"`
	Text   string            `json:"text"`
	Params map[string]string `json:"params"` // as they are typed
}

// checkReply is what it comes to.
type checkReply struct {
	Checked script.Checked      `json:"checked"`
	Place   *script.ScriptError `json:"place,omitempty"` // where the mistake is, if it has one place
	Error   string              `json:"error,omitempty"`
	Params  bool                `json:"params,omitempty"` // the mistake is in them, not in the script
}

// checkSays is a line from that process: a dataset that it wants to read, or the end.
type checkSays struct {
	Find  string      `json:"find,omitempty"`
	Reply *checkReply `json:"reply,omitempty"`
}

// checkFound answers the first of these.
type checkFound struct {
	Paths  []string `json:"paths"`
	Error  string   `json:"error,omitempty"`
	Absent bool     `json:"absent,omitempty"` // there is no such dataset
}

// apart is this program as a process that checks one script.
func apart(ctx context.Context) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(self, ".test") {
		return nil, errors.New("a binary of tests knows no verbs: give the app its own apart")
	}
	return exec.CommandContext(ctx, self, "recipe", "check-one"), nil
}

// check tries a script in a process with bounded memory, with params as they are typed. Mistakes of the
// script are [*script.ScriptError]s where they have a place.
func (a *app) check(ctx context.Context, name, text string, params map[string]string, data script.Datasets) (script.Checked, error) {
	ctx, stop := context.WithTimeoutCause(ctx, checkTime, fmt.Errorf("the check took more than %v", checkTime))
	defer stop()
	request := checkRequest{name, text, params}
	if a.apart == nil {
		return request.do(ctx, data).read(name)
	}
	process, err := a.apart(ctx)
	if err != nil {
		return script.Checked{}, fmt.Errorf("check %s: %w", name, err)
	}
	return request.send(ctx, process, data)
}

// send has a process do the check.
func (r checkRequest) send(ctx context.Context, process *exec.Cmd, data script.Datasets) (script.Checked, error) {
	var complained bytes.Buffer
	process.Stderr = &complained
	in, err1 := process.StdinPipe()
	out, err2 := process.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return script.Checked{}, err
	}
	if err := process.Start(); err != nil {
		return script.Checked{}, fmt.Errorf("check %s: %w", r.Name, err)
	}
	reply, talked := r.talk(json.NewEncoder(in), json.NewDecoder(out), data)
	_, _ = io.Copy(io.Discard, out) // until it ends: Wait closes the pipe
	ended := errors.Join(in.Close(), process.Wait())
	switch said := complained.String(); {
	case ctx.Err() != nil:
		return script.Checked{}, fmt.Errorf("script %s: %w", r.Name, context.Cause(ctx))
	case talked == nil:
		return reply.read(r.Name)
	case strings.Contains(said, "out of memory"), strings.Contains(said, "cannot allocate"):
		return script.Checked{}, &script.ScriptError{
			File: r.Name, What: fmt.Sprintf("it takes more than %d GB of memory to try the script", checkMemory>>30),
			Next: "look for a list or a text that grows without an end",
		}
	default:
		return script.Checked{}, fmt.Errorf("check %s: %w: %s", r.Name, errors.Join(talked, ended), said)
	}
}

// talk says what to check, and finds data until the reply comes.
func (r checkRequest) talk(to *json.Encoder, from *json.Decoder, data script.Datasets) (checkReply, error) {
	if err := to.Encode(r); err != nil {
		return checkReply{}, err
	}
	for {
		var said checkSays
		if err := from.Decode(&said); err != nil {
			return checkReply{}, err
		}
		if said.Reply != nil {
			return *said.Reply, nil
		}
		paths, err := data.Find(said.Find)
		found := checkFound{Paths: paths, Absent: errors.Is(err, fs.ErrNotExist)}
		if err != nil {
			found.Error = err.Error()
		}
		if err := to.Encode(found); err != nil {
			return checkReply{}, err
		}
	}
}

// asking finds datasets by asking the process that this one is started by.
type asking struct {
	to   *json.Encoder
	from *json.Decoder
}

// Find asks.
func (a asking) Find(name string) ([]string, error) {
	var found checkFound
	if err := errors.Join(a.to.Encode(checkSays{Find: name}), a.from.Decode(&found)); err != nil {
		return nil, err
	}
	switch {
	case found.Absent:
		return nil, absent{fail(notFound, "%s", found.Error)}
	case found.Error != "":
		return nil, errors.New(found.Error)
	}
	return found.Paths, nil
}

// do is the check itself.
func (r checkRequest) do(ctx context.Context, data script.Datasets) (reply checkReply) {
	err := func() error {
		s, err := script.Parse(r.Name, r.Text)
		if err != nil {
			return err
		}
		declared, err := s.Describe()
		if err != nil {
			return err
		}
		values, err := script.Values(declared, r.Params)
		if err != nil {
			reply.Params = true
			return err
		}
		reply.Checked, err = s.Check(ctx, data, values)
		return err
	}()
	if err != nil {
		reply.Error = err.Error()
		if places := script.Places(err); len(places) == 1 {
			reply.Place = places[0]
		}
	}
	return reply
}

// read gives back what the check of a script returned. Numbers of params have lost their kind on the way.
func (r checkReply) read(name string) (script.Checked, error) {
	for i := range r.Checked.Params {
		p := &r.Checked.Params[i]
		if v, err := p.Accept(p.Default); err == nil {
			p.Default = v
		}
	}
	switch {
	case r.Place != nil:
		return r.Checked, r.Place
	case r.Params:
		return r.Checked, fail(badInput, "%s", r.Error).next("workbench recipe show %s lists the params", name)
	case r.Error != "":
		return r.Checked, fail(badInput, "%s", r.Error)
	}
	return r.Checked, nil
}

// checkOneCommand is the other side: a process that bounds its own memory, then checks what stdin says.
func checkOneCommand(a *app) *cli.Command {
	return &cli.Command{
		Name:   "check-one",
		Usage:  "check the script that stdin holds, in this process, with bounded memory; recipe check does it",
		Hidden: true,
		Action: func(c *cli.Context) error {
			if err := boundMemory(checkMemory); err != nil {
				return fmt.Errorf("bound the memory: %w", err)
			}
			var request checkRequest
			parent := asking{json.NewEncoder(a.stdout), json.NewDecoder(a.stdin)}
			if err := parent.from.Decode(&request); err != nil {
				return fail(badInput, "what to check is not readable: %w", err)
			}
			reply := request.do(c.Context, parent)
			return parent.to.Encode(checkSays{Reply: &reply})
		},
	}
}
