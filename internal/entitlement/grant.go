package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// Grant is one role of one resource that a subject has because of
// assignments. Packages that give the same role share the grant; it ends
// when its last source ends.
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

	From time.Time
	To   time.Time // zero while it holds

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
