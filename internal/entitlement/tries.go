package entitlement

import (
	"strings"
	"time"
)

// Delivery that fails in a way that may pass is tried again after a minute,
// then after two, four and so on, at most an hour later each time, for six
// hours in all (requests.md section 8.2).
const (
	firstWait   = time.Minute
	longestWait = time.Hour
	patience    = 6 * time.Hour
)

// Tries tells how often delivery failed in a way that may pass. The zero
// value is delivery that has not failed.
type Tries struct {
	Since time.Time // of the first failure
	Count int
}

// Last reports whether a try at now is the last one.
func (t Tries) Last(now time.Time) bool {
	return t.Count > 0 && !now.Before(t.Since.Add(patience))
}

// again counts one more failure and returns the instant of the next try.
func (t Tries) again(now time.Time) (Tries, time.Time) {
	if t.Count == 0 {
		t.Since = now
	}
	wait := longestWait
	if t.Count < 6 { // the sixth wait would be longer
		wait = firstWait << t.Count
	}
	t.Count++
	return t, earliest(now.Add(wait), t.Since.Add(patience))
}

// Retry leaves a request in delivery until its next try. why says what went
// wrong. ok is false if it is not in delivery.
func (r Request) Retry(why string, now time.Time) (c Change, ok bool) {
	c, ok = r.step(Retry, System, now)
	c.After.Tries, c.After.NotBefore = r.Tries.again(now)
	c.After.Failure, c.Reason = why, why
	return c, ok
}

// DeliversTo reports whether the request is giving the assignment its roles.
// What is outstanding then may be dropped for the end of it all.
func (r Request) DeliversTo(a Assignment) bool {
	return r.Assignment == a.ID && r.Status == Delivering && !r.Kind.Removes()
}

// Stop ends a request in delivery because nothing is left to deliver to. gave
// tells whether it has given anything.
func (r Request) Stop(gave bool, why string, now time.Time) Change {
	event := Fail
	if gave {
		event = DeliverPart
	}
	c, ok := r.step(event, System, now)
	if !ok {
		panic("entitlement: a request that is " + string(r.Status) + " delivers nothing")
	}
	c.After.Failure, c.Reason = why, why
	return c
}

// Retry leaves an assignment in delivery until its next try, which comes no
// later than its end. ok is false if nothing can be delivered to it any more.
func (a Assignment) Retry(now time.Time) (c AssignmentChange, ok bool) {
	c, ok = a.Happen(Redeliver, System, now)
	c.After.Tries, c.After.RetryAt = a.Tries.again(now)
	if a.EndsAt.After(now) {
		c.After.RetryAt = earliest(c.After.RetryAt, a.EndsAt)
	}
	return c, ok
}

// Reprocess takes up a delivered assignment at now, so that all its roles are
// looked at and what is missing is given again (requests.md section 17). In
// any other state it is a fault.Invalid "AssignmentNotReprocessable".
func (a Assignment) Reprocess(by Actor, now time.Time) (AssignmentChange, error) {
	c, ok := a.Happen(Redeliver, by, now)
	if !ok || a.State != AssignmentDelivered {
		return AssignmentChange{}, notReprocessableAssignment(a)
	}
	c.After.RetryAt = now
	return c, nil
}

// tellMost is how many roles a failure tells of.
const tellMost = 5

// Failed puts together why roles could not be given or taken, for the people
// who mend it. It tells of a few roles only.
func Failed(why []string) string {
	if rest := len(why) - tellMost; rest > 0 {
		why = append(why[:tellMost:tellMost], "and so on")
	}
	return strings.Join(why, "; ")
}
