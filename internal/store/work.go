package store

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// WorkKind tells what work does.
type WorkKind string

// The kinds of work.
const (
	WorkPackage WorkKind = "package" // assignments follow what the package Ref holds
	WorkMove    WorkKind = "move"    // requests and assignments follow the package Ref into its catalog
	WorkPending WorkKind = "pending" // requests of those who left the scope are withdrawn
	WorkSent    WorkKind = "sent"    // keys of clients that have expired are forgotten

	WorkCollected WorkKind = "collected" // what was collected for the assignment Ref goes to the account, or leaves it
	WorkException WorkKind = "exception" // the exception Ref from a rule ends
	WorkEmergency WorkKind = "emergency" // the review of the emergency Ref is overdue
)

// Work is what goes through many rows, batch by batch.
type Work struct {
	Kind    WorkKind
	Ref     string
	Since   time.Time // the last change that made it necessary
	Pass    time.Time // when the pass under way began
	Reached string    // how far the pass has come; empty at its beginning
	Due     time.Time
}

// Sent is a request that was sent with a key of the client's.
type Sent struct {
	Caller  directory.ObjectID
	Key     string
	Content string // a hash of what was asked
	Request entitlement.RequestID
	Expires time.Time
}
