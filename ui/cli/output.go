package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// envelope is the one object that --json prints, as the last line of stdout.
type envelope struct {
	ID     string `json:"id"`
	Status string `json:"status"` // "ok" or "error"
	Result any    `json:"result"`
}

// complaint is the result of an envelope whose status is "error".
type complaint struct {
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
	ExitCode int    `json:"exit_code"`
}

// named sets the id that the envelope carries, for verbs that start something with an id of its own
// (a run). Without it the id names this invocation.
func (a *app) named(id string) { a.id = id }

// answer ends a verb: the result as JSON when --json was given, otherwise text for people. The text
// is gathered before it is written, so a failing disk or pipe is reported once.
func (a *app) answer(result any, people func(w io.Writer)) error {
	if a.json {
		return a.writeEnvelope("ok", result)
	}
	out := bufio.NewWriter(a.stdout)
	people(out)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// say writes a line about what is going on to stderr.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.stderr, format+"\n", args...)
}

// report tells the person (or the program) how the command ended, and chooses the exit code.
func (a *app) report(err error) exitCode {
	if err == nil {
		return ok
	}
	code, message, hint := codeOf(err), err.Error(), hintOf(err)
	if code == cancelled {
		message = "stopped: " + message
	}
	fmt.Fprintf(a.stderr, "workbench: %s\n", message)
	if hint != "" {
		fmt.Fprintf(a.stderr, "  next: %s\n", hint)
	}
	if a.json {
		result := complaint{Message: message, Hint: hint, ExitCode: int(code)}
		if err := a.writeEnvelope("error", result); err != nil {
			a.say("workbench: %v", err)
		}
	}
	return code
}

func (a *app) writeEnvelope(status string, result any) error {
	var line strings.Builder
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(envelope{ID: a.id, Status: status, Result: result}); err != nil {
		return fmt.Errorf("encode the result as JSON: %w", err)
	}
	if _, err := io.WriteString(a.stdout, line.String()); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
