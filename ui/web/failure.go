package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"workbench/storage"
	"workbench/tasks/form"
	"workbench/tasks/people"
)

// The codes of a [Failure].
const (
	Unauthorized = "unauthorized"
	Forbidden    = "forbidden"
	NotFound     = "not_found"
	Invalid      = "invalid"
	Conflict     = "conflict"
	TooLarge     = "too_large"
	TooMany      = "too_many"
	Full         = "full"
	Internal     = "internal"
)

// statuses says with which status of HTTP a code goes out.
var statuses = map[string]int{
	Unauthorized: http.StatusUnauthorized,
	Forbidden:    http.StatusForbidden,
	NotFound:     http.StatusNotFound,
	Invalid:      http.StatusBadRequest,
	Conflict:     http.StatusConflict,
	TooLarge:     http.StatusRequestEntityTooLarge,
	TooMany:      http.StatusTooManyRequests,
	Full:         http.StatusInsufficientStorage,
	Internal:     http.StatusInternalServerError,
}

// Error says what is wrong, without what to do next. Whatever serves a request may return a *Failure
// (wrapped or not) to choose its own words; other errors are put in words by their kind.
func (f *Failure) Error() string { return f.Says }

// Fail makes a failure with a code.
func Fail(code, format string, args ...any) *Failure {
	return &Failure{Code: code, Says: fmt.Sprintf(format, args...)}
}

// Then adds what to do next.
func (f *Failure) Then(format string, args ...any) *Failure {
	f.Next = fmt.Sprintf(format, args...)
	return f
}

// kinds puts errors in words by what they wrap; the first that fits counts. An error whose own words are
// for people has no says.
var kinds = []struct {
	is         error
	code, next string
}{
	{people.ErrUnknown, Unauthorized, "Open the link that you were given, or ask for a new one."},
	{people.ErrExpired, Unauthorized, "Ask whoever gave it to you for a new link."},
	{people.ErrDisabled, Unauthorized, "Ask whoever invited you."},
	{people.ErrForbidden, Forbidden, ""},
	{people.ErrInvalid, Invalid, ""},
	{people.ErrTaken, Conflict, ""},
	{people.ErrLastAdmin, Conflict, ""},
	{storage.ErrFull, Full, "Make room on the server's disk; nothing that was acknowledged is lost."},
	{storage.ErrTooLarge, TooLarge, ""},
	{fs.ErrNotExist, NotFound, ""},
}

// failureOf puts an error in words. Known says whether it is one that its reader can do something about;
// otherwise the words say nothing about the inside, and the error belongs into the log.
func failureOf(err error) (f *Failure, known bool) {
	var own *Failure
	if errors.As(err, &own) {
		return own, own.Code != Internal
	}
	var problems form.Problems
	if errors.As(err, &problems) {
		f := Fail(Invalid, "The answer does not fit the form.")
		for _, p := range problems {
			f.Problems = append(f.Problems, Problem{p.Field, p.Says})
		}
		return f, true
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return Fail(TooLarge, "The request is larger than %d bytes.", large.Limit), true
	}
	for _, k := range kinds {
		if errors.Is(err, k.is) {
			return &Failure{Code: k.code, Says: err.Error(), Next: k.next}, true
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, storage.ErrClosed) {
		return Fail(Internal, "The server is about to stop.").Then("Try again in a moment."), true
	}
	return Fail(Internal, "Something went wrong inside the server.").Then("Its log says what. What was acknowledged is safe."), false
}
