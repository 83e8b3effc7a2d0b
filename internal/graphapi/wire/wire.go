// Package wire holds the entities of the Graph API, each declared once with
// two names per property: the one of v1.0 and the one of beta. A declaration
// drives encoding, decoding, $select, $expand, $filter, $orderby and the
// published metadata, so the two versions are two spellings of one model.
//
// It knows neither HTTP nor the engine nor any store: domain values come in
// and bytes go out, or the reverse. Input is refused with fault.Invalid
// ("InvalidModel" for bodies, "InvalidFilter" and "BadRequest" for query
// options) in a sentence that names the member and the rule.
package wire

import (
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/odata"
	"github.com/grantkeep/grantkeep/internal/query"
)

// Version is a version of the API.
type Version int

// The two versions that are served.
const (
	V1 Version = iota
	Beta
)

// String returns the path segment of the version.
func (v Version) String() string {
	if v == Beta {
		return "beta"
	}
	return "v1.0"
}

// Names are the names of one thing in the two versions; the empty name says
// that the version does not have it.
type Names struct{ V1, Beta string }

// In returns the name in a version.
func (n Names) In(v Version) string {
	if v == Beta {
		return n.Beta
	}
	return n.V1
}

// either returns the name in v1.0, or in beta if there is none.
func (n Names) either() string {
	if n.V1 != "" {
		return n.V1
	}
	return n.Beta
}

func both(name string) Names        { return Names{name, name} }
func renamed(v1, beta string) Names { return Names{v1, beta} }
func onlyV1(name string) Names      { return Names{V1: name} }
func onlyBeta(name string) Names    { return Names{Beta: name} }

// Shape says how objects are written. The zero Shape, with its Version set,
// writes the default properties and expands nothing. Plan makes shapes from
// query options. A Shape belongs to the entity whose Plan made it.
type Shape struct {
	Version Version

	// Tenant is whose objects are written; some ids derive from it.
	Tenant directory.TenantID

	// Context is written as @odata.context, first in the object; it stays
	// empty for the rows of a list.
	Context string

	// UnknownMembers writes members of evolvable enumerations by their real
	// names (Prefer: include-unknown-enum-members).
	UnknownMembers bool

	// FullMetadata adds @odata.id and @odata.type to directory objects.
	FullMetadata bool

	// TypeAnnotation adds @odata.type to the object itself, as rows need
	// whose type differs from the declared one.
	TypeAnnotation bool

	// BaseURL is the root of the version as the client called it, such as
	// https://host/v1.0, without a slash at its end.
	BaseURL string

	// Continue returns the URL at which an expanded collection goes on: its
	// path behind the version, the options of the list, how many more objects
	// were asked for (0 for all) and the key of the last one shown. Without
	// it nothing tells of the rest.
	Continue func(path string, o odata.Options, left int, after []query.Value) string

	picked uint64       // bit i: property i was selected; all zero selects the default set
	listed uint64       // bit i: navigation i was selected by name
	expand []*expansion // by navigation; nil or one entry for each
	kinds  []*Shape     // of polymorphic types, by kind; nil or one entry for each
}

// expansion is what was asked of one expanded navigation.
type expansion struct {
	shape Shape
	list  *listing // nil: the whole list as it is
	count bool     // tell how many there are, whatever $top and $skip say

	top  *int          // how many were asked for; nil for all
	cuts bool          // no more than entitlement.ExpandLimit are shown
	rest odata.Options // of the list that goes on where it was cut
}

// listing filters, sorts and cuts an expanded list in memory.
type listing struct {
	where query.Expr
	order []query.Order
	skip  int
	top   int // negative: no limit
}

// Plan is a validated set of query options.
type Plan struct {
	Where   query.Expr
	Order   []query.Order
	Include entitlement.Include
	Shape   Shape
}

// Mode tells what a body does to an object.
type Mode int

const (
	// Create takes all members that may be set; absent ones get their
	// defaults and required ones must be there.
	Create Mode = iota

	// Merge changes what is there (PATCH). Complex values and collections
	// are replaced whole.
	Merge

	// Replace changes everything (PUT): what is absent goes back to its
	// default, and required members must be there.
	Replace
)

// DecodeOptions refine Entity.Decode.
type DecodeOptions struct {
	Mode Mode

	// Lenient ignores members that are not known, which are refused
	// otherwise.
	Lenient bool
}
