package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/urfave/cli/v2"

	"workbench/embed"
)

// failure is an error that knows its exit code and what the person can do next.
type failure struct {
	code exitCode
	err  error
	hint string
}

// fail returns an error with an exit code. The format may wrap a cause with %w.
func fail(code exitCode, format string, args ...any) *failure {
	return &failure{code: code, err: fmt.Errorf(format, args...)}
}

// next adds what to do next, in one line.
func (f *failure) next(format string, args ...any) *failure {
	f.hint = fmt.Sprintf(format, args...)
	return f
}

// Error says what went wrong and where; it never contains the hint.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap lets errors.Is and errors.As look at what was wrapped.
func (f *failure) Unwrap() error { return f.err }

// Hint says what to do next, or nothing.
func (f *failure) Hint() string { return f.hint }

// codeOf chooses the exit code of an error: what the nearest failure says, else what kind of error
// it is. Everything unknown is unexpected.
func codeOf(err error) exitCode {
	var f *failure
	switch {
	case err == nil:
		return ok
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return cancelled
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, embed.ErrNotCarried):
		return missingPart
	case errors.Is(err, fs.ErrNotExist):
		return notFound
	}
	return unexpected
}

// hintOf finds what to do next: the outermost error that knows.
func hintOf(err error) string {
	for err != nil {
		var hinter interface{ Hint() string }
		if !errors.As(err, &hinter) {
			return ""
		}
		if hint := hinter.Hint(); hint != "" {
			return hint
		}
		inner, isError := hinter.(error)
		if !isError {
			return ""
		}
		err = errors.Unwrap(inner)
	}
	return ""
}

// usageError puts a parser's complaint about a flag's value in our words.
func usageError(c *cli.Context, err error, _ bool) error {
	// The flag package says: invalid value "x" for flag -n: parse error.
	message := strings.Replace(err.Error(), "for flag -", "for --", 1)
	hint := "workbench --help lists the verbs"
	if c.Command != nil && c.Command.HelpName != "" {
		hint = c.Command.HelpName + " --help lists the flags"
	}
	return fail(badInput, "%s", message).next("%s", hint)
}
