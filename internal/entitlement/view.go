package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/query"
)

// Include names the related objects to load with an object, as a tree:
// Include{"target": nil}.Under("assignment") is the assignment with its
// target. The names are the ones in the comments of the view types; what is
// not named is not loaded.
type Include map[string]*Part

// Part is what is asked of related objects: what to load with them and, of a
// view's Page, which of them. A nil Part asks for nothing special.
type Part struct {
	Include Include
	List    *query.List // nil for all; its Limit is only a wish
}

// Has reports whether the name is included.
func (i Include) Has(name string) bool {
	_, ok := i[name]
	return ok
}

// Of returns what to load with the objects of the name, and whether the name
// is included.
func (i Include) Of(name string) (Include, bool) {
	p, ok := i[name]
	if p == nil {
		return nil, ok
	}
	return p.Include, ok
}

// Inside is Of for those who know that the name is included, or need not.
func (i Include) Inside(name string) Include {
	inner, _ := i.Of(name)
	return inner
}

// Under returns an Include of the name only, with i inside.
func (i Include) Under(name string) Include { return Include{name: {Include: i}} }

// ExpandLimit is the most rows of a Page inside a view. Where there are more,
// Next tells behind which the rest begins.
const ExpandLimit = 1000

// The views are objects together with what was included. A pointer is nil
// when the object was not asked for or does not exist (any more); a list is
// nil when it was not asked for and empty when there is nothing in it.

// CatalogView includes "packages", "resources", "extensions" and
// "legacyExtensions", which are those of the older kind.
type CatalogView struct {
	Catalog
	Packages         query.Page[PackageView]
	Resources        query.Page[ResourceView]
	Extensions       query.Page[CustomExtension]
	LegacyExtensions query.Page[CustomExtension]
}

// ResourceView includes "roles" and "scopes" (they are always in the
// resource itself; the flags say whether they were asked for), "catalog",
// "environment" and "uploads".
type ResourceView struct {
	Resource
	Uploads       []UploadSessionView
	InCatalog     *CatalogView
	InEnvironment *EnvironmentView
}

// EnvironmentView includes "resources", those that its reader may see.
type EnvironmentView struct {
	Environment
	Resources query.Page[ResourceView]
}

// ResourceRequestView includes "catalog" and "requestor".
type ResourceRequestView struct {
	ResourceRequest
	InCatalog   *CatalogView
	RequestedBy *Subject
}

// RoleView is a role of a resource; it includes "resource".
type RoleView struct {
	ResourceRole
	OriginSystem OriginSystem
	Of           *ResourceView
}

// ScopeView is a scope of a resource; it includes "resource".
type ScopeView struct {
	ResourceScope
	OriginSystem OriginSystem
	Of           *ResourceView
}

// RoleScopeView includes "role" and "scope".
type RoleScopeView struct {
	RoleScope
	RoleOf  *RoleView
	ScopeOf *ScopeView
}

// PackageView includes "catalog", "policies", "roleScopes", "incompatible",
// "incompatibleGroups" and "incompatibleWith".
type PackageView struct {
	Package
	InCatalog          *CatalogView
	Policies           query.Page[PolicyView]
	Contents           []RoleScopeView // "roleScopes"
	IncompatibleViews  []PackageView
	IncompatibleGroups []directory.Object
	IncompatibleWith   []PackageView
}

// PolicyView includes "package", "catalog" and "settings".
type PolicyView struct {
	Policy
	OfPackage *PackageView
	InCatalog *CatalogView
	Settings  []StageSettingView
}

// StageSettingView includes "extension".
type StageSettingView struct {
	ExtensionStage
	Of *CustomExtension
}

// Subject is a directory object as entitlement management shows it. It
// includes "organization".
type Subject struct {
	ID            SubjectID
	ObjectID      directory.ObjectID // empty for a person without an account
	Kind          directory.ObjectKind
	DisplayName   string
	Email         string
	PrincipalName string

	Version        int64 // of what is kept about a guest
	Lifecycle      Lifecycle
	CleanupAt      time.Time // when a guest will be blocked or deleted; zero for never
	Organization   OrgID     // of somebody from outside; empty if it is not known
	InOrganization *OrganizationView
}

// SubjectFor returns how an object is shown.
func SubjectFor(tenant directory.TenantID, o directory.Object) Subject {
	s := Subject{
		ID: SubjectOf(tenant, o.ID), ObjectID: o.ID, Kind: o.Kind, Lifecycle: NotDefined,
		DisplayName: o.DisplayName, Email: o.Mail, PrincipalName: o.PrincipalName,
	}
	if o.Kind == directory.KindExternal {
		s.ObjectID, s.Kind = "", directory.KindUser
	}
	if o.External() {
		s.Lifecycle = NotGoverned
	}
	return s
}

// OrganizationView includes "internalSponsors" and "externalSponsors".
type OrganizationView struct {
	Organization
	Internal []directory.Object
	External []directory.Object
}

// RequestView includes "package", "assignment", "requestor" and "history".
// Before an assignment exists, it is the one asked for, without a state.
type RequestView struct {
	Request
	ValidationOnly bool // it was checked and not kept
	OfPackage      *PackageView
	OfAssignment   *AssignmentView
	RequestedBy    *Subject
	History        []Activity
}

// Activity is something that happened to a request.
type Activity struct {
	Action    string
	At        time.Time
	Detail    string    // why the system acted
	Scheduled time.Time // when what was decided takes effect
	By        Actor
	ByName    string // as people call whoever it was
	Told      bool   // the reader may know who it was
}

// Who returns what the reader may know of whoever did it.
func (a Activity) Who() Subject {
	switch {
	case !a.Told:
		return Subject{}
	case a.By.Kind == ByUser:
		return Subject{DisplayName: a.ByName, PrincipalName: a.By.Name}
	}
	return Subject{DisplayName: a.ByName}
}

// AssignmentView includes "package", "policy", "target", "requests" and
// "grants".
type AssignmentView struct {
	Assignment
	OfPackage *PackageView
	OfPolicy  *PolicyView
	OfTarget  *Subject
	Requests  query.Page[RequestView]
	Grants    query.Page[GrantView]
}

// GrantView includes "assignments", "role", "scope" and "subject". The
// assignments are those that give the role, or gave it if it has ended.
type GrantView struct {
	Grant
	Assignments []AssignmentView
	RoleOf      *RoleView
	ScopeOf     *ScopeView
	OfSubject   *Subject
}

// ApprovalView is an approval as its reader sees it.
type ApprovalView struct {
	Approval
	AssignedToMe []bool             // for each stage: the reader may decide it now
	Reviewers    []directory.Object // for each stage: who decided; zero while open
}

// ResourceRequest asks to bring a resource into a catalog, to change it or to
// take it out. It is carried out at once.
type ResourceRequest struct {
	ID      string
	Version int64
	Kind    RequestKind // AdminAdd, AdminUpdate or AdminRemove
	Catalog CatalogID

	// Resource holds what the caller knows of it: its id, or origin system
	// and origin id; afterwards it is the resource itself.
	Resource       Resource
	Justification  string
	ValidationOnly bool // check, but do not apply and do not keep
	CreatedAt      time.Time
	Requestor      directory.ObjectID
}

// RoleScopeRef names a resource role and scope the way clients do: by the
// ids of role and scope, or by origin within a resource.
type RoleScopeRef struct {
	Role, Scope                           string // ids; may be empty
	RoleOriginID, RoleOriginSystem        string
	ScopeOriginID                         string
	ResourceID, ResourceOriginID          string
	ResourceOriginSystem, RoleDisplayName string
}
