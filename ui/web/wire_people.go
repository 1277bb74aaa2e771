package web

import "time"

// What goes over the wire about people; see wire.go.

// PersonRow is a person in the list.
type PersonRow struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	Pools     []string   `json:"pools"`
	Disabled  bool       `json:"disabled"`
	Online    bool       `json:"online"`
	Working   string     `json:"working"` // the step of the task that they have
	Today     int        `json:"today"`
	Total     int        `json:"total"`
	LastHour  int        `json:"last_hour"`
	Median    float64    `json:"median_seconds"`
	Skipped   int        `json:"skipped"`
	Agreement *Agreement `json:"agreement,omitempty"` // with the others on the same tasks
	Created   time.Time  `json:"created"`
	LastSeen  *time.Time `json:"last_seen,omitempty"`
}

// Agreement is a share with its 95 % interval (Wilson 1927) and the number of comparisons behind it.
type Agreement struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"`
}

// PersonChange changes what is given.
type PersonChange struct {
	Name     *string   `json:"name,omitempty"`
	Role     *string   `json:"role,omitempty"`
	Pools    *[]string `json:"pools,omitempty"`
	Disabled *bool     `json:"disabled,omitempty"`
}

// NewInvite asks for a link by which people come in.
type NewInvite struct {
	Name  string   `json:"name"` // what it is for
	Role  string   `json:"role"`
	Pools []string `json:"pools"`
	Uses  int      `json:"uses"`  // 0: any number
	Hours int      `json:"hours"` // until it expires; 0: never
}

// Invite is a link by which people come in. Link is only in the reply to its making.
type Invite struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Role    string     `json:"role"`
	Pools   []string   `json:"pools"`
	Uses    int        `json:"uses"`
	Used    int        `json:"used"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty"`
	Revoked bool       `json:"revoked"`
	Link    string     `json:"link,omitempty"`
}

// SignIn exchanges a secret for a session: a token, or an invite with a name.
type SignIn struct {
	Token  string `json:"token,omitempty"`
	Invite string `json:"invite,omitempty"`
	Name   string `json:"name,omitempty"`
}

// NewKey asks for a key: for a program, or for the link by which somebody signs in on another machine.
type NewKey struct {
	Name   string `json:"name"`             // what it is for
	Person string `json:"person,omitempty"` // whose; empty: one's own
	// Role is user for a key that is given away: it calls the API for models and nothing else.
	Role string `json:"role,omitempty"`
}

// Key is a key that was just made. Its secret is in this reply and nowhere else.
type Key struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Role  string `json:"role,omitempty"`
	Token string `json:"token"`          // for Authorization: Bearer
	Link  string `json:"link,omitempty"` // signs in whoever opens it; none for a key with a role
}
