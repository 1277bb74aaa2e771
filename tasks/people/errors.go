package people

import "errors"

// Why somebody is not let in or may not do something. Errors of this package wrap one of these; one
// about a person or credential that is not there wraps fs.ErrNotExist.
var (
	ErrUnknown   = errors.New("nobody is known by this")
	ErrExpired   = errors.New("it is no longer valid")
	ErrDisabled  = errors.New("this account was switched off")
	ErrForbidden = errors.New("not allowed")
	ErrInvalid   = errors.New("not possible")
	ErrTaken     = errors.New("the name is taken")
	ErrLastAdmin = errors.New("somebody must remain who can give roles")
)
