package openai

import (
	"fmt"
	"net/http"
)

// Error is what is wrong with a request, in the form that clients of the API raise as an exception.
type Error struct {
	Status  int     `json:"-"` // of HTTP
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"` // the field of the request that it is about
	Code    *string `json:"code"`
}

// The types of errors.
const (
	InvalidRequest = "invalid_request_error"
	RateLimit      = "rate_limit_error"
	ServerError    = "server_error"
)

// The codes of errors that programs branch on.
const (
	InvalidKey      = "invalid_api_key"
	ModelNotFound   = "model_not_found"
	ModelUnsuited   = "model_unsuited" // it is there, and does something else
	ContextLength   = "context_length_exceeded"
	UnsupportedName = "unsupported_parameter"
	UnknownName     = "unknown_parameter"
	RateExceeded    = "rate_limit_exceeded"
)

func (e *Error) Error() string { return e.Message }

// Refuse says what is wrong with a field of the request; an empty field is none in particular.
func Refuse(param, format string, args ...any) *Error {
	e := &Error{Status: http.StatusBadRequest, Type: InvalidRequest, Message: fmt.Sprintf(format, args...)}
	if param != "" {
		e.Param = &param
	}
	return e
}

// With adds the code.
func (e *Error) With(code string) *Error {
	e.Code = &code
	return e
}

// Failed is the body of a response that is an error.
type Failed struct {
	Error *Error `json:"error"`
}
