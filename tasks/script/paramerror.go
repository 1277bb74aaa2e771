package script

import (
	"fmt"
	"strings"
)

// ParamError is a value that a param does not take.
type ParamError struct {
	Param string // its name
	Says  string // what is wrong with the value
}

// Error names the param.
func (e *ParamError) Error() string { return fmt.Sprintf("param %s: %s", e.Param, e.Says) }

// ParamErrors are all values that params do not take, in the order in which a script declares them.
type ParamErrors []*ParamError

// Error says them line by line.
func (e ParamErrors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// refuse is the error of a value.
func (p Param) refuse(format string, args ...any) *ParamError {
	return &ParamError{p.Name, fmt.Sprintf(format, args...)}
}

// unnamedSetting is the error of a param of a dataset that names none, where the script reads it.
type unnamedSetting string

func (e unnamedSetting) Error() string {
	return fmt.Sprintf("the setting %s names no dataset", string(e))
}

// As makes it a [*ParamError] for whoever asks which setting is wrong.
func (e unnamedSetting) As(target any) bool {
	to, ok := target.(**ParamError)
	if ok {
		*to = &ParamError{string(e), "name the data that it is about"}
	}
	return ok
}
