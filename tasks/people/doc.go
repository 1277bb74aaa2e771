// Package people knows who may come in and what they may do: accounts, roles, pools, invitations, and
// the secrets by which somebody is recognised.
//
// A secret is 32 random bytes that only its holder has; kept is its SHA-256. There are no passwords and
// no secrets that are the same on two machines: the first admin's link is printed where the program was
// started, everybody else comes by an invitation or by a link made for them.
package people
