// Package graphapi speaks the Microsoft Graph dialect of HTTP: routes, both
// versions of the API, query options, paging, errors. All routes are one
// table (routes.go); a handler reads, calls the engine once and answers.
//
// It decides nothing about entitlements and knows no storage. What an object
// looks like on the wire is declared in graphapi/wire.
package graphapi

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// Verifier turns an Authorization header into the caller it stands for, or
// returns fault.Unauthenticated.
type Verifier interface {
	Caller(ctx context.Context, header string) (authz.Caller, error)
}

// Cloud is the national cloud that a deployment plays; it decides what is
// available (conventions.md section 11).
type Cloud string

// The clouds.
const (
	Global  Cloud = "global"
	USGovL4 Cloud = "usgov-l4"
	USGovL5 Cloud = "usgov-l5"
	China   Cloud = "china"
)

// cancels reports whether the published table has cancel in the cloud.
func (c Cloud) cancels() bool { return c != USGovL4 && c != USGovL5 }

// Settings are what an operator decides about the API.
type Settings struct {
	Cloud Cloud // empty: Global

	// BaseURL, such as "https://graph.example.com", is what links begin
	// with; empty: the host that the client called.
	BaseURL string

	// TrustForwarded believes X-Forwarded-Host and X-Forwarded-Proto. Set it
	// only behind a proxy that overwrites them.
	TrustForwarded bool

	// MaxBody is the largest request body in bytes, after decompression; 0
	// means 1 MiB.
	MaxBody int64

	// MaxBatch is how many requests a batch may hold; 0 means 20.
	MaxBatch int

	// LenientInput ignores properties in bodies that do not exist, instead
	// of refusing them.
	LenientInput bool

	// TokenSecret signs the page tokens in next links. All processes of a
	// deployment share it.
	TokenSecret []byte

	// LoginEndpoint is where clients get tokens, such as
	// "https://login.example.com"; empty: the server itself. ResourceID is
	// our client id as a resource.
	LoginEndpoint, ResourceID string

	// Tenant is named in the challenge for a missing token; empty: "common".
	Tenant string

	// Organization and Domains describe a tenant; the first domain is its
	// initial one.
	Organization string
	Domains      []string

	// Origins are the web origins whose pages may call from a browser, such
	// as "https://portal.example.com"; none: no page of another origin may.
	Origins []string

	// RequestsPerSecond limits what an application may ask in a tenant, and
	// WritesPerSecond what somebody may change; 0: no limit.
	RequestsPerSecond, WritesPerSecond int

	// Prove asks the receiver of notifications whether it wants them.
	Prove engine.Prove

	// Sunset is when the retiring paths will go, if the operator has decided.
	Sunset time.Time
}

const defaultMaxBody = 1 << 20

// Call is what Observe is told about a request that was answered. It holds
// no query, no body and no token.
type Call struct {
	Method, Path string
	Status       int

	// RequestBytes is the size of the body after decompression and
	// ResponseBytes that of the answer as it was sent.
	RequestBytes, ResponseBytes int
}

// Server serves /v1.0, /beta and /metadata/endpoints. Make it with New; it
// is safe for concurrent use.
type Server struct {
	// Observe, if it is set before the first request, is told of each one
	// after it was answered.
	Observe func(Call)

	engine   *engine.Engine
	verifier Verifier
	clock    clock.Clock
	newID    func() string
	log      *slog.Logger
	settings Settings

	router    *router
	documents documents
	buffers   buffers
	zippers   zippers
	stopwatch clock.System // durations in the log are real, whatever clock shows

	calls, writes throttle
	now           func() time.Time // for what is throttled, which takes real time too
}

// New returns a server. newID makes the GUIDs that name requests.
func New(e *engine.Engine, v Verifier, clk clock.Clock, newID func() string, log *slog.Logger, set Settings) *Server {
	if set.MaxBody == 0 {
		set.MaxBody = defaultMaxBody
	}
	if set.MaxBatch == 0 {
		set.MaxBatch = defaultBatch
	}
	set.BaseURL = strings.TrimSuffix(set.BaseURL, "/")
	table := routes()
	s := &Server{
		engine: e, verifier: v, clock: clk, newID: newID, log: log, settings: set,
		router: newRouter(table), documents: newDocuments(table),
		calls: throttle{perSecond: set.RequestsPerSecond}, writes: throttle{perSecond: set.WritesPerSecond},
	}
	s.now = s.stopwatch.Now
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.crossOrigin(w, r) {
		return
	}
	c := s.newCall(w, r)
	s.answer(c, c.serve)
}

// answer serves a call, whatever happens on the way.
func (s *Server) answer(c *call, serve func() error) {
	began := s.stopwatch.Now()
	defer func() {
		if cause := recover(); cause != nil {
			c.panicked(cause)
		}
		s.account(c, s.stopwatch.Now().Sub(began))
	}()
	if err := serve(); err != nil {
		c.fail(err)
	}
}

// panicked answers for a handler that gave up. An answer that has begun
// cannot be taken back; then the connection is broken off.
func (c *call) panicked(cause any) {
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	c.s.log.ErrorContext(c.ctx, "handler panicked", "request", c.requestID, "method", c.r.Method, "route", c.template(),
		"cause", cause, "stack", string(debug.Stack()))
	if part, ok := c.w.(*partAnswer); ok {
		part.body = nil // nobody has seen it yet
	} else if c.status != 0 {
		panic(http.ErrAbortHandler)
	}
	c.answerFault(fault.Of(nil))
}

// account writes the access log. It names the route, not the path: paths
// hold ids and names of people, and queries what was searched for.
func (s *Server) account(c *call, took time.Duration) {
	s.log.LogAttrs(c.ctx, slog.LevelInfo, "request",
		slog.String("method", c.r.Method), slog.String("route", c.template()), slog.Int("status", c.status),
		slog.Duration("took", took), slog.String("request", c.requestID))
	if s.Observe != nil && c.outer == nil {
		s.Observe(Call{Method: c.r.Method, Path: c.r.URL.Path, Status: c.status, RequestBytes: c.in, ResponseBytes: c.out})
	}
}
