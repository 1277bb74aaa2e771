package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"workbench/storage"
	"workbench/tasks/assign"
	"workbench/tasks/flow"
	"workbench/tasks/form"
	"workbench/tasks/people"
)

func TestErrorsInWords(t *testing.T) {
	for _, c := range []struct {
		err   error
		code  string
		known bool
	}{
		{Fail(Conflict, "x"), Conflict, true},
		{fmt.Errorf("outside: %w", Fail(Conflict, "x")), Conflict, true},
		{Fail(Internal, "x"), Internal, false},
		{form.Problems{{Field: "why", Says: "too short"}}, Invalid, true},
		{fmt.Errorf("read: %w", fs.ErrNotExist), NotFound, true},
		{fmt.Errorf("commit: %w: 3 MB are left", storage.ErrFull), Full, true},
		{storage.ErrTooLarge, TooLarge, true},
		{storage.ErrClosed, Internal, true},
		{people.ErrUnknown, Unauthorized, true},
		{people.ErrDisabled, Unauthorized, true},
		{people.ErrForbidden, Forbidden, true},
		{people.ErrTaken, Conflict, true},
		{people.ErrLastAdmin, Conflict, true},
		{assign.ErrForeign, NotFound, true},
		{assign.ErrUnknown, NotFound, true},
		{assign.ErrAnswered, Conflict, true},
		{assign.ErrEnded, Conflict, true},
		{assign.ErrTooLate, Conflict, true},
		{assign.ErrDisabled, Unauthorized, true},
		{flow.ErrState, Conflict, true},
		{flow.ErrInvalid, Invalid, true},
		{context.Canceled, Internal, true},
		{errors.New("/home/somebody/secret: index out of range"), Internal, false},
	} {
		f, known := failureOf(c.err)
		if f.Code != c.code || known != c.known || f.Says == "" || statuses[f.Code] == 0 {
			t.Errorf("%v: got %+v, %v, want %s, %v", c.err, f, known, c.code, c.known)
		}
		if strings.Contains(f.Says, "/home") {
			t.Errorf("%v: the inside is told: %s", c.err, f.Says)
		}
	}
	if a, _ := failureOf(fmt.Errorf("lease A: %w", assign.ErrForeign)); a.Says != notYours {
		t.Errorf("somebody else's task: %s", a.Says)
	}
}

// Nobody asked for a file: what is not there is named as what it is.
func TestWhatIsNotThereIsNoFile(t *testing.T) {
	for said, want := range map[string]string{
		"flow x":               "There is no flow x.",
		`no run is called "x"`: `No run is called "x".`,
	} {
		if f, _ := failureOf(fmt.Errorf("%s: %w", said, fs.ErrNotExist)); f.Says != want {
			t.Errorf("%s: it says %q, want %q", said, f.Says, want)
		}
	}
}
