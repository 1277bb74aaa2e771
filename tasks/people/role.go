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

// User is the role of keys that are given away: with one, a program calls the API for models, and nothing
// else. No person has it. Researchers may what it may, annotators may not: log-probabilities would tell them
// which model wrote what they judge.
const User Role = "user"

var ranks = []Role{Annotator, Researcher, Admin}

// Known says whether people can have the role.
func (r Role) Known() bool { return slices.Contains(ranks, r) }

// AtLeast says whether somebody of this role may do what least may. A role that is not known may nothing.
func (r Role) AtLeast(least Role) bool {
	if least == User {
		return r == User || r.AtLeast(Researcher)
	}
	return r.Known() && least.Known() && slices.Index(ranks, r) >= slices.Index(ranks, least)
}
