package people

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"workbench/storage"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// house is a Book with an admin, a researcher and an annotator.
type house struct {
	*Book
	store *storage.Store
	clock *clock
	dir   string
	names int // that fresh has given

	admin, researcher, annotator string // ids
	token                        string // of the admin
	session                      string // of the annotator
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{clock: &clock{at: noon}, dir: t.TempDir()}
	h.reopen(t)
	t.Cleanup(func() { must(t, h.store.Close()) })
	var err error
	h.token, err = h.FirstAdmin(t.Context())
	must(t, err)
	admin, _, err := h.Who(h.token)
	must(t, err)
	h.admin = admin.ID
	h.researcher, _ = h.come(t, "Rosa", Researcher)
	h.annotator, h.session = h.come(t, "Anna", Annotator)
	return h
}

func (h *house) reopen(t *testing.T) {
	t.Helper()
	if h.store != nil {
		must(t, h.store.Close())
	}
	var err error
	h.store, err = storage.Open(h.dir, storage.Options{})
	must(t, err)
	h.Book, err = Open(h.store, Options{Now: h.clock.now})
	must(t, err)
}

// come invites somebody and lets them join.
func (h *house) come(t *testing.T, name string, role Role) (id, session string) {
	t.Helper()
	secret, _, err := h.Invite(h.admin, NewInvite{Role: role, Uses: 1})
	must(t, err)
	p, session, err := h.Join(secret, name)
	must(t, err)
	return p.ID, session
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestRoles(t *testing.T) {
	for _, c := range []struct {
		has, least Role
		want       bool
	}{
		{Admin, Admin, true},
		{Admin, Annotator, true},
		{Researcher, Researcher, true},
		{Researcher, Admin, false},
		{Annotator, Researcher, false},
		{"", Annotator, false},
		{"root", Annotator, false},
		{Admin, "", false},
	} {
		if got := c.has.AtLeast(c.least); got != c.want {
			t.Errorf("%q at least %q: got %v, want %v", c.has, c.least, got, c.want)
		}
	}
}

func TestEverythingIsThereAfterARestart(t *testing.T) {
	h := open(t)
	secret, _, err := h.Invite(h.researcher, NewInvite{Name: "spring", Pools: []string{"judges", " readers  ", "judges"}, Uses: 3})
	must(t, err)
	ben, _, err := h.Join(secret, "  Ben   B. ")
	must(t, err)
	if want := []string{"judges", "readers"}; ben.Name != "Ben B." || !slices.Equal(ben.Pools, want) || ben.Role != "annotator" {
		t.Errorf("Ben came as %+v", ben)
	}
	before, invites := h.All(), h.Invites()
	h.reopen(t)
	if after := h.All(); !reflect.DeepEqual(before, after) {
		t.Errorf("people: got %v, want %v", after, before)
	}
	if after := h.Invites(); !reflect.DeepEqual(invites, after) {
		t.Errorf("invitations: got %v, want %v", after, invites)
	}
	p, c, err := h.Who(h.session)
	if err != nil || p.ID != h.annotator || c.Kind != session {
		t.Errorf("the session after a restart: got %v, %v, %v", p, c, err)
	}
	if n, err := h.store.VerifyEvents(); err != nil || n == 0 {
		t.Errorf("the log: %d entries, %v", n, err)
	}
}

func TestAnInvitationIsNotUsedMoreOftenThanItSays(t *testing.T) {
	h := open(t)
	const uses, come = 5, 20
	secret, c, err := h.Invite(h.admin, NewInvite{Uses: uses})
	must(t, err)
	var wait sync.WaitGroup
	errs := make([]error, come)
	for i := range come {
		wait.Go(func() { _, _, errs[i] = h.Join(secret, fmt.Sprintf("guest %d", i)) })
	}
	wait.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
		} else {
			is(t, "a guest too many", err, ErrExpired)
		}
	}
	if in != uses {
		t.Errorf("%d came in, want %d", in, uses)
	}
	h.reopen(t)
	for _, kept := range h.Invites() {
		if kept.ID == c.ID && kept.Used != uses {
			t.Errorf("used %d times, want %d", kept.Used, uses)
		}
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	h := open(t)
	open, _, err := h.Invite(h.admin, NewInvite{Expires: noon.Add(time.Hour)})
	must(t, err)
	withdrawn, c, err := h.Invite(h.admin, NewInvite{})
	must(t, err)
	must(t, h.Revoke(h.admin, c.ID))
	for what, secret := range map[string]string{
		"nothing": "", "a guess": "guess", "something long": string(make([]byte, 1<<20)), "an invitation": open, "a hash": hashOf(h.session),
	} {
		_, _, err := h.Who(secret)
		is(t, "who is "+what, err, ErrUnknown)
		_, _, err = h.SignIn(secret)
		is(t, "sign in with "+what, err, ErrUnknown)
	}
	_, _, err = h.SignIn(h.session)
	is(t, "sign in with a session", err, ErrUnknown)
	_, _, err = h.Join(h.session, "Eve")
	is(t, "join with a session", err, ErrUnknown)
	_, _, err = h.Join(withdrawn, "Eve")
	is(t, "join with a withdrawn invitation", err, ErrExpired)
	_, _, err = h.Join(open, " aNNa ")
	is(t, "join under a name that is taken", err, ErrTaken)
	for _, name := range []string{"", " \t ", "a\u202eb", "a\x00b", "\xff", string(bytes.Repeat([]byte("x"), maxName+1))} {
		_, _, err = h.Join(open, name)
		is(t, fmt.Sprintf("join as %q", name), err, ErrInvalid)
	}
	h.clock.pass(2 * time.Hour)
	_, _, err = h.Join(open, "Eve")
	is(t, "join too late", err, ErrExpired)
	h.clock.pass(defaultSession)
	_, _, err = h.Who(h.session)
	is(t, "a session of last year", err, ErrExpired)
	if _, _, err := h.Who(h.token); err != nil {
		t.Errorf("the admin's key does not end: got %v", err)
	}
}

func TestWhoWasSwitchedOffIsOutAtOnce(t *testing.T) {
	h := open(t)
	for _, off := range []bool{true, false} {
		_, err := h.Change(h.researcher, h.annotator, Change{Disabled: &off})
		must(t, err)
		_, _, err = h.Who(h.session)
		if off {
			is(t, "who was switched off", err, ErrDisabled)
		} else {
			must(t, err)
		}
	}
	must(t, h.SignOut(h.session))
	_, _, err := h.Who(h.session)
	is(t, "who signed out", err, ErrExpired)
	is(t, "sign out again", h.SignOut(h.session), ErrExpired)
	is(t, "sign out with a key", h.SignOut(h.token), ErrInvalid)
}

func TestTheNewestStartsLinkIsTheValidOne(t *testing.T) {
	h := open(t)
	_, session, err := h.SignIn(h.token)
	must(t, err)
	api, _, err := h.NewKey(h.admin, h.admin, "a program", "")
	must(t, err)
	h.reopen(t)
	token, err := h.FirstAdmin(t.Context())
	must(t, err)
	if len(h.All()) != 3 {
		t.Errorf("%d people after a restart, want 3", len(h.All()))
	}
	_, _, err = h.Who(h.token)
	is(t, "the link of the first start", err, ErrExpired)
	for what, secret := range map[string]string{"the new link": token, "the session": session, "a key": api} {
		if p, _, err := h.Who(secret); err != nil || p.ID != h.admin {
			t.Errorf("%s: got %v, %v", what, p, err)
		}
	}
}

func TestNoSecretIsTheSameTwiceNorKept(t *testing.T) {
	a, b := open(t), open(t)
	secrets := []string{a.token, a.session, b.token, b.session}
	slices.Sort(secrets)
	if len(slices.Compact(secrets)) != 4 {
		t.Error("two fresh installs share a secret")
	}
	must(t, a.store.Close())
	err := filepath.WalkDir(a.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, secret := range []string{a.token, a.session} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds a secret", filepath.Base(path))
			}
		}
		return nil
	})
	must(t, err)
	a.reopen(t)
}

func TestChangesAreToldInOrder(t *testing.T) {
	h := open(t)
	var told []string
	h.OnChange(func(p storage.Person) { told = append(told, fmt.Sprintf("%s %v %v", p.Name, p.Pools, p.Disabled)) })
	pools, off := []string{"b", "a"}, true
	for _, c := range []Change{{Pools: &pools}, {Pools: &pools}, {Disabled: &off}} {
		_, err := h.Change(h.researcher, h.annotator, c)
		must(t, err)
	}
	if want := []string{"Anna [a b] false", "Anna [a b] true"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// What is not on disk has not happened.
func TestNothingChangesWhenTheDiskRefuses(t *testing.T) {
	h := open(t)
	secret, _, err := h.Invite(h.admin, NewInvite{Uses: 1})
	must(t, err)
	before, invites := h.All(), h.Invites()
	must(t, h.store.Close())
	name := "Berta"
	_, _, err = h.Join(secret, name)
	is(t, "join", err, storage.ErrClosed)
	_, err = h.Change(h.admin, h.annotator, Change{Name: &name})
	is(t, "change", err, storage.ErrClosed)
	_, _, err = h.SignIn(h.token)
	is(t, "sign in", err, storage.ErrClosed)
	if !reflect.DeepEqual(before, h.All()) || !reflect.DeepEqual(invites, h.Invites()) {
		t.Error("something changed")
	}
}
