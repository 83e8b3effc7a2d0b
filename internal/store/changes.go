package store

import (
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// Position is a place in the history of a tenant.
type Position struct {
	At string // the newest record that was looked at; empty: the beginning

	// Settled is the place before which nothing can appear any more; empty if
	// records appear in their order.
	Settled string
}

// Safe returns the position from which nothing is missed: what came after
// Settled will be looked at again.
func (p Position) Safe() Position {
	if p.Settled != "" && p.Settled < p.At {
		p.At = p.Settled
	}
	return p
}

// Changed names the objects that changed behind a position, each once, and
// how far that was looked at. There may be more behind it.
type Changed struct {
	IDs []string
	Position
	More bool
}

// Happenings tells, record by record, what happened to objects of one kind
// behind a position, and how far that was looked at.
type Happenings struct {
	Each []entitlement.Notification // by the ids of the records
	Position
	More bool
}

// ObjectsChanged is Changed for the directory.
type ObjectsChanged struct {
	// Before has each object that changed, with the version that it had at
	// first; 0 for those that did not exist.
	Before map[directory.ObjectID]int64

	// Purged has those that were removed for good, with their last version.
	Purged map[directory.ObjectID]int64

	// Returned are those that came out of the recycle bin.
	Returned []directory.ObjectID

	// Links are the memberships in groups that came or went, each once and
	// without Since.
	Links []directory.Membership

	Position
	More bool
}

// GroupMember is a member of a group and what it is.
type GroupMember struct {
	Group, Member directory.ObjectID
	Kind          directory.ObjectKind
}
