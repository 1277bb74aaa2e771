package people

import "slices"

// Role says what a person may do. Each role may do what the ones before it may.
type Role string

// The roles.
const (
	Annotator  Role = "annotator"  // answers what they are asked
	Researcher Role = "researcher" // starts flows and runs, sees everything, invites annotators
	Admin      Role = "admin"      // gives roles, reads the log, backs up
)

var ranks = []Role{Annotator, Researcher, Admin}

// Known says whether there is such a role.
func (r Role) Known() bool { return slices.Contains(ranks, r) }

// AtLeast says whether somebody of this role may do what least may. A role that is not known may nothing.
func (r Role) AtLeast(least Role) bool {
	return r.Known() && least.Known() && slices.Index(ranks, r) >= slices.Index(ranks, least)
}
