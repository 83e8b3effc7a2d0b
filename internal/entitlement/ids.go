// Package entitlement is the heart of Grantkeep: catalogs, access packages,
// policies, requests, approvals, assignments and grants, and every rule about
// them.
//
// It is pure. Facts and the time go in, values come out; nothing here reads a
// database, a clock or a context, or logs. The use cases in engine ask it
// what should be and make it so.
package entitlement

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// Ids are GUIDs in lower case, each kind with a type of its own.
type (
	CatalogID    string
	PackageID    string
	PolicyID     string
	RequestID    string // also the id of the request's approval
	StageID      string
	AssignmentID string
	ResourceID   string
	RoleID       string
	ScopeID      string
	QuestionID   string
	GrantID      string
	SubjectID    string // not the directory object's id, see SubjectOf
	OrgID        string // connected organization
	ExtensionID  string // custom extension
	ConnectorID  string // of a connector to a system elsewhere
	ExceptionID  string // of an exception from a rule
	MessageID    string
	NoticeID     string
	UploadID     string // of an upload session
	FileID       string // of a file in one
)

// ActorKind tells who is behind a change.
type ActorKind string

// People act with delegated tokens, applications with their own; the system
// acts on its timers.
const (
	ByUser   ActorKind = "user"
	ByApp    ActorKind = "app"
	BySystem ActorKind = "system"
)

// Actor is who made a change.
type Actor struct {
	Kind ActorKind
	ID   directory.ObjectID // user or service principal; empty for the system
	Name string             // user principal name or application name, for people to read
	App  string             // client id of the application used, if any
}

// System is the actor behind timers and automatic changes.
var System = Actor{Kind: BySystem, Name: "Grantkeep"}

// Stamp says when an object was made and changed last, and by whom.
type Stamp struct {
	CreatedAt, ModifiedAt time.Time
	CreatedBy, ModifiedBy string // names, for people to read
}

// ExternalOf returns the object id of somebody who signs in elsewhere: it is
// derived from whose tokens the person has, so that a first request names the
// person without looking for anybody.
func ExternalOf(tenant directory.TenantID, issuer, subject string) directory.ObjectID {
	return directory.ObjectID(derivedID(string(tenant), "external", issuer, subject))
}

// derivedID returns the GUID that belongs to the given names: always the
// same for the same names, different for others (RFC 9562 section 5.5).
func derivedID(names ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("grantkeep:"+strings.Join(names, "/"))).String()
}
