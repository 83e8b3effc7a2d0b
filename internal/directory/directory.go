// Package directory describes the people, groups and applications that
// entitlements are about: the built-in directory, or the copy of another one.
//
// It is pure: no storage, no clock. It does not know packages or policies;
// entitlement builds on it, never the other way round. Property meanings
// follow the published Graph types user, group and servicePrincipal.
package directory

import (
	"strings"
	"time"
)

type (
	// TenantID names a tenant, a GUID in lower case. It is part of every key.
	TenantID string

	// ObjectID names a user, a group, a service principal or an application
	// within a tenant, a GUID in lower case.
	ObjectID string
)

// ObjectKind tells what a directory object is.
type ObjectKind string

// The kinds of directory objects that are known.
const (
	KindUser             ObjectKind = "user"
	KindGroup            ObjectKind = "group"
	KindServicePrincipal ObjectKind = "servicePrincipal"
	KindApplication      ObjectKind = "application"

	// KindExternal is somebody from outside whom a request names and who has
	// no account yet. The directory does not show such people; the account
	// that they get is the same object.
	KindExternal ObjectKind = "external"
)

// Object is what all directory objects share. Users, groups and service
// principals live in one space of ids, so lists of members hold Objects.
type Object struct {
	ID      ObjectID
	Kind    ObjectKind
	Version int64 // 0 before it is stored

	DisplayName   string
	Mail          string // users and groups
	PrincipalName string // users: the user principal name
	Enabled       bool   // may sign in; groups: true

	CreatedAt time.Time
	DeletedAt time.Time // zero while it lives; deleted objects can be named but do nothing

	User  *UserDetail  // set if Kind is KindUser or KindExternal
	Group *GroupDetail // set if Kind is KindGroup
	App   *AppDetail   // set if Kind is KindServicePrincipal or KindApplication
}

// Deleted reports whether the object is in the recycle bin.
func (o Object) Deleted() bool { return !o.DeletedAt.IsZero() }

// Active reports whether the object exists and may sign in.
func (o Object) Active() bool { return o.Enabled && !o.Deleted() }

// UserType tells members of the tenant from guests.
type UserType string

// The published user types.
const (
	Member UserType = "Member"
	Guest  UserType = "Guest"
)

// ExtensionAttributes is how many extension attributes a user has.
const ExtensionAttributes = 15

// UserDetail holds what only users have.
type UserDetail struct {
	Type      UserType
	ManagerID ObjectID // empty when there is none

	GivenName, Surname, MailNickname    string
	JobTitle, Department, CompanyName   string
	EmployeeID, EmployeeType            string
	OfficeLocation, MobilePhone         string
	City, Country, State, StreetAddress string
	PostalCode, UsageLocation           string
	PreferredLanguage                   string
	BusinessPhones, OtherMails          []string
	ProxyAddresses                      []string
	FaxNumber                           string
	Extensions                          [ExtensionAttributes]string // extensionAttribute1 and so on
	OnPremisesImmutableID               string
	ShowInAddressList                   *bool
	ExternalState                       string // PendingAcceptance or Accepted; guests only
	Identities                          []Identity
	SponsorIDs                          []ObjectID
}

// GroupDetail holds what only groups have.
type GroupDetail struct {
	Description, MailNickname, Visibility  string
	MailEnabled, SecurityEnabled           bool
	Types                                  []string // Unified, DynamicMembership
	MembershipRule                         string
	AssignableToRole, OnPremisesSynced     bool
	UniqueName                             string
	HideFromAddressLists, AutoSubscribeNew bool
}

// AppDetail holds what service principals and applications have.
type AppDetail struct {
	AppID                string // the client id, a GUID
	Description          string
	Homepage             string
	Roles                []AppRole
	Scopes               []AppRole // delegated permissions the application offers
	AssignmentRequired   bool
	Tags, IdentifierURIs []string
	ServicePrincipalType string
	SignInAudience       string
	OwnerOrganizationID  string
}

// AppRole is a role that an application defines and checks itself.
type AppRole struct {
	ID                 string // GUID
	Value, DisplayName string
	Description        string
	Enabled            bool
	AllowedMemberTypes []string // User, Application
}

// DefaultAppRole is the id that stands for plain access to an application
// that defines no roles.
const DefaultAppRole = "00000000-0000-0000-0000-000000000000"

// Relation is how somebody belongs to a group.
type Relation string

// The relations of an object to a group, or to an application (owners only).
const (
	MemberOf Relation = "member"
	OwnerOf  Relation = "owner"
)

// Membership is one direct link from an object to a group.
type Membership struct {
	Group    ObjectID
	Member   ObjectID
	Relation Relation
	Since    time.Time
}

// AppRoleAssignment gives a principal a role of an application.
type AppRoleAssignment struct {
	ID        string // opaque
	Principal ObjectID
	Resource  ObjectID // the service principal
	Role      string   // AppRole.ID
	CreatedAt time.Time
}

// AppRoleAssignmentView is an assignment with both its ends. They are zero if
// they are gone for good.
type AppRoleAssignmentView struct {
	AppRoleAssignment
	PrincipalOf, ResourceOf Object
}

// Fold maps a string to the form in which the directory compares names:
// without regard to letter case.
func Fold(s string) string { return strings.ToLower(s) }
