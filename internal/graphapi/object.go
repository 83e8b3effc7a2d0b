package graphapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/odata"
)

// answerOne answers with a single object. fragment is the fragment of the
// collection it belongs to.
func answerOne[T any](c *call, e *wire.Entity[T], fragment string, load func(inc entitlement.Include) (T, error)) error {
	plan, err := e.Plan(c.version, odata.Options{View: odata.View{Select: c.options.Select, Expand: c.options.Expand}})
	if err != nil {
		return err
	}
	object, err := load(plan.Include)
	if err != nil {
		return err
	}
	if tag := tagOf(object); tag != "" && len(c.options.Expand) == 0 {
		c.w.Header().Set("ETag", tag)
		if sameTag(c.r.Header.Get("If-None-Match"), tag) {
			return c.sendNothing(http.StatusNotModified)
		}
	}
	return sendObject(c, e, plan.Shape, http.StatusOK, fragment, &object)
}

func sendObject[T any](c *call, e *wire.Entity[T], s wire.Shape, status int, fragment string, object *T) error {
	shape := c.shaped(s)
	shape.Context = c.context(fragment + selected(c.options) + "/$entity")
	return c.sendJSON(status, func(b []byte) []byte { return e.Append(b, object, &shape) })
}

// answerMade answers a POST with what it made. A status of 201 comes with
// the URL of the object.
func answerMade[T any](c *call, e *wire.Entity[T], status int, fragment, id string, object *T) error {
	if status == http.StatusCreated {
		location := c.base() + strings.TrimSuffix(c.r.URL.EscapedPath(), "/") + "/" + id
		c.w.Header().Set("Location", location)
		if c.prefer.returns == "minimal" {
			c.w.Header().Set("OData-EntityId", location)
			return c.applied("minimal", http.StatusNoContent)
		}
	}
	plan, err := e.Plan(c.version, odata.Options{})
	if err != nil {
		return err
	}
	return sendObject(c, e, plan.Shape, status, fragment, object)
}

// answerChanged answers a PATCH: with nothing or, if the client prefers it,
// with the object as it is now.
func answerChanged[T any](c *call, e *wire.Entity[T], fragment string, load func(inc entitlement.Include) (T, error)) error {
	if c.prefer.returns != "representation" {
		return c.sendNothing(http.StatusNoContent)
	}
	c.w.Header().Set("Preference-Applied", "return=representation")
	return answerOne(c, e, fragment, load)
}

func (c *call) applied(preference string, status int) error {
	c.w.Header().Set("Preference-Applied", "return="+preference)
	return c.sendNothing(status)
}

// readAhead is the most that is set aside for a body because of what the
// client says of its length.
const readAhead = 64 << 10

// body reads the body of the request. It is not pooled: use cases may look
// at it after a client that went away was answered.
func (c *call) body() ([]byte, error) {
	size := min(max(c.r.ContentLength, 0), readAhead)
	b, err := readBody(make([]byte, 0, size+1), c.r, c.s.settings.MaxBody)
	c.in = len(b)
	return b, err
}

// content is a body that must be there.
func (c *call) content() ([]byte, error) {
	b, err := c.body()
	if err == nil && len(b) == 0 {
		err = fault.New(fault.Invalid, "InvalidModel", "Model is not valid. The request needs a body.")
	}
	return b, err
}

// decode reads the body into an object.
func decode[T any](c *call, e *wire.Entity[T], into *T, mode wire.Mode) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	return e.Decode(body, c.version, into, c.decoding(mode))
}

func (c *call) decoding(mode wire.Mode) wire.DecodeOptions {
	return wire.DecodeOptions{Mode: mode, Lenient: c.s.settings.LenientInput}
}

// editing returns a function that a use case applies to the current object:
// it checks If-Match and takes the body over, through the type that the wire
// declares. It works on nothing but its argument, as it may be called again.
func editing[T, V any](c *call, body []byte, e *wire.Entity[V], mode wire.Mode, view func(T) V, value func(V) T) func(*T) error {
	match := c.r.Header.Get("If-Match")
	return func(current *T) error {
		v := view(*current)
		if err := matches(match, v); err != nil {
			return err
		}
		if err := e.Decode(body, c.version, &v, c.decoding(mode)); err != nil {
			return err
		}
		*current = value(v)
		return nil
	}
}

// unchanged is the condition that an object is still the one that If-Match
// names, if the client sent that.
func unchanged[T any](c *call) func(T) error {
	match := c.r.Header.Get("If-Match")
	return func(current T) error { return matches(match, current) }
}

func matches(ifMatch string, object any) error {
	if ifMatch == "" || sameTag(ifMatch, tagOf(object)) {
		return nil
	}
	return fault.New(fault.Precondition, "PreconditionFailed", "The object has been changed since the version that If-Match names.").At("If-Match")
}

// tagOf returns the weak entity tag of an object that has a version of its
// own; empty for others.
func tagOf(object any) string {
	switch o := object.(type) {
	case entitlement.Catalog:
		return tag(string(o.ID), o.Version)
	case entitlement.Package:
		return tag(string(o.ID), o.Version)
	case entitlement.Policy:
		return tag(string(o.ID), o.Version)
	case entitlement.Request:
		return tag(string(o.ID), o.Version)
	case entitlement.Organization:
		return tag(string(o.ID), o.Version)
	case entitlement.CatalogView:
		return tag(string(o.ID), o.Version)
	case entitlement.OriginConnector:
		return tag(string(o.ID), o.Version)
	case entitlement.CustomExtension:
		return tag(string(o.ID), o.Version)
	case entitlement.UploadSession:
		return tag(string(o.ID), o.Version)
	case entitlement.UploadSessionView:
		return tag(string(o.ID), o.Version)
	case entitlement.PackageView:
		return tag(string(o.ID), o.Version)
	case entitlement.PolicyView:
		return tag(string(o.ID), o.Version)
	case entitlement.RequestView:
		return tag(string(o.ID), o.Version)
	case entitlement.AssignmentView:
		return tag(string(o.ID), o.Version)
	case entitlement.PendingChange:
		return tag(string(o.Policy), o.Plan)
	case entitlement.OrganizationView:
		return tag(string(o.ID), o.Version)
	case entitlement.TenantSettings:
		return tag("settings", o.Version)
	case directory.Object:
		return tag(string(o.ID), o.Version)
	}
	return ""
}

func tag(id string, version int64) string {
	return `W/"` + id + "-" + strconv.FormatInt(version, 10) + `"`
}

// sameTag reports whether a header with a list of entity tags names the tag,
// in the weak comparison of RFC 9110 section 8.8.3.2.
func sameTag(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
