package graphapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/engine"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/odata"
)

// call is one request on its way through the server: what was asked, by
// whom, and what has been answered so far.
type call struct {
	s   *Server
	w   http.ResponseWriter
	r   *http.Request
	ctx context.Context

	outer *call // the batch that this call is a part of; nil for others

	requestID, clientRequestID string

	version wire.Version
	match   match
	route   *route // nil until one was found
	key     string // the last key on the path
	who     authz.Caller
	options odata.Options
	prefer  preferences
	left    int // rows that may still be shown of a list with a bound; 0 without one

	status, in, out int
}

// newCall names the request, so that whatever happens next can be told.
func (s *Server) newCall(w http.ResponseWriter, r *http.Request) *call {
	c := &call{s: s, w: w, r: r, requestID: s.newID()}
	c.clientRequestID = c.requestID
	if id := r.Header.Get("client-request-id"); fitsHeader(id) {
		c.clientRequestID = id
	}
	c.ctx = engine.WithTrace(r.Context(), engine.Trace{RequestID: c.requestID, ClientRequestID: c.clientRequestID})
	h := w.Header()
	h.Set("request-id", c.requestID)
	h.Set("client-request-id", c.clientRequestID)
	h.Set("OData-Version", "4.0")
	return c
}

// fitsHeader reports whether an id that a client made up can be echoed and
// logged: short, and of harmless characters.
func fitsHeader(id string) bool {
	const longest = 128
	if id == "" || len(id) > longest {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:{}|", r)
	})
}

// serve takes the steps every request takes, in the order of permissions.md
// section 8: token, route, then the route's own business.
func (c *call) serve() error {
	found := c.find()
	if c.route == nil || c.route.access.token != noToken {
		if err := c.authenticate(); err != nil {
			return err
		}
		if err := c.throttled(); err != nil {
			return err
		}
	}
	if found != nil {
		return found
	}
	if media := c.media(); !accepts(c.r.Header.Get("Accept"), media) {
		return fault.New(fault.NotAcceptable, "NotAcceptable", "Answers are %s; Accept names nothing that fits.", media).At("Accept")
	}
	if err := c.readQuery(); err != nil {
		return err
	}
	if err := c.match.checkKeys(c.r.Method); err != nil {
		return err
	}
	c.announceRetirement()
	return c.permittedFirst(c.route.handle(c))
}

// find follows the path to a route.
func (c *call) find() error {
	path, err := odata.ParsePath(c.r.URL.EscapedPath())
	if err != nil {
		return err
	}
	if len(path) == 0 {
		return noSegment("")
	}
	table := c.s.router.outside
	if version, ok := versionOf(path[0].Key); ok {
		c.version, path = version, path[1:]
		table = c.s.router.roots[version]
	} else if len(path) == 1 || table.named(path[0]) == nil {
		return fault.New(fault.Invalid, "BadRequest", "Invalid version: %s", path[0].Key)
	}
	c.match, err = table.find(path)
	c.key = c.match.last
	if err != nil {
		return err
	}
	c.route, err = c.match.route(c.r.Method)
	if err != nil {
		c.w.Header().Set("Allow", c.match.allowed())
	} else if c.outer != nil && c.route.template == batchPath {
		return inBatch("a batch cannot hold another batch").At("url")
	}
	return err
}

func versionOf(segment string) (wire.Version, bool) {
	switch strings.ToLower(segment) {
	case "v1.0":
		return wire.V1, true
	case "beta":
		return wire.Beta, true
	}
	return 0, false
}

func (c *call) authenticate() (err error) {
	if c.outer != nil {
		c.who = c.outer.who
	} else if c.who, err = c.s.verifier.Caller(c.ctx, c.r.Header.Get("Authorization")); err != nil {
		return err
	}
	if c.who.Home != nil {
		if c.who, err = c.s.engine.Recognize(c.ctx, c.who); err != nil {
			return err
		}
	}
	if c.route == nil || !c.who.AppOnly() {
		return nil
	}
	switch c.route.access.token {
	case personToken:
		return fault.New(fault.Forbidden, "UnAuthorized",
			"User is not authorized to perform the operation. Reason: an application in its own name has no current user; use a delegated token.")
	case myToken:
		return fault.New(fault.Invalid, "BadRequest", "/me request is only valid with delegated authentication flow.")
	}
	return nil
}

// readQuery reads the query options, and the path's arguments, which may
// stand there.
func (c *call) readQuery() (err error) {
	if c.options, err = odata.ParseOptions(c.r.URL.RawQuery); err != nil {
		return err
	}
	if c.options.DeltaToken != "" && !strings.HasSuffix(c.route.template, "/delta") {
		return fault.New(fault.Invalid, "BadRequest", "$deltatoken is for the delta of a list only.").At("$deltatoken")
	}
	c.prefer = readPreferences(c.r.Header.Values("Prefer"))
	for _, a := range c.match.args {
		value, _, err := a.segment.Arg(a.name, c.options.Aliases)
		if err != nil {
			return err
		}
		c.match.keys[a.param] = value
		c.key = value
	}
	return nil
}

// arg returns what stood on the path for a placeholder of the template.
func (c *call) arg(name string) string { return c.match.keys[name] }

// template is the route for logs; a request that found none has none.
func (c *call) template() string {
	if c.route == nil {
		return "-"
	}
	return c.route.template
}

// media is the type of what the route answers. A bare number may be asked for
// as JSON too, as clients do.
func (c *call) media() string {
	switch template := c.template(); {
	case strings.HasSuffix(template, "/$count"):
		return "text/plain"
	case strings.HasSuffix(template, "/$value"):
		return bytesType
	case template == metadataPath:
		return "application/xml"
	}
	return "application/json"
}

// dialect tells in which words to refuse.
func (c *call) dialect() dialect {
	if c.route != nil && c.route.isDirectory() {
		return directoryCodes
	}
	return entitlementCodes
}

// announceRetirement tells clients of a retiring name where to go
// (conventions.md section 9).
func (c *call) announceRetirement() {
	if c.match.newPath == "" {
		return
	}
	h := c.w.Header()
	h.Set("Deprecation", "true")
	if !c.s.settings.Sunset.IsZero() {
		h.Set("Sunset", c.s.settings.Sunset.UTC().Format(http.TimeFormat))
	}
	h.Set("Link", "<"+c.root()+"/"+c.match.newPath+`>; rel="successor-version"`)
}

// base is scheme and host as the client called them.
func (c *call) base() string {
	if c.s.settings.BaseURL != "" {
		return c.s.settings.BaseURL
	}
	scheme, host := "http", c.r.Host
	if c.r.TLS != nil {
		scheme = "https"
	}
	if c.s.settings.TrustForwarded {
		if proto := firstOf(c.r.Header.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
			scheme = proto
		}
		if forwarded := firstOf(c.r.Header.Get("X-Forwarded-Host")); forwarded != "" {
			host = forwarded
		}
	}
	return scheme + "://" + host
}

// firstOf returns the first entry of a list that proxies append to.
func firstOf(header string) string {
	first, _, _ := strings.Cut(header, ",")
	return strings.ToLower(strings.TrimSpace(first))
}

// root is the URL of the version, without a slash at its end.
func (c *call) root() string { return c.base() + "/" + c.version.String() }

// context is what @odata.context says for a fragment behind #.
func (c *call) context(fragment string) string { return c.root() + "/$metadata#" + fragment }
