package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
)

// RequestKind is the published requestType, in the v1.0 spelling.
type RequestKind string

// The kinds of requests; System kinds are made by the server only.
const (
	UserAdd        RequestKind = "userAdd"
	UserExtend     RequestKind = "userExtend"
	UserUpdate     RequestKind = "userUpdate"
	UserRemove     RequestKind = "userRemove"
	AdminAdd       RequestKind = "adminAdd"
	AdminUpdate    RequestKind = "adminUpdate"
	AdminRemove    RequestKind = "adminRemove"
	SystemAdd      RequestKind = "systemAdd"
	SystemUpdate   RequestKind = "systemUpdate"
	SystemRemove   RequestKind = "systemRemove"
	OnBehalfAdd    RequestKind = "onBehalfAdd"
	ApproverRemove RequestKind = "approverRemove"
)

// Adds reports whether a request of this kind asks for a new assignment.
func (k RequestKind) Adds() bool {
	return k == UserAdd || k == AdminAdd || k == SystemAdd || k == OnBehalfAdd
}

// Removes reports whether a request of this kind ends an assignment.
func (k RequestKind) Removes() bool {
	return k == UserRemove || k == AdminRemove || k == SystemRemove || k == ApproverRemove
}

// ByPeople reports whether people make requests of this kind for themselves
// or for somebody they may ask for. Only such requests may be withdrawn by
// the people they are about (requests.md section 10.1).
func (k RequestKind) ByPeople() bool {
	switch k {
	case UserAdd, UserExtend, UserUpdate, UserRemove, OnBehalfAdd:
		return true
	}
	return false
}

// Request asks for access, for a change of it, or for its end.
type Request struct {
	ID      RequestID
	Version int64
	Kind    RequestKind
	Status  Status

	Catalog       CatalogID
	Package       PackageID
	Policy        PolicyID
	PolicyVersion int64        // the version of the policy that was in force when it was made
	Assignment    AssignmentID // for adds: the id the assignment will have

	Target    directory.ObjectID // who gets or loses the access
	Requestor directory.ObjectID // who asked; for direct assignments, the target
	CreatedBy directory.ObjectID // who sent it; empty for the system

	// Organization is the connected organization of a target from outside,
	// as it was known when the request was made; its sponsors may be asked.
	Organization OrgID

	CreatedAt     time.Time
	CompletedAt   time.Time // zero while it is open
	Schedule      Schedule
	Justification string
	Answers       []Answer
	Credentials   []PresentedCredential // what whoever made the request has verified

	// NotBefore is the instant before which processing leaves the request
	// alone: the breath in which it can still be withdrawn.
	NotBefore time.Time

	// ApprovalNeeded is decided when the request is made: policy, kind and
	// who sent it.
	ApprovalNeeded bool

	// EscalateAt and DenyAt are the clocks of the approval stage in progress.
	EscalateAt, DenyAt time.Time

	// Failure says why delivery failed, for the people who mend it. While
	// it is tried again, Tries counts and NotBefore is the next try.
	Failure string
	Tries   Tries

	// Calls are the custom extensions that the request meets on its way, as
	// the policy was when it was made; Callouts are those it has met. While
	// it waits for one, NotBefore is until when.
	Calls    []Call
	Callouts []Callout
}

// Open reports whether the request is still on its way.
func (r Request) Open() bool { return !r.Status.Final() }

// NextDue returns the instant at which time alone changes the request, or
// the zero time if only somebody's doing can.
func (r Request) NextDue() time.Time {
	switch r.Status {
	case Accepted:
		return r.NotBefore
	case PendingApproval:
		return earliest(r.EscalateAt, r.DenyAt)
	case PendingApprovalEscalated:
		return r.DenyAt
	case PendingNotBefore:
		return r.Schedule.Start
	case Delivering, WaitingCreated, WaitingApproved, WaitingDelivered:
		return r.NotBefore
	}
	return time.Time{}
}

// Change is what an event did to a request.
type Change struct {
	Before, After Request
	Event         Event
	By            Actor
	At            time.Time
	Reason        string // what the actor said, or why the system acted
	Effects       []Effect
	Called        []Callout // what became of custom extensions on the way to the change

	// Stage is the approval stage that was decided, escalated or timed out,
	// Begun the one that the change began; empty for none.
	Stage, Begun StageID
}

// Effect is something that belongs to a change and is committed with it.
// The set is closed.
type Effect interface{ effect() }

// CloseApproval ends the stages of the request's approval that are open.
type CloseApproval struct{}

func (CloseApproval) effect() {}

// Cancel withdraws the request. It is possible until delivery starts; later
// it is a fault.Invalid "RequestNotCancelable" that names the status.
func (r Request) Cancel(by Actor, now time.Time) (Change, error) {
	c, ok := r.step(Cancel, by, now)
	if !ok {
		return Change{}, fault.New(fault.Invalid, "RequestNotCancelable",
			"A request with the status %s cannot be canceled; only %s can. Wait until it is completed; end access that was given by a request of its own, userRemove or adminRemove.", r.Status, cancelable())
	}
	c.Effects = []Effect{CloseApproval{}}
	return c, nil
}

// cancelable lists, for people, the statuses in which a request can be
// canceled.
func cancelable() string {
	var names []string
	for _, s := range Statuses() {
		if s.Allows(Cancel) {
			names = append(names, string(s))
		}
	}
	return sentenceList(names, "and")
}

// CancelWaiting is Cancel for a request that waits for a custom extension, in
// deployments that allow it; afterwards it is a Cancel like any other.
func (r Request) CancelWaiting(by Actor, now time.Time) (Change, error) {
	if c, ok := r.step(Withdraw, by, now); ok {
		return c, nil
	}
	return r.Cancel(by, now)
}

// Ask begins the approval of the request: its first stage is in progress.
// ok is false if the state table has no line for it.
func (r Request) Ask(a Approval, now time.Time) (c Change, ok bool) {
	c, ok = r.step(AskApproval, System, now)
	c.Begun = a.Stages[0].ID
	c.After.EscalateAt, c.After.DenyAt = a.Stages[0].Clocks()
	return c, ok
}

// Proceed moves a request that needs no approval any more: to the custom
// extensions that it still has to meet, to waiting for its start date, or to
// delivery.
func (r Request) Proceed(by Actor, now time.Time) (Change, bool) {
	switch {
	case len(r.Ahead(AtApproval)) > 0:
		c, ok := r.step(CallApproved, by, now)
		c.After.NotBefore = now // they are called at once
		return c, ok
	case r.Schedule.Start.After(now):
		return r.step(Wait, by, now)
	}
	return r.step(Start, by, now)
}

// Happen applies an event that carries nothing else; ok is false if the
// state table has no line for it, and then nothing happened.
func (r Request) Happen(e Event, by Actor, now time.Time) (c Change, ok bool) {
	return r.step(e, by, now)
}

// step is the only place where a request changes its status.
func (r Request) step(e Event, by Actor, now time.Time) (Change, bool) {
	to, ok := r.Status.after(e)
	if !ok {
		return Change{}, false
	}
	after := r
	after.Status = to
	after.NotBefore, after.Tries = time.Time{}, Tries{}
	if to != PendingApproval && to != PendingApprovalEscalated {
		after.EscalateAt, after.DenyAt = time.Time{}, time.Time{}
	}
	switch {
	case !to.Final():
		after.CompletedAt = time.Time{} // a request that is taken up again is open again
	case !r.Status.Final():
		after.CompletedAt = now
	}
	if to == Delivering {
		after.NotBefore = now
	}
	return Change{Before: r, After: after, Event: e, By: by, At: now}, true
}
