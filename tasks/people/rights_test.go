package people

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// TestRights tries every act by everybody on everybody.
func TestRights(t *testing.T) {
	off, researcher := true, Researcher
	pools := []string{"x"}
	acts := map[string]func(h *house, by, whose string) error{
		"rename": func(h *house, by, whose string) error {
			name := h.fresh()
			_, err := h.Change(by, whose, Change{Name: &name})
			return err
		},
		"pools": func(h *house, by, whose string) error {
			_, err := h.Change(by, whose, Change{Pools: &pools})
			return err
		},
		"switch off": func(h *house, by, whose string) error {
			_, err := h.Change(by, whose, Change{Disabled: &off})
			return err
		},
		"give a role": func(h *house, by, whose string) error {
			_, err := h.Change(by, whose, Change{Role: &researcher})
			return err
		},
		"make a key": func(h *house, by, whose string) error {
			_, _, err := h.NewKey(by, whose, "a program", "")
			return err
		},
		"withdraw a key": func(h *house, by, whose string) error {
			_, c, err := h.NewKey(whose, whose, "a program", "")
			return errors.Join(err, h.Revoke(by, c.ID))
		},
		"invite another": func(h *house, by, whose string) error {
			p, err := h.Person(whose)
			_, _, inviting := h.Invite(by, NewInvite{Role: Role(p.Role)})
			return errors.Join(err, inviting)
		},
	}
	const ann, res, adm = "annotator", "researcher", "admin"
	type pair struct{ by, whose string }
	allowed := map[string][]pair{
		"rename":         {{ann, "self"}, {res, "self"}, {res, ann}, {adm, "self"}, {adm, ann}, {adm, res}, {adm, adm}},
		"pools":          {{res, ann}, {adm, "self"}, {adm, ann}, {adm, res}, {adm, adm}},
		"switch off":     {{res, ann}, {adm, "self"}, {adm, ann}, {adm, res}, {adm, adm}},
		"give a role":    {{adm, "self"}, {adm, ann}, {adm, res}, {adm, adm}},
		"make a key":     {{ann, "self"}, {res, "self"}, {res, ann}, {adm, "self"}, {adm, ann}, {adm, res}, {adm, adm}},
		"withdraw a key": {{ann, "self"}, {res, "self"}, {res, ann}, {adm, "self"}, {adm, ann}, {adm, res}, {adm, adm}},
		"invite another": {{res, ann}, {adm, "self"}, {adm, ann}, {adm, res}, {adm, adm}},
	}
	h := open(t)
	for act, try := range acts {
		for _, by := range []string{ann, res, adm, "switched off", "nobody"} {
			for _, whose := range []string{"self", ann, res, adm} {
				if whose == "self" && (by == "nobody" || by == "switched off") {
					continue
				}
				actor, target := h.cast(t, by, whose)
				err := try(h, actor, target)
				may := false
				for _, p := range allowed[act] {
					may = may || p == pair{by, whose}
				}
				if may && err != nil || !may && !errors.Is(err, ErrForbidden) {
					t.Errorf("%s by %s, of %s: got %v, allowed is %v", act, by, whose, err, may)
				}
			}
		}
	}
}

// fresh is a name that nobody has.
func (h *house) fresh() string {
	h.names++
	return fmt.Sprintf("Somebody %d", h.names)
}

// cast makes who acts and another person of a role. The first admin stays, so that nobody else is the last.
func (h *house) cast(t *testing.T, by, whose string) (actor, target string) {
	t.Helper()
	newcomer := func(role string) (id string) {
		id, _ = h.come(t, h.fresh(), Role(role))
		return id
	}
	switch by {
	case "nobody":
		actor = "01K"
	case "switched off":
		yes := true
		actor = newcomer("admin")
		_, err := h.Change(h.admin, actor, Change{Disabled: &yes})
		must(t, err)
	default:
		actor = newcomer(by)
	}
	if whose == "self" {
		return actor, actor
	}
	return actor, newcomer(whose)
}

func TestAnAdminRemains(t *testing.T) {
	h := open(t)
	off, annotator, admin := true, Annotator, Admin
	for what, c := range map[string]Change{"switch off": {Disabled: &off}, "demote": {Role: &annotator}} {
		_, err := h.Change(h.admin, h.admin, c)
		is(t, what+" the last admin", err, ErrLastAdmin)
	}
	_, err := h.Change(h.admin, h.researcher, Change{Role: &admin})
	must(t, err)
	_, err = h.Change(h.admin, h.admin, Change{Role: &annotator})
	must(t, err)
	_, err = h.Change(h.researcher, h.researcher, Change{Disabled: &off})
	is(t, "switch off the last admin", err, ErrLastAdmin)
}

func TestWhatIsNotPossible(t *testing.T) {
	h := open(t)
	role, taken := Role("root"), "ANNA"
	for what, c := range map[string]struct {
		err  error
		want error
	}{
		"an unknown role":         {second(h.Change(h.admin, h.annotator, Change{Role: &role})), ErrInvalid},
		"a name that is taken":    {second(h.Change(h.admin, h.researcher, Change{Name: &taken})), ErrTaken},
		"nobody":                  {second(h.Change(h.admin, "01K", Change{Name: &taken})), fs.ErrNotExist},
		"a credential of nobody":  {h.Revoke(h.admin, "01K"), fs.ErrNotExist},
		"a key of nobody":         {third(h.NewKey(h.admin, "01K", "x", "")), fs.ErrNotExist},
		"a key without a name":    {third(h.NewKey(h.admin, h.admin, " ", "")), ErrInvalid},
		"the printed key's name":  {third(h.NewKey(h.admin, h.admin, printed, "")), ErrInvalid},
		"an invitation of yore":   {third(h.Invite(h.admin, NewInvite{Expires: noon})), ErrInvalid},
		"less than one":           {third(h.Invite(h.admin, NewInvite{Uses: -1})), ErrInvalid},
		"an invitation of a role": {third(h.Invite(h.admin, NewInvite{Role: "root"})), ErrInvalid},
		"a hidden pool":           {third(h.Invite(h.admin, NewInvite{Pools: []string{"a\u2066b"}})), ErrInvalid},
	} {
		is(t, what, c.err, c.want)
	}
	same := "Anna"
	if _, err := h.Change(h.annotator, h.annotator, Change{Name: &same}); err != nil {
		t.Errorf("one's own name is not taken: got %v", err)
	}
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }
