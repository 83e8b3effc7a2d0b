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
// them. It reads all that it needs before it changes anything, so that
// nobody waits for it meanwhile.
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
	targets := distinct(over, func(a *entitlement.Assignment) directory.ObjectID { return a.Target })
	guests, err := tx.Guests(ctx, targets)
	if err != nil {
		return err
	}
	if _, err := d.allRollouts(); err != nil {
		return err
	}
	ends := make([]ending, len(over))
	for i, a := range over {
		if len(a.Calls) == 0 {
			ends[i] = e.endOf(calls, a, now)
		}
	}
	m := e.newMailing(ctx, tx, now)
	if err := m.foresee(ends); err != nil {
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
	for i, a := range over {
		r := d.taken(a, a.Tries.Last(now))
		if !r.complete() {
			err = e.endPart(ctx, tx, calls, a, r, now)
			ends[i] = ending{}
		} else if len(a.Calls) > 0 {
			ends[i] = e.endOf(calls, a, now)
		}
		if err != nil {
			return err
		}
	}
	if err := e.putEnds(ctx, tx, m, ends); err != nil {
		return err
	}
	if err := d.touchEnded(over); err != nil {
		return err
	}
	return e.leaveAs(ctx, tx, targets, guests, now)
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

// ending is an assignment that has ended and the removal behind it, before
// they are written; the zero value is one that goes on.
type ending struct {
	assignment entitlement.AssignmentChange
	removal    entitlement.Change
	notices    []entitlement.Notice
}

// endOf ends an assignment of which nothing is left to take, by a removal
// that is made and carried out at once.
func (e *Engine) endOf(calls *calling, a entitlement.Assignment, now time.Time) ending {
	c, ok := a.Happen(entitlement.Ended, entitlement.System, now)
	if !ok {
		panic("engine: the state table has no way to end an assignment that is " + string(a.State))
	}
	removal := e.systemRequest(calls, entitlement.SystemRemove, a, entitlement.Deliver, "", now)
	return ending{assignment: c, removal: removal, notices: removal.Notices(e.newID)}
}

// putEnds writes what has ended. Who is told of it, as was foreseen, gets the
// message with it: to come back for that, and to note in each assignment that
// its target was told, would take as long again.
func (e *Engine) putEnds(ctx context.Context, tx store.Tx, m *mailing, ends []ending) error {
	told, err := m.tellEnds(ends)
	if err != nil {
		return err
	}
	for _, end := range ends {
		a := end.assignment.After
		if a.ID == "" {
			continue // it goes on
		}
		why := e.record(ctx, entitlement.System, end.assignment.At, assignmentActions[entitlement.Ended], audit.KindAssignment, string(a.ID), string(a.State))
		why.OnBehalf = a.Target
		records := []audit.Record{versions(why, a.Version)}
		if told[a.ID] {
			a.Told = entitlement.EndTold
			records = append(records, m.endTold(a))
		} else if err := putNotices(ctx, tx, end.notices); err != nil {
			return err
		}
		if err := accountFollows(ctx, tx, end.assignment); err != nil {
			return err
		}
		if err := tx.PutAssignment(ctx, a, records...); err != nil {
			return err
		}
		if err := e.putSystemChange(ctx, tx, end.removal); err != nil {
			return err
		}
	}
	return nil
}

// endPart writes an assignment whose time is up and of which something could
// not be taken, with the removal that tried. It is tried again.
func (e *Engine) endPart(ctx context.Context, tx store.Tx, calls *calling, a entitlement.Assignment, r result, now time.Time) error {
	why := entitlement.Failed(r.why)
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
// done to an assignment, and notes what is to be told of it.
func (e *Engine) putSystemRequest(ctx context.Context, tx store.Tx, calls *calling, kind entitlement.RequestKind, a entitlement.Assignment, event entitlement.Event, why string, now time.Time) error {
	c := e.systemRequest(calls, kind, a, event, why, now)
	if err := putNotices(ctx, tx, c.Notices(e.newID)); err != nil {
		return err
	}
	return e.putSystemChange(ctx, tx, c)
}

// systemRequest makes the request behind something that the system has done
// to an assignment. It is completed at once, unless a custom extension keeps
// it open.
func (e *Engine) systemRequest(calls *calling, kind entitlement.RequestKind, a entitlement.Assignment, event entitlement.Event, why string, now time.Time) entitlement.Change {
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
		c = changes[0]
	} else {
		if c, ok = made.Happen(event, entitlement.System, now); !ok {
			panic("engine: the state table has no way for a request of the system by " + string(event))
		}
		c = calls.tell(c)
	}
	c.Reason, c.After.Failure = why, why
	return c
}

// putSystemChange writes a request that systemRequest has made, with the
// calls of custom extensions that it leaves to be made.
func (e *Engine) putSystemChange(ctx context.Context, tx store.Tx, c entitlement.Change) error {
	if err := putErrands(ctx, tx, c.Errands()); err != nil {
		return err
	}
	made := c.After
	record := e.record(ctx, entitlement.System, c.At, systemActions[made.Kind], audit.KindRequest, string(made.ID), string(made.Kind))
	record.OnBehalf, record.Reason = made.Target, c.Reason
	records := []audit.Record{versions(record, 0)}
	for _, out := range c.Called {
		records = append(records, e.calloutRecord(ctx, audit.KindRequest, string(made.ID), out, c.At))
	}
	return tx.PutRequest(ctx, made, records...)
}
