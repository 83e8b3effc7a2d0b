package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// Assignment is access that somebody has, or had, through a package.
type Assignment struct {
	ID      AssignmentID
	Version int64
	State   AssignmentState

	Catalog       CatalogID
	Package       PackageID
	Policy        PolicyID
	PolicyVersion int64
	Target        directory.ObjectID
	Request       RequestID // the request that made it

	CreatedAt time.Time
	Schedule  Schedule  // as asked
	EndsAt    time.Time // when it will end by itself; zero for never
	ExpiredAt time.Time // when it really ended; zero while active
	Extended  bool

	// RetryAt is when the server by itself sets right what the assignment
	// gives, or takes it; zero if it need not, or if a request does. Tries
	// counts how often that failed.
	RetryAt time.Time
	Tries   Tries

	// Calls are the custom extensions that are called before the assignment
	// ends and when it has; Callouts are the former that were made.
	Calls    []Call
	Callouts []Callout

	// Collected is what the target answered for the account: it is written
	// there when the assignment gives something, and taken back at its end.
	Collected []Collected

	// Automatic says that the rule of a policy gave it, and may end it.
	// GraceUntil is when it ends because the rule no longer matches; zero
	// while it does.
	Automatic  bool
	GraceUntil time.Time

	// Told is what was last said about the end that it has or had; Warned is
	// when a warning of it was last due.
	Told   Announcement
	Warned time.Time
}

// Active reports whether the assignment gives, or is about to give, access.
func (a Assignment) Active() bool { return a.State != AssignmentExpired }

// NextDue returns the instant at which time alone changes the assignment, or
// the zero time.
func (a Assignment) NextDue() time.Time {
	switch {
	case !a.State.Allows(Ended):
		return time.Time{}
	case !a.RetryAt.IsZero():
		return a.RetryAt
	}
	return earliest(a.end(), a.nextWarning())
}

// end is when time alone ends the assignment; the zero time for never.
func (a Assignment) end() time.Time { return earliest(a.EndsAt, a.GraceUntil) }

// Over reports whether the time of the assignment is up.
func (a Assignment) Over(now time.Time) bool {
	return a.State.Allows(Ended) && !a.end().IsZero() && !a.end().After(now)
}

// AssignmentChange is what an event did to an assignment.
type AssignmentChange struct {
	Before, After Assignment
	Event         AssignmentEvent
	By            Actor
	At            time.Time
}

// NewAssignment returns the assignment that an add request asks for, about
// to be delivered at now. Its end is the earlier of what the policy allows,
// counted from now, and what was asked (requests.md section 9).
func NewAssignment(r Request, p Policy, now time.Time) Assignment {
	return Assignment{
		ID: r.Assignment, State: AssignmentDelivering,
		Catalog: r.Catalog, Package: r.Package, Policy: r.Policy, PolicyVersion: r.PolicyVersion,
		Target: r.Target, Request: r.ID,
		CreatedAt: now, Schedule: r.Schedule,
		Calls:     callsAt(r.Calls, AtRemoval, TwoWeeksBefore, OneDayBefore),
		EndsAt:    earliest(p.Expiration.EndFrom(now), r.Schedule.Expiration.EndFrom(now)),
		Automatic: r.Kind == SystemAdd,
		Collected: collected(r.Answers),
	}
}

// InGrace reports whether the assignment ends unless the rule of its policy
// matches again.
func (a Assignment) InGrace() bool { return a.State == AssignmentDelivered && !a.GraceUntil.IsZero() }

// Happen applies an event; ok is false if the state table has no line for
// it, and then nothing happened.
func (a Assignment) Happen(e AssignmentEvent, by Actor, now time.Time) (c AssignmentChange, ok bool) {
	to, ok := a.State.after(e)
	if !ok {
		return AssignmentChange{}, false
	}
	after := a
	after.State = to
	after.RetryAt, after.Tries = time.Time{}, Tries{}
	if to == AssignmentExpired {
		after.ExpiredAt, after.GraceUntil, after.Told = now, time.Time{}, ""
	}
	return AssignmentChange{Before: a, After: after, Event: e, By: by, At: now}, true
}

// Again returns the assignment as its delivery is tried again at now. The
// time of one that has given nothing so far counts from now.
func (a Assignment) Again(r Request, p Policy, gaveAny bool, now time.Time) Assignment {
	if !gaveAny {
		a.EndsAt = NewAssignment(r, p, now).EndsAt
	}
	return a
}

// Postpone leaves the end of an assignment whose roles could not be taken for
// later: to its next try or, if nobody tries again, to the next day.
func (a Assignment) Postpone(waiting bool, now time.Time) Assignment {
	if !waiting {
		a.Tries, a.RetryAt = Tries{}, now.Add(24*time.Hour)
		return a
	}
	a.Tries, a.RetryAt = a.Tries.again(now)
	return a
}
