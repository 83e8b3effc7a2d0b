package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// GrantStatus tells how far a grant has come, in the published words
// (requests.md section 18).
type GrantStatus string

// The statuses of a grant.
const (
	GrantPending GrantStatus = "PendingFulfillment" // wanted, and not given yet
	GrantFailed  GrantStatus = "Failed"             // wanted, and could not be given
	GrantHeld    GrantStatus = "Fulfilled"
	GrantLeaving GrantStatus = "PendingRemoval" // nobody wants it, and it is not taken yet
	GrantEnded   GrantStatus = "Removed"
)

// GrantStatuses returns every status of a grant, in the order of a life.
func GrantStatuses() []GrantStatus {
	return []GrantStatus{GrantPending, GrantFailed, GrantHeld, GrantLeaving, GrantEnded}
}

// Given reports whether the subject has the role.
func (s GrantStatus) Given() bool { return s == GrantHeld || s == GrantLeaving }

// Grant is one role of one resource that a subject has, or is to have,
// because of assignments. Packages that give the same role share the grant;
// it ends when its last source ends.
type Grant struct {
	ID       GrantID
	Version  int64
	Subject  directory.ObjectID
	Resource ResourceID
	Role     RoleID
	Scope    ScopeID

	// The resource's origin is repeated here, so that a grant can be
	// withdrawn after the resource left its catalog.
	OriginSystem OriginSystem
	OriginID     string
	RoleOriginID string

	Status GrantStatus
	Error  string    // why it could not be given or taken, the last time
	From   time.Time // until it is given, when it was first wanted
	To     time.Time // zero while it holds; From if it was never given

	// Preexisting is set if the subject had the role before any package
	// gave it; then it stays when the last source ends.
	Preexisting bool
}

// GrantSource says which assignment holds a grant, from when to when.
type GrantSource struct {
	Grant      GrantID
	Assignment AssignmentID
	From       time.Time
	To         time.Time // zero while it holds
}

// Key identifies what a grant gives to whom; at most one open grant exists
// for a key.
type GrantKey struct {
	Subject  directory.ObjectID
	Origin   string
	RoleName string
}

// Key returns what the grant gives to whom. Two catalogs that hold the same
// group give the same role: the key is made of origins, not of catalog ids.
func (g Grant) Key() GrantKey {
	return GrantKey{Subject: g.Subject, Origin: string(g.OriginSystem) + "/" + g.OriginID, RoleName: g.RoleOriginID}
}
