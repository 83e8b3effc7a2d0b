package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// ExpireAssignments takes up to limit assignments of a tenant that are due at
// now, all in one transaction, and returns how many. Those whose time is up
// end: each is removed by a request of its own, so that the removal shows in
// the history like any other. Of the others, people and custom extensions
// learn that they will end, and what they give is set right.
func (e *Engine) ExpireAssignments(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (int, error) {
	var n int
	err := e.store.Write(ctx, tenant, store.Sweep, func(tx store.Tx) error {
		due, err := tx.DueAssignments(ctx, now, limit)
		n = len(due)
		if err != nil || n == 0 {
			return err
		}
		var over, ending, unsettled []entitlement.Assignment
		for _, a := range due {
			switch {
			case a.Over(now):
				over = append(over, a)
			case a.RetryAt.IsZero():
				ending = append(ending, a)
			default:
				unsettled = append(unsettled, a)
			}
		}
		if err := e.warn(ctx, tx, ending, now); err != nil {
			return err
		}
		if _, err := e.settle(ctx, tx, unsettled, true, now); err != nil {
			return err
		}
		return e.endAll(ctx, tx, over, now)
	})
	return n, err
}

// endAll takes from assignments everything that only they give, and ends
// them.
func (e *Engine) endAll(ctx context.Context, tx store.Tx, over []entitlement.Assignment, now time.Time) error {
	if len(over) == 0 {
		return nil
	}
	calls := e.newCalling(ctx, tx, now)
	if err := calls.load(callsOf(over, callsOfAssignment)); err != nil {
		return err
	}
	if err := calls.hurry(over); err != nil {
		return err
	}
	d := e.newDelivery(ctx, tx, now)
	if err := d.load(nil, over); err != nil {
		return err
	}
	for _, a := range over {
		d.end(a, wishOf(a.Tries, now))
	}
	if err := d.carryOut(); err != nil {
		return err
	}
	if err := e.stopDeliveries(ctx, tx, d, over, now); err != nil {
		return err
	}
	for _, a := range over {
		if err := e.expire(ctx, tx, calls, a, d.taken(a, a.Tries.Last(now)), now); err != nil {
			return err
		}
	}
	if err := e.touchEnded(ctx, tx, over, now); err != nil {
		return err
	}
	return e.leave(ctx, tx, distinct(over, func(a *entitlement.Assignment) directory.ObjectID { return a.Target }), now)
}

// stopDeliveries closes the requests that still deliver to assignments that
// end.
func (e *Engine) stopDeliveries(ctx context.Context, tx store.Tx, d *delivery, over []entitlement.Assignment, now time.Time) error {
	in := query.In{Field: "assignment"}
	for _, a := range over {
		if a.State == entitlement.AssignmentDelivering {
			in.Values = append(in.Values, string(a.ID))
		}
	}
	if len(in.Values) == 0 {
		return nil
	}
	open, err := everyRow(ctx, tx.Requests, in, query.Compare{Field: "status", Value: string(entitlement.Delivering)})
	if err != nil {
		return err
	}
	for _, r := range open {
		if r.Kind.Removes() {
			continue // it finds nothing left to do
		}
		if err := e.commit(ctx, tx, r.Stop(d.holdsAny(r.Assignment), "the assignment ended before everything was given", now)); err != nil {
			return err
		}
	}
	return nil
}

// expire writes an assignment whose time is up and the removal that ended it,
// which is made and carried out at once. What could not be taken is tried
// again.
func (e *Engine) expire(ctx context.Context, tx store.Tx, calls *calling, a entitlement.Assignment, r result, now time.Time) error {
	why := entitlement.Failed(r.why)
	if r.complete() {
		if err := e.putAssignment(ctx, tx, a, entitlement.Ended, now); err != nil {
			return err
		}
		return e.putSystemRequest(ctx, tx, calls, entitlement.SystemRemove, a, entitlement.Deliver, "", now)
	}
	after := a
	if r.done > 0 {
		if c, ok := a.Happen(entitlement.PartGranted, entitlement.System, now); ok {
			after = c.After
			after.Tries = a.Tries
		}
	}
	record := e.record(ctx, entitlement.System, now, audit.RequestPostponed, audit.KindAssignment, string(a.ID), string(after.State))
	record.OnBehalf, record.Reason = a.Target, why
	if err := tx.PutAssignment(ctx, after.Postpone(r.waiting > 0, now), versions(record, a.Version)); err != nil || r.waiting > 0 {
		return err
	}
	event := entitlement.DeliverPart
	if r.done == 0 {
		event = entitlement.Fail
	}
	return e.putSystemRequest(ctx, tx, calls, entitlement.SystemRemove, a, event, why, now)
}

// systemActions names in the audit log what the system does to assignments.
var systemActions = map[entitlement.RequestKind]audit.Action{
	entitlement.SystemRemove: audit.SystemRemoved,
	entitlement.SystemUpdate: audit.SystemUpdated,
}

// putSystemRequest writes the request behind something that the system has
// done to an assignment. It is made and completed at once, unless a custom
// extension keeps it open.
func (e *Engine) putSystemRequest(ctx context.Context, tx store.Tx, calls *calling, kind entitlement.RequestKind, a entitlement.Assignment, event entitlement.Event, why string, now time.Time) error {
	made := entitlement.NewRemoval(entitlement.RequestID(e.newID()), kind, a, entitlement.System, "", now, 0)
	c, ok := made.Happen(entitlement.Start, entitlement.System, now)
	if !ok {
		panic("engine: the state table has no way to start a request of the system")
	}
	made = c.After
	var changes []entitlement.Change
	if event == entitlement.Deliver {
		changes = calls.stop(&made, made.LastStage())
	}
	if changes != nil {
		calls.hurried[pair{a.Target, a.Package}] = true
	} else {
		if c, ok = made.Happen(event, entitlement.System, now); !ok {
			panic("engine: the state table has no way for a request of the system by " + string(event))
		}
		changes = []entitlement.Change{calls.tell(c)}
	}
	changes[0].Reason = why
	if err := e.tell(ctx, tx, changes...); err != nil {
		return err
	}
	made = changes[0].After
	made.Failure = why
	record := e.record(ctx, entitlement.System, now, systemActions[kind], audit.KindRequest, string(made.ID), string(kind))
	record.OnBehalf, record.Reason = a.Target, why
	records := []audit.Record{versions(record, 0)}
	for _, out := range changes[0].Called {
		records = append(records, e.calloutRecord(ctx, audit.KindRequest, string(made.ID), out, now))
	}
	return tx.PutRequest(ctx, made, records...)
}
