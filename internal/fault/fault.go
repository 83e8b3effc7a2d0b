// Package fault is the one error type that crosses package borders.
//
// A fault says what the caller can do about it (Kind), names the rule that
// was broken (Code), and tells it in a sentence that may be shown to anybody
// (Message). The cause stays private: it is logged, never sent.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what the caller can do about a fault.
type Kind int

// The kinds, each with the HTTP status that graphapi gives it.
const (
	Internal         Kind = iota // 500: our own bug or a broken dependency
	Invalid                      // 400: the input breaks a rule
	Unauthenticated              // 401: no valid token
	Forbidden                    // 403: the caller lacks a permission or a role
	NotFound                     // 404: no such object, or none the caller may see
	MethodNotAllowed             // 405: the path exists, the method does not
	NotAcceptable                // 406: no representation the client accepts
	Conflict                     // 409: somebody else was faster
	Gone                         // 410: a continuation is too old
	Precondition                 // 412: If-Match does not hold
	TooLarge                     // 413: a limit of size
	MediaType                    // 415: the body is not JSON, or not in a known encoding
	Dependency                   // 424: a request of a batch that this one depends on has failed
	Busy                         // 429: come back after RetryAfter
	Unavailable                  // 503: the server is starting or stopping
	Stale                        // the version written is not the version stored; the store retries it
)

// Error is a fault. Build it with New and refine it with the With methods.
type Error struct {
	Kind    Kind
	Code    string // stable, in Graph's spelling, such as "RequestNotCancelable"
	Message string // one or two sentences; names the field and the rule
	Target  string // the property, option or header at fault; may be empty
	Details []Detail

	// RetryAfter is how long to wait before trying again; only for Busy and Unavailable.
	RetryAfter time.Duration

	cause error
}

// Detail is one of several things wrong with the same input.
type Detail struct {
	Code, Target, Message string
}

// New returns a fault with a formatted public message.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error returns the code, the public message and, behind it, the private
// cause. It is meant for logs.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	if e.cause != nil {
		s += " (" + e.cause.Error() + ")"
	}
	return s
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.cause }

// With returns a copy that carries a private cause.
func (e *Error) With(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// At returns a copy that names the property, option or header at fault.
func (e *Error) At(target string) *Error {
	c := *e
	c.Target = target
	return &c
}

// After returns a copy that tells the caller how long to wait.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Of returns the fault inside err. An error that is none is reported as
// Internal, with err as its cause and a message that gives nothing away.
func Of(err error) *Error {
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	return (&Error{
		Kind: Internal, Code: "InternalServerError",
		Message: "The server could not complete the operation. Quote the request-id to its operator.",
	}).With(err)
}

// Is reports whether err holds a fault of the given kind.
func Is(err error, kind Kind) bool {
	f, ok := errors.AsType[*Error](err)
	return ok && f.Kind == kind
}
