package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/flow"
	"workbench/tasks/form"
	"workbench/tasks/lineage"
	"workbench/tasks/people"
	"workbench/ui/web/openai"
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
	Busy         = "busy"
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
	Busy:         http.StatusServiceUnavailable,
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

// What is said while the server stops: it comes back, and whoever asks again is answered then.
const (
	stopping = "The server is about to stop."
	tryAgain = "Try again in a moment."
)

// notYours is said about a task of somebody else and about one that does not exist alike: which of the two
// it is, is none of the asker's business.
const notYours = "There is no such task for you."

// kinds puts errors in words by what they wrap; the first that fits counts. Where says is empty, the error's
// own words are for people.
var kinds = []struct {
	is               error
	code, says, next string
}{
	{people.ErrUnknown, Unauthorized, "", "Open the link that you were given, or ask for a new one."},
	{people.ErrExpired, Unauthorized, "", "Ask whoever gave it to you for a new link."},
	{people.ErrDisabled, Unauthorized, "", "Ask whoever invited you."},
	{people.ErrForbidden, Forbidden, "", ""},
	{people.ErrInvalid, Invalid, "", ""},
	{people.ErrTaken, Conflict, "", ""},
	{people.ErrLastAdmin, Conflict, "", ""},
	{storage.ErrFull, Full, "", "Make room on the server's disk; nothing that was acknowledged is lost."},
	{storage.ErrTooLarge, TooLarge, "", ""},
	{assign.ErrUnknown, NotFound, notYours, ""},
	{assign.ErrForeign, NotFound, notYours, ""},
	{assign.ErrDisabled, Unauthorized, "", "Ask whoever invited you."},
	{assign.ErrAnswered, Conflict, "", "Go on with the next."},
	{assign.ErrEnded, Conflict, "", "Go on with the next."},
	{assign.ErrNothing, Conflict, "", ""},
	{assign.ErrTooLate, Conflict, "", ""},
	{assign.ErrInvalid, Invalid, "", ""},
	{assign.ErrClosed, Internal, stopping, tryAgain},
	{flow.ErrState, Conflict, "", ""},
	{flow.ErrInvalid, Invalid, "", ""},
	{flow.ErrClosed, Internal, stopping, tryAgain},
	{storage.ErrClosed, Internal, stopping, tryAgain},
	{context.Canceled, Internal, stopping, tryAgain},
	{lineage.ErrSeveral, Invalid, "", ""},
	{lineage.ErrMany, Invalid, "", ""},
	{fs.ErrNotExist, NotFound, "", ""},
}

// failureOf puts an error in words. Known says whether it is one that its reader can do something about;
// otherwise the words say nothing about the inside, and the error belongs into the log.
func failureOf(err error) (f *Failure, known bool) {
	var own *Failure
	if errors.As(err, &own) {
		return own, own.Code != Internal
	}
	var refused *openai.Error
	if errors.As(err, &refused) {
		return Fail(Invalid, "%s", refused.Message), true
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
			return &Failure{Code: k.code, Says: cmp.Or(k.says, sentence(wording(err))), Next: k.next}, true
		}
	}
	return Fail(Internal, "Something went wrong inside the server.").Then("Its log says what. What was acknowledged is safe."), false
}

// wording is what an error says. That a record is not there is said in words about records, not about files.
func wording(err error) string {
	text, absent := strings.CutSuffix(err.Error(), ": "+fs.ErrNotExist.Error())
	if absent && !strings.HasPrefix(text, "no ") { // "no run is called x" says it already
		text = "there is no " + text
	}
	return text
}

// sentence makes one of words.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}
