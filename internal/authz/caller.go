// Package authz decides who may do what. The whole policy is one table
// (rules.go): what is not listed is forbidden. Verdicts are functions of the
// caller and of the object; lists are narrowed by query expressions that come
// from here and nowhere else.
//
// It is pure: it does not know tokens, HTTP or SQL.
package authz

import (
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// Scope is a permission that a token carries: in "scp" for people, in
// "roles" for applications. Names compare exactly (permissions.md section 2).
type Scope string

// Caller is who sends a call, as its token tells.
type Caller struct {
	Tenant directory.TenantID
	Actor  entitlement.Actor // ByUser with a delegated token, ByApp with an app-only one

	// Scopes holds the delegated permissions or, app-only, the application
	// permissions of the token.
	Scopes []Scope

	// DirectoryRoles holds template ids from the "wids" claim, if the issuer
	// is trusted to name them.
	DirectoryRoles []string

	// Home is set for people from outside who come with a token of a partner.
	// Such a caller may have no object in the directory yet.
	Home *Home
}

// Home is what a partner's token tells of a person.
type Home struct {
	Identity directory.Identity
	Mail     string // empty unless the partner speaks for its domain
	Name     string
}

// Person returns the caller from outside as a person without an account.
func (c Caller) Person(now time.Time) directory.Object {
	return directory.NewExternal(c.ID(), c.Home.Mail, c.Home.Name, now, c.Home.Identity)
}

// AppOnly reports whether an application calls in its own name.
func (c Caller) AppOnly() bool { return c.Actor.Kind == entitlement.ByApp }

// ID returns the object id of the user or service principal that calls.
func (c Caller) ID() directory.ObjectID { return c.Actor.ID }

// Has reports whether the token carries any of the scopes.
func (c Caller) Has(scopes ...Scope) bool {
	return slices.ContainsFunc(scopes, func(s Scope) bool { return slices.Contains(c.Scopes, s) })
}

// Role is a role of entitlement management, by its published definition id.
type Role string

// The roles of entitlement management (permissions.md section 3). The id of
// ConnectedOrgAdmin is ours: the published one is not a GUID.
const (
	CatalogCreator    Role = "ba92d953-d8e0-4e39-a797-0cbedb0a89e8"
	CatalogOwner      Role = "ae79f266-94d4-4dab-b730-feca7e132178"
	CatalogReader     Role = "44272f93-9762-48e8-af59-1b5351b1d6b3"
	PackageManager    Role = "7f480852-ebdc-47d4-87de-0d8498384a83"
	AssignmentManager Role = "e2182095-804a-4656-ae11-64734e9b7ae5"
	ConnectedOrgAdmin Role = "e65cf63f-9cc2-4b48-8871-0cb667e9d90f"
)

// RoleAssignment gives a principal (a user, a group with all its members, or
// a service principal) a role, on a catalog or on the whole tenant. Role is
// the id of a role of entitlement management or the template id of a
// directory role.
type RoleAssignment struct {
	ID        string
	Version   int64
	Principal directory.ObjectID
	Role      string
	Provider  Provider
	Catalog   entitlement.CatalogID // empty: the whole tenant
	CreatedAt time.Time
}

// RoleAssignmentView includes "principal" and "appScope", which are nil if
// they were not asked for or are gone for good; a role on the whole tenant has
// no appScope.
type RoleAssignmentView struct {
	RoleAssignment
	PrincipalOf *directory.Object
	ScopeOf     *AppScope
}

// AppScope is the catalog that a role is given on.
type AppScope struct {
	Catalog     entitlement.CatalogID
	DisplayName string
}

// Provider tells which of the two role lists a role assignment belongs to.
type Provider string

// The two providers, as in /roleManagement/{provider}.
const (
	EntitlementProvider Provider = "entitlementManagement"
	DirectoryProvider   Provider = "directory"
)
