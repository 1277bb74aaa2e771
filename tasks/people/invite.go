package people

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"workbench/storage"
)

// NewInvite says who may come with an invitation.
type NewInvite struct {
	Name    string    // what it is for
	Role    Role      // that they will have; empty means Annotator
	Pools   []string  // that they will be in
	Uses    int       // how many may come; 0 for any number
	Expires time.Time // zero for never
}

// Limits of what people write about themselves and others.
const (
	maxName  = 80 // code points
	maxPools = 50
	maxUses  = 1_000_000
)

// Invite makes an invitation and returns the secret of its link. A researcher invites annotators, an
// admin anybody. Errors wrap [ErrForbidden] or [ErrInvalid].
func (b *Book) Invite(by string, n NewInvite) (secret string, c storage.Credential, err error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	if n.Role == "" {
		n.Role = Annotator
	}
	if err := b.mayMake(by, n.Role); err != nil {
		return "", c, err
	}
	if n.Name, err = tidy(n.Name, "the invitation"); err != nil {
		return "", c, err
	}
	if n.Pools, err = pools(n.Pools); err != nil {
		return "", c, err
	}
	switch {
	case n.Uses < 0 || n.Uses > maxUses:
		return "", c, fmt.Errorf("%w: %d people can't be invited; 1 to %d, or 0 for any number", ErrInvalid, n.Uses, maxUses)
	case !n.Expires.IsZero() && !n.Expires.After(b.now()):
		return "", c, fmt.Errorf("%w: the invitation would end before it begins", ErrInvalid)
	}
	secret, c, err = b.secret(invite)
	if err != nil {
		return "", c, err
	}
	c.Name, c.Role, c.Pools, c.Uses = n.Name, string(n.Role), n.Pools, n.Uses
	if !n.Expires.IsZero() {
		c.Expires = n.Expires.UTC()
	}
	what := change{credentials: []storage.Credential{c}}
	invited := map[string]any{"name": c.Name, "role": c.Role, "pools": c.Pools, "uses": c.Uses, "expires": c.Expires}
	if err := what.event(b.time(), "invited", by, c.ID, invited); err != nil {
		return "", c, err
	}
	return secret, c, b.keep(what)
}

// Join makes a person of somebody who has an invitation, and signs them in. Errors wrap [ErrUnknown],
// [ErrExpired], [ErrTaken] or [ErrInvalid]; then the invitation is not used up.
func (b *Book) Join(secret, name string) (p storage.Person, session string, err error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	with, err := b.credential(secret)
	switch {
	case err == nil && with.Kind != invite:
		return p, "", ErrUnknown
	case err != nil:
		return p, "", err
	case with.Uses > 0 && with.Used >= with.Uses:
		return p, "", fmt.Errorf("%w: as many came with it as were invited", ErrExpired)
	}
	if name, err = b.freeName(name, ""); err != nil {
		return p, "", err
	}
	id, err := b.id()
	if err != nil {
		return p, "", err
	}
	p = storage.Person{
		ID: id, Name: name, Role: with.Role, Pools: slices.Clone(with.Pools),
		Invite: with.ID, Created: b.time(),
	}
	with.Used++
	what := change{people: []storage.Person{p}, credentials: []storage.Credential{with}}
	joined := map[string]string{"name": p.Name, "role": p.Role, "invite": with.ID}
	if err := what.event(b.time(), "joined", p.ID, p.ID, joined); err != nil {
		return p, "", err
	}
	session, err = b.newSession(&what, p.ID)
	if err != nil {
		return p, "", err
	}
	return p, session, b.keep(what)
}

// freeName tidies a name and refuses one that somebody else has.
func (b *Book) freeName(name, whose string) (string, error) {
	name, err := tidy(name, "you")
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", fmt.Errorf("%w: a name is needed, so that others know who you are", ErrInvalid)
	}
	for _, p := range b.All() {
		if p.ID != whose && strings.EqualFold(p.Name, name) {
			return "", fmt.Errorf("%w: somebody called %s is here already; if it is you, ask for a link of your own", ErrTaken, p.Name)
		}
	}
	return name, nil
}

// tidy makes one line of a name of something.
func tidy(name, what string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case !utf8.ValidString(name) || strings.ContainsFunc(name, hidden):
		return "", fmt.Errorf("%w: the name of %s holds characters that can't be seen", ErrInvalid, what)
	case utf8.RuneCountInString(name) > maxName:
		return "", fmt.Errorf("%w: the name of %s has over %d characters", ErrInvalid, what, maxName)
	}
	return name, nil
}

// hidden are characters that make two names look alike, or turn what follows around. Joiners stay: some
// scripts and emoji can't be written without them.
func hidden(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != nonJoiner && r != joiner
}

// pools tidies a list of names of pools: in order, each once.
func pools(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		name, err := tidy(name, "a pool")
		if err != nil {
			return nil, err
		}
		if name != "" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > maxPools {
		return nil, fmt.Errorf("%w: %d pools; at most %d", ErrInvalid, len(all), maxPools)
	}
	return all, nil
}
