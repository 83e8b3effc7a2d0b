package entitlement

import (
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// reprocessable is for how long after its completion a request can be taken
// up again (requests.md section 11).
const reprocessable = 14 * 24 * time.Hour

// Remains is what a completed request left behind, which decides what can
// still be done with it.
type Remains struct {
	Assignment Assignment   // the one that the request is about; zero if it never came to be
	Open       *Request     // the open request of the target for the package
	Active     []Assignment // active assignments of the target to the package
}

// Reprocess takes up a request whose delivery failed, in whole or in part, so
// that what is missing is tried again. It is possible for 14 days, while
// nothing has taken its place: afterwards, and in every other status, it is a
// fault.Invalid "RequestNotReprocessable"; while the target has another open
// request for the package, "ExistingOpenRequest".
func (r Request) Reprocess(left Remains, by Actor, now time.Time) (Change, error) {
	c, ok := r.step(Reprocess, by, now)
	if !ok {
		return Change{}, notReprocessable(
			"A request with the status %s cannot be reprocessed; only one whose delivery failed, wholly or in part, can.", r.Status)
	}
	if until := r.CompletedAt.Add(reprocessable); now.After(until) {
		return Change{}, notReprocessable(
			"The request could be reprocessed until %s, 14 days after its delivery failed. Make a new one.", until.Format(time.RFC3339))
	}
	if left.Open != nil {
		return Change{}, fault.New(fault.Invalid, "ExistingOpenRequest",
			"There is another open request of this target for this access package: %s, with the status %s. Wait for it or cancel it.", left.Open.ID, left.Open.Status)
	}
	if !r.Kind.Removes() {
		if err := r.checkPlace(left); err != nil {
			return Change{}, err
		}
	}
	c.After.Failure = ""
	return c, nil
}

// checkPlace reports what has become of the assignment that the request makes
// or changes, or has taken its place.
func (r Request) checkPlace(left Remains) error {
	if left.Assignment.ID != "" {
		if left.Assignment.Active() {
			return nil
		}
		return notReprocessable("The assignment %s has ended since. Make a new request.", left.Assignment.ID)
	}
	for _, a := range left.Active {
		if a.Policy == r.Policy {
			return notReprocessable("The target has this access package through this policy by now: assignment %s.", a.ID)
		}
	}
	return nil
}

func notReprocessableAssignment(a Assignment) error {
	return fault.New(fault.Invalid, "AssignmentNotReprocessable",
		"The assignment %s is %s; only a delivered one can be reprocessed. Reprocess the request that failed instead, or ask for a new assignment.", a.ID, a.State)
}

func notReprocessable(format string, args ...any) error {
	return fault.New(fault.Invalid, "RequestNotReprocessable", format, args...)
}

// AsMade returns the request as it was when it was made, whatever has become
// of it: what whoever made it was told.
func (r Request) AsMade() Request {
	r.Version, r.Status = 1, Accepted
	r.CompletedAt, r.EscalateAt, r.DenyAt = time.Time{}, time.Time{}, time.Time{}
	r.Failure, r.Tries = "", Tries{}
	return r
}

// CheckDelete reports whether the request may be deleted: it must be
// completed, and the assignment that it made must have ended. If not, it is a
// fault.Invalid "RequestInUse".
func (r Request) CheckDelete(left Remains) error {
	if r.Open() {
		return fault.New(fault.Invalid, "RequestInUse",
			"A request with the status %s is still on its way. Wait until it is completed, or cancel it.", r.Status)
	}
	if a := left.Assignment; a.Request == r.ID && a.Active() && a.ID != "" {
		return fault.New(fault.Invalid, "RequestInUse",
			"The request made the assignment %s, which has not ended. Remove the assignment first.", a.ID)
	}
	return nil
}
