package people

import (
	"context"

	"workbench/storage"
)

// FirstAdmin makes sure that there is an admin, and returns a fresh token with which the oldest of them
// signs in. The token that it returned before is withdrawn: the newest start's link is the valid one.
func (b *Book) FirstAdmin(ctx context.Context) (token string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	b.changing.Lock()
	defer b.changing.Unlock()
	var c change
	admin, ok := b.oldestAdmin()
	if !ok {
		id, err := b.id()
		if err != nil {
			return "", err
		}
		admin = storage.Person{ID: id, Name: "admin", Role: string(Admin), Created: b.time()}
		c.people = append(c.people, admin)
		if err := c.event(b.time(), "joined", admin.ID, admin.ID, map[string]string{"name": admin.Name, "role": admin.Role}); err != nil {
			return "", err
		}
	}
	for _, old := range b.Keys(admin.ID) {
		if old.Name == printed && !old.Revoked {
			old.Revoked = true
			c.credentials = append(c.credentials, old)
		}
	}
	token, fresh, err := b.secret(key)
	if err != nil {
		return "", err
	}
	fresh.Person, fresh.Name = admin.ID, printed
	c.credentials = append(c.credentials, fresh)
	if err := c.event(b.time(), "key", "", admin.ID, map[string]string{"id": fresh.ID, "name": fresh.Name}); err != nil {
		return "", err
	}
	return token, b.keep(c)
}

// printed is the name of the key that FirstAdmin makes. Nobody else can give it to theirs.
const printed = "(printed at the start)"

func (b *Book) oldestAdmin() (storage.Person, bool) {
	for _, p := range b.All() {
		if Role(p.Role) == Admin && !p.Disabled {
			return p, true
		}
	}
	return storage.Person{}, false
}
