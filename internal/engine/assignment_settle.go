package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// ReprocessAssignment has everything that an assignment gives looked at, and
// given again where it is missing, soon (requests.md section 17). Faults:
// Forbidden, NotFound for those who may see everything, Invalid
// ("AssignmentNotReprocessable").
func (e *Engine) ReprocessAssignment(ctx context.Context, who authz.Caller, id entitlement.AssignmentID) error {
	return e.do(ctx, who, audit.AssignmentReprocessed, audit.KindAssignment, string(id), func(tx store.Tx) error {
		reach, err := e.reach(ctx, tx, who, authz.ReprocessAssignment)
		if err != nil {
			return err
		}
		a, err := tx.Assignment(ctx, id)
		if err != nil {
			return reach.Missing(err)
		}
		if err := reach.Check(a.Catalog); err != nil {
			return err
		}
		c, err := a.Reprocess(who.Actor, e.clock.Now())
		if err != nil {
			return err
		}
		why := e.record(ctx, who.Actor, c.At, audit.AssignmentReprocessed, audit.KindAssignment, string(id), string(c.After.State))
		why.OnBehalf = a.Target
		return tx.PutAssignment(ctx, c.After, versions(why, a.Version))
	})
}

// settle makes assignments give what their packages hold now, and takes what
// those hold no more. For those that are due it also tries again what waits
// for that, and looks whether people have what they should. It returns how
// many assignments that changed.
//
// An assignment that a request delivers to is left to the request for all
// that is still to be given, and so is one that gave nothing.
func (e *Engine) settle(ctx context.Context, tx store.Tx, all []entitlement.Assignment, due bool, now time.Time) (int, error) {
	if len(all) == 0 {
		return 0, nil
	}
	targets, err := tx.ObjectsByID(ctx, distinct(all, func(a *entitlement.Assignment) directory.ObjectID { return a.Target }))
	if err != nil {
		return 0, err
	}
	d := e.newDelivery(ctx, tx, now)
	if err := d.load(all, all); err != nil {
		return 0, err
	}
	for _, a := range all {
		how := wish{again: true}
		if due {
			how = wishOf(a.Tries, now)
			how.check = true
		}
		if a.State != entitlement.AssignmentFailed && targets[a.Target].Active() {
			d.begin(a, how)
		}
		d.endRest(a, how)
	}
	if err := d.carryOut(); err != nil {
		return 0, err
	}
	n := 0
	for _, a := range all {
		if err := e.settled(ctx, tx, d, a, due, now); err != nil {
			return n, err
		}
		if d.touched(a.ID) {
			n++
		}
	}
	return n, nil
}

// settled writes what became of one assignment, and the request behind it if
// anything did.
func (e *Engine) settled(ctx context.Context, tx store.Tx, d *delivery, a entitlement.Assignment, due bool, now time.Time) error {
	byRequest := a.State == entitlement.AssignmentDelivering && a.RetryAt.IsZero()
	if byRequest || a.State == entitlement.AssignmentFailed {
		return nil
	}
	v := d.verdictOnGiving(a, a.Tries.Last(now))
	if v.request == entitlement.Retry && !due && !a.RetryAt.IsZero() {
		return nil // its next try will come
	}
	if v.request == entitlement.Retry {
		c, ok := a.Retry(now)
		if !ok {
			return nil
		}
		why := e.record(ctx, entitlement.System, now, audit.RequestPostponed, audit.KindAssignment, string(a.ID), string(c.After.State))
		why.OnBehalf, why.Reason = a.Target, v.why
		return tx.PutAssignment(ctx, c.After, versions(why, a.Version))
	}
	if err := e.putAssignment(ctx, tx, a, v.assignment, now); err != nil || !d.touched(a.ID) {
		return err
	}
	return e.putSystemRequest(ctx, tx, e.newCalling(ctx, tx, now), entitlement.SystemUpdate, a, v.request, v.why, now)
}
