package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// verdict is what delivery means for a request and its assignment.
type verdict struct {
	request    entitlement.Event
	assignment entitlement.AssignmentEvent // empty if nothing happens to it
	why        string                      // if not all went well
}

// start decides what a request begins, changes and ends.
func (d *delivery) start(s *deliveryStep) {
	how := wishOf(s.request.Tries, d.now)
	switch {
	case s.halted:
		d.giveUp(s.assignment, notActive)
	case s.ends:
		d.end(s.assignment, how)
	case !s.begins:
	case s.request.Kind == entitlement.SystemUpdate:
		d.enforce(s.assignment, how)
	default:
		if s.again() {
			s.assignment = s.assignment.Again(s.request, s.policy, d.holdsAny(s.assignment.ID), d.now)
		}
		d.begin(s.assignment, how)
	}
}

// verdict tells what became of a request that was started.
func (d *delivery) verdict(s deliveryStep) verdict {
	last := s.request.Tries.Last(d.now)
	switch {
	case s.halted:
		return verdict{assignment: d.halt(s.assignment)}
	case s.begins:
		return d.verdictOnGiving(s.assignment, last)
	case s.ends:
		r := d.taken(s.assignment, last)
		v := verdict{request: entitlement.Deliver, assignment: entitlement.Ended, why: entitlement.Failed(r.why)}
		switch {
		case r.complete():
		case r.waiting > 0:
			v.request, v.assignment = entitlement.Retry, ""
		case r.done == 0:
			v.request, v.assignment = entitlement.Fail, ""
		default:
			v.request, v.assignment = entitlement.DeliverPart, entitlement.PartGranted
		}
		return v
	}
	return verdict{request: entitlement.Deliver}
}

func (d *delivery) verdictOnGiving(a entitlement.Assignment, last bool) verdict {
	if _, ok := d.packages[a.Package]; !ok {
		return verdict{entitlement.Fail, entitlement.NotGranted, "the access package does not exist any more"}
	}
	r := d.given(a, last)
	v := verdict{entitlement.Deliver, entitlement.Granted, entitlement.Failed(r.why)}
	switch {
	case r.complete():
	case r.waiting > 0:
		v.request, v.assignment = entitlement.Retry, entitlement.Redeliver
	case r.done == 0:
		v.request, v.assignment = entitlement.Fail, entitlement.NotGranted
	default:
		v.request, v.assignment = entitlement.DeliverPart, entitlement.PartGranted
	}
	return v
}

// apply makes the verdict come true for a request in delivery.
func (v verdict) apply(r entitlement.Request, now time.Time) (entitlement.Change, bool) {
	if v.request == entitlement.Retry {
		return r.Retry(v.why, now)
	}
	c, ok := r.Happen(v.request, entitlement.System, now)
	c.After.Failure, c.Reason = v.why, v.why
	return c, ok
}

// dropOutstanding stops a delivery because the assignment is to end: what was
// not given yet fails, and the request is closed (requests.md section 9.1).
func (e *Engine) dropOutstanding(ctx context.Context, tx store.Tx, r entitlement.Request, a entitlement.Assignment, now time.Time) error {
	const why = "a removal was asked for before everything was given"
	d := e.newDelivery(ctx, tx, now)
	if err := d.load(nil, []entitlement.Assignment{a}); err != nil {
		return err
	}
	d.giveUp(a, why)
	if err := d.carryOut(); err != nil {
		return err
	}
	if err := e.putAssignment(ctx, tx, a, d.halt(a), now); err != nil {
		return err
	}
	return e.commit(ctx, tx, r.Stop(d.holdsAny(a.ID), why, now))
}

// giveUp lets what only the assignment waits for fail.
func (d *delivery) giveUp(a entitlement.Assignment, why string) {
	for _, h := range d.order {
		if slices.Equal(h.holders, []entitlement.AssignmentID{a.ID}) && h.grant.Status == entitlement.GrantPending {
			h.grant.Status, h.grant.Error = entitlement.GrantFailed, why
		}
	}
}

// halt is what happens to an assignment to which no more is delivered.
func (d *delivery) halt(a entitlement.Assignment) entitlement.AssignmentEvent {
	if d.holdsAny(a.ID) {
		return entitlement.PartGranted
	}
	return entitlement.NotGranted
}
