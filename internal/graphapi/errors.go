package graphapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// statuses maps what a caller can do about a fault to the HTTP status. What
// is not listed is our own bug.
var statuses = map[fault.Kind]int{
	fault.Invalid:          http.StatusBadRequest,
	fault.Unauthenticated:  http.StatusUnauthorized,
	fault.Forbidden:        http.StatusForbidden,
	fault.NotFound:         http.StatusNotFound,
	fault.MethodNotAllowed: http.StatusMethodNotAllowed,
	fault.NotAcceptable:    http.StatusNotAcceptable,
	fault.Conflict:         http.StatusConflict,
	fault.Gone:             http.StatusGone,
	fault.Precondition:     http.StatusPreconditionFailed,
	fault.TooLarge:         http.StatusRequestEntityTooLarge,
	fault.MediaType:        http.StatusUnsupportedMediaType,
	fault.Dependency:       http.StatusFailedDependency,
	fault.Busy:             http.StatusTooManyRequests,
	fault.Unavailable:      http.StatusServiceUnavailable,
}

func statusOf(kind fault.Kind) int {
	if status, ok := statuses[kind]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// A dialect is the family of error codes of a route: entitlement management
// and the directory say the same things in different words
// (conventions.md section 3).
type dialect int

const (
	entitlementCodes dialect = iota
	directoryCodes
)

// directoryWords says what the directory answers where the core, which does
// not know of dialects, used a code of entitlement management. An empty
// message keeps the fault's own.
var directoryWords = map[string]struct{ code, message string }{
	"UnAuthorized":     {"Authorization_RequestDenied", "Insufficient privileges to complete the operation."},
	"ResourceNotFound": {"Request_ResourceNotFound", ""},
	"InvalidModel":     {"Request_BadRequest", ""},
	"InvalidFilter":    {"Request_UnsupportedQuery", ""},
	"Conflict":         {"Request_MultipleObjectsWithSameKeyValue", ""},
}

// in returns the fault as the dialect words it. object is the key that the
// path addresses; clients match the sentence about a missing one.
func (d dialect) in(f *fault.Error, object string) *fault.Error {
	words, ok := directoryWords[f.Code]
	if d != directoryCodes || !ok {
		return f
	}
	said := *f
	said.Code = words.code
	if words.message != "" {
		said.Message = words.message
	}
	if f.Kind == fault.NotFound {
		if isGUID(f.Target) { // another object than the path's: a member to be added
			object = f.Target
		}
		said.Message = "Resource '" + object + "' does not exist or one of its queried reference-property objects are not present."
	}
	return &said
}

// fail writes the error form and remembers what went wrong for the log.
func (c *call) fail(err error) {
	f := fault.Of(err)
	if f.Kind == fault.Internal && c.ctx.Err() != nil {
		// The client went away or the server is stopping: nobody's bug.
		f = fault.New(fault.Unavailable, "serviceNotAvailable", "The request was given up before it was done.").With(err)
	}
	if statusOf(f.Kind) == http.StatusInternalServerError {
		c.s.log.ErrorContext(c.ctx, "request failed", "request", c.requestID, "method", c.r.Method, "route", c.template(), "err", err)
		f = fault.Of(nil) // an Internal fault with a code of its own would tell too much
	}
	c.answerFault(f)
}

func (c *call) answerFault(f *fault.Error) {
	f = c.dialect().in(f, c.key)
	h := c.w.Header()
	switch f.Kind {
	case fault.Unauthenticated:
		h.Set("WWW-Authenticate", c.s.challenge())
	case fault.Busy, fault.Unavailable:
		h.Set("Retry-After", retryAfter(f.RetryAfter))
	}
	b := c.s.buffers.take()
	defer c.s.buffers.give(b)
	*b = c.appendError((*b)[:0], f)
	c.send(statusOf(f.Kind), jsonType, *b)
}

// retryAfter is whole seconds, rounded up, and at least one: clients do not
// read fractions, and zero would make them hammer.
func retryAfter(d time.Duration) string {
	seconds := int64((d + time.Second - 1) / time.Second)
	return strconv.FormatInt(max(seconds, 1), 10)
}

// appendError appends the error form of conventions.md section 3.
func (c *call) appendError(b []byte, f *fault.Error) []byte {
	b = append(b, `{"error":{"code":`...)
	b = appendString(b, f.Code)
	b = append(b, `,"message":`...)
	b = appendString(b, f.Message)
	b = append(b, `,"details":[`...)
	details := f.Details
	if len(details) == 0 && f.Target != "" {
		details = []fault.Detail{{Code: f.Code, Target: f.Target, Message: f.Message}}
	}
	for i, d := range details {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"code":`...)
		b = appendString(b, d.Code)
		b = append(b, `,"target":`...)
		b = appendString(b, d.Target)
		b = append(b, `,"message":`...)
		b = appendString(b, d.Message)
		b = append(b, '}')
	}
	b = append(b, `],"innerError":{`...)
	if f.Kind == fault.Busy {
		b = append(b, `"code":"429","message":"Please retry after","status":"429",`...)
	}
	b = append(b, `"date":"`...)
	b = c.s.clock.Now().UTC().AppendFormat(b, "2006-01-02T15:04:05")
	b = append(b, `","request-id":`...)
	b = appendString(b, c.requestID)
	b = append(b, `,"client-request-id":`...)
	b = appendString(b, c.clientRequestID)
	return append(b, `}}}`...)
}

// challenge is the WWW-Authenticate header; it tells a client where to sign
// in.
func (s *Server) challenge() string {
	tenant := s.settings.Tenant
	if tenant == "" {
		tenant = "common"
	}
	uri := strings.TrimSuffix(s.settings.LoginEndpoint, "/") + "/" + tenant + "/oauth2/v2.0/authorize"
	return `Bearer realm="", authorization_uri="` + uri + `", client_id="` + s.settings.ResourceID + `"`
}
