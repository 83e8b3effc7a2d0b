package entitlement

import "github.com/grantkeep/grantkeep/internal/directory"

// CatalogType tells whose a catalog is.
type CatalogType string

// Catalog types; the tenant's General catalog is ServiceDefault.
const (
	UserManaged    CatalogType = "userManaged"
	ServiceDefault CatalogType = "serviceDefault"
	ServiceManaged CatalogType = "serviceManaged"
)

// PrivilegeLevel is a mark that administrators put on a catalog. The published
// schema gives it no meaning, and nothing here depends on it.
type PrivilegeLevel string

// The published levels; empty where nobody has set one.
const (
	StandardLevel   PrivilegeLevel = "standard"
	PrivilegedLevel PrivilegeLevel = "privileged"
)

// Catalog is a container of resources and access packages, and the unit of
// delegation: roles are given on a catalog.
type Catalog struct {
	ID      CatalogID
	Version int64

	DisplayName       string
	Description       string
	UniqueName        string // alternate key; empty when unset
	Type              CatalogType
	Published         bool // unpublished: nobody may request, administrators may manage
	ExternallyVisible bool // people of connected organizations may request
	Privilege         PrivilegeLevel
	Stamp
}

// OriginSystem names the kind of system a resource lives in, in the
// published spelling.
type OriginSystem string

// The origin systems the built-in connector serves.
const (
	OriginGroup       OriginSystem = "AadGroup"
	OriginApplication OriginSystem = "AadApplication"
)

// OriginCustomData is the origin of resources that have no system here: what
// is known of them is uploaded. It is our name; none is published.
const OriginCustomData OriginSystem = "CustomDataProvidedResource"

// Resource is a group, an application or another thing that has roles,
// brought into a catalog.
type Resource struct {
	ID      ResourceID
	Version int64
	Catalog CatalogID

	OriginSystem OriginSystem
	OriginID     string // directory object id for groups and applications
	Type         string // the published resourceType, such as "Security Group"
	DisplayName  string
	Description  string
	URL          string
	Notify       *ExtensionEndpoint // of custom data: whom to ask for it; nobody is called yet
	Roles        []ResourceRole     // at least one, except of custom data
	Scopes       []ResourceScope    // at least the root scope
	Attributes   []ResourceAttribute
	Stamp
}

// ResourceRole is what one can be on a resource, such as Member.
type ResourceRole struct {
	ID          RoleID
	OriginID    string // "Member_{group}", "Owner_{group}" or an app role id
	DisplayName string
	Description string
}

// ResourceScope is the part of a resource that a role applies to.
type ResourceScope struct {
	ID          ScopeID
	OriginID    string
	DisplayName string
	Description string
	Root        bool
}

// Package is an access package: a bundle of resource roles that people can
// ask for together.
type Package struct {
	ID      PackageID
	Version int64
	Catalog CatalogID

	DisplayName       string
	Description       string
	UniqueName        string
	Hidden            bool // not listed to requestors, still requestable by id
	RoleScopesVisible bool // requestors may see what is inside
	RoleScopes        []RoleScope
	Incompatible      []PackageID          // holders of these may not ask for this package
	IncompatibleGroup []directory.ObjectID // members of these groups may not either
	Stamp
}

// RoleScope is one resource role, on one scope, inside a package.
type RoleScope struct {
	Resource ResourceID
	Role     RoleID
	Scope    ScopeID
	Origin   RoleKey // what the role is at its origin; it never changes
	Stamp
}

// ID returns the published id of a role scope: role and scope joined by an
// underscore (clients split it there).
func (rs RoleScope) ID() string { return string(rs.Role) + "_" + string(rs.Scope) }
