package store

import "github.com/grantkeep/grantkeep/internal/entitlement"

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
