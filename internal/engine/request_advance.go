package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// AdvanceRequests takes up to limit requests of a tenant that are due at now
// and moves each as far as it goes: to approval, escalation, time-out,
// waiting, delivery. All happens in one transaction; it returns how many
// there were. A timer that fires too late finds no line in the state table
// and does nothing.
func (e *Engine) AdvanceRequests(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (int, error) {
	return e.advance(ctx, tenant, now, func(tx store.Tx) ([]entitlement.Request, error) { return tx.DueRequests(ctx, now, limit) })
}

// AdvanceHeld is AdvanceRequests for requests that are only left alone for
// a breath, whatever is left of it.
func (e *Engine) AdvanceHeld(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (int, error) {
	return e.advance(ctx, tenant, now, func(tx store.Tx) ([]entitlement.Request, error) { return tx.HeldRequests(ctx, limit) })
}

func (e *Engine) advance(ctx context.Context, tenant directory.TenantID, now time.Time, take func(store.Tx) ([]entitlement.Request, error)) (int, error) {
	var n int
	err := e.store.Write(ctx, tenant, store.Delivery, func(tx store.Tx) error {
		due, err := take(tx)
		n = len(due)
		if err != nil || n == 0 {
			return err
		}
		return e.advanceBatch(ctx, tx, due, now)
	})
	return n, err
}

func (e *Engine) advanceBatch(ctx context.Context, tx store.Tx, due []entitlement.Request, now time.Time) error {
	calls := e.newCalling(ctx, tx, now)
	if err := calls.load(callsOf(due, func(r *entitlement.Request) []entitlement.Call { return r.Calls })); err != nil {
		return err
	}
	var pending, asking, starting []entitlement.Request
	for _, r := range due {
		if r.Status == entitlement.PendingApproval || r.Status == entitlement.PendingApprovalEscalated {
			pending = append(pending, r)
			continue
		}
		next, changes := calls.pass(&r)
		switch {
		case len(changes) > 0:
			if err := e.commit(ctx, tx, changes...); err != nil {
				return err
			}
		case next == entitlement.AskApproval:
			asking = append(asking, r)
		case next == entitlement.Start:
			starting = append(starting, r)
		}
	}
	if err := e.askApprovals(ctx, tx, calls, asking, now); err != nil {
		return err
	}
	if err := e.runClocks(ctx, tx, pending, now); err != nil {
		return err
	}
	return e.deliver(ctx, tx, calls, starting, now)
}

// deliver carries out requests with nothing left in their way.
func (e *Engine) deliver(ctx context.Context, tx store.Tx, calls *calling, requests []entitlement.Request, now time.Time) error {
	if len(requests) == 0 {
		return nil
	}
	targets, err := tx.ObjectsByID(ctx, distinct(requests, func(r *entitlement.Request) directory.ObjectID { return r.Target }))
	if err != nil {
		return err
	}
	outside, err := guestsAmong(ctx, tx, targets)
	if err != nil {
		return err
	}
	existing, err := index(ctx, distinct(requests, had), tx.Assignments, func(a *entitlement.Assignment) entitlement.AssignmentID { return a.ID })
	if err != nil {
		return err
	}
	outdated, err := outdatedAdds(ctx, tx, requests, now)
	if err != nil {
		return err
	}
	d := e.newDelivery(ctx, tx, now)
	steps := make([]deliveryStep, 0, len(requests))
	for _, r := range requests {
		if outdated[r.ID] {
			steps = append(steps, stop(deliveryStep{request: r}, "the automatic policy has been changed since", now))
			continue
		}
		s, err := e.startDelivery(ctx, tx, r, outside.target(targets[r.Target]), existing, now)
		if err != nil {
			return err
		}
		steps = append(steps, s)
	}
	if err := e.failConflicts(ctx, tx, steps, now); err != nil {
		return err
	}
	if err := e.arrive(ctx, tx, outside, steps, targets, now); err != nil {
		return err
	}
	var beginning, again, ending []entitlement.Assignment
	for _, s := range steps {
		switch {
		case s.again():
			again = append(again, s.assignment)
		case s.begins:
			beginning = append(beginning, s.assignment)
		case s.ends, s.halted:
			ending = append(ending, s.assignment)
		}
	}
	if err := d.load(slices.Concat(beginning, again), slices.Concat(again, ending)); err != nil {
		return err
	}
	for i := range steps {
		d.start(&steps[i])
	}
	if err := d.carryOut(); err != nil {
		return err
	}
	for _, s := range steps {
		if err := e.finishDelivery(ctx, tx, d, calls, s, now); err != nil {
			return err
		}
	}
	if err := d.touchEnded(ending); err != nil {
		return err
	}
	return e.leave(ctx, tx, outside.among(ending), now)
}

// had is the assignment of a request that may exist before its delivery: the
// one that it ends or changes, or the one whose delivery is tried again.
func had(r *entitlement.Request) entitlement.AssignmentID {
	if !r.Begins() || r.Status == entitlement.Delivering {
		return r.Assignment
	}
	return ""
}

// deliveryStep is one request on its way through deliver.
type deliveryStep struct {
	request    entitlement.Request // as it was read
	changes    []entitlement.Change
	assignment entitlement.Assignment
	begins     bool
	ends       bool
	more       bool                          // the target gets access, or has it for longer
	update     *entitlement.AssignmentChange // what happens to an assignment that is changed
	failure    string                        // why nothing is delivered and the request fails
	stopped    bool                          // nothing is delivered; changes hold all that happens
	halted     bool                          // delivery to the assignment had begun before it was stopped
	policy     entitlement.Policy            // as it was when the request was made
}

// failConflicts makes those requests fail that have become incompatible with
// what their targets have.
func (e *Engine) failConflicts(ctx context.Context, tx store.Tx, steps []deliveryStep, now time.Time) error {
	var asking []entitlement.Request
	for _, s := range steps {
		if s.more && s.failure == "" {
			asking = append(asking, s.request)
		}
	}
	found, err := e.conflictsNow(ctx, tx, asking, now, tx.Hold)
	if err != nil {
		return err
	}
	for i := range steps {
		if refusal := entitlement.CheckConflicts(found[steps[i].request.ID]); refusal != nil && steps[i].more {
			steps[i].begins, steps[i].update, steps[i].failure = false, nil, fault.Of(refusal).Message
		}
	}
	return nil
}

// again reports whether delivery of an assignment that exists is tried again.
func (s deliveryStep) again() bool { return s.begins && s.assignment.Version > 0 }

// startDelivery decides what delivery of the request means. A target who has
// gone, or may not sign in any more, gets nothing: the request ends.
func (e *Engine) startDelivery(ctx context.Context, tx store.Tx, r entitlement.Request, target directory.Object, existing map[entitlement.AssignmentID]entitlement.Assignment, now time.Time) (s deliveryStep, err error) {
	s = deliveryStep{request: r}
	tried, before := existing[r.Assignment]
	follows := r.Kind == entitlement.SystemUpdate
	if (r.Begins() || follows) && before && !tried.Active() || follows && !before {
		return stop(s, "the assignment has ended since", now), nil
	}
	if (r.Begins() || follows) && !target.Active() {
		s.assignment, s.halted = tried, before && tried.State == entitlement.AssignmentDelivering
		return stop(s, notActive, now), nil
	}
	if r.Status != entitlement.Delivering {
		c, ok := r.Happen(entitlement.Start, entitlement.System, now)
		if !ok {
			s.stopped = true
			return s, nil
		}
		s.changes = append(s.changes, c)
	}
	if r.Status == entitlement.PendingNotBefore || r.Status.Waits() {
		if s.failure, err = leftScope(ctx, tx, newPeople(tx), r, target); s.failure != "" || err != nil {
			return s, err
		}
	}
	if r.Kind == entitlement.SystemUpdate {
		s.assignment, s.begins = tried, true
		return s, nil
	}
	if r.Updates() {
		s.assignment = tried
		return startUpdate(ctx, tx, s, target, now)
	}
	if r.Begins() {
		s.policy, err = tx.PolicyAt(ctx, r.Policy, r.PolicyVersion)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return s, err
		}
		s.assignment, s.begins, s.more = entitlement.NewAssignment(r, s.policy, now), true, r.Tries.Count == 0
		if before {
			s.assignment = tried
		}
		return s, nil
	}
	s.assignment = tried
	s.ends = s.assignment.State.Allows(entitlement.Ended)
	return s, nil
}

// stop ends a request without delivery: it is withdrawn if it still can be,
// else it fails.
func stop(s deliveryStep, why string, now time.Time) deliveryStep {
	s.stopped = true
	event := entitlement.Fail
	for _, back := range []entitlement.Event{entitlement.Cancel, entitlement.Withdraw} {
		if s.request.Status.Allows(back) {
			event = back
		}
	}
	if c, ok := s.request.Happen(event, entitlement.System, now); ok {
		c.After.Failure, c.Reason = why, why
		s.changes = append(s.changes, c)
	}
	return s
}

// finishDelivery writes what became of the request and its assignment.
func (e *Engine) finishDelivery(ctx context.Context, tx store.Tx, d *delivery, calls *calling, s deliveryStep, now time.Time) error {
	v := d.verdict(s)
	if s.failure != "" {
		v.request, v.why = entitlement.Fail, s.failure
	}
	if s.update != nil {
		if err := e.putUpdate(ctx, tx, *s.update); err != nil {
			return err
		}
		if err := putNotices(ctx, tx, s.update.Notices(e.newID, s.request.ID)); err != nil {
			return err
		}
	}
	if v.assignment != "" {
		if err := e.putAssignment(ctx, tx, s.assignment, v.assignment, now); err != nil {
			return err
		}
	}
	if err := e.openEmergency(ctx, tx, s, now); err != nil {
		return err
	}
	if !s.stopped {
		from := s.request
		if n := len(s.changes); n > 0 {
			from = s.changes[n-1].After
		}
		var held []entitlement.Change
		if v.request == entitlement.Deliver {
			held = calls.stop(&from, from.LastStage())
		}
		if held == nil {
			c, ok := v.apply(from, now)
			if !ok {
				panic("engine: the state table has no way from " + string(from.Status) + " by " + string(v.request))
			}
			held = []entitlement.Change{calls.tell(c)}
		}
		s.changes = append(s.changes, held...)
	}
	if len(s.changes) == 0 {
		return nil
	}
	var records []audit.Record
	for _, c := range s.changes {
		records = append(records, e.changeRecords(ctx, c)...)
	}
	if err := e.tell(ctx, tx, s.changes...); err != nil {
		return err
	}
	return tx.PutRequest(ctx, s.changes[len(s.changes)-1].After, records...)
}

// assignmentActions names what each event of an assignment is called in the
// audit log.
var assignmentActions = map[entitlement.AssignmentEvent]audit.Action{
	entitlement.Granted:     audit.RequestFulfilled,
	entitlement.PartGranted: audit.RequestPartial,
	entitlement.NotGranted:  audit.RequestFailed,
	entitlement.Redeliver:   audit.RequestPostponed,
	entitlement.Ended:       audit.SystemRemoved,
}

func (e *Engine) putAssignment(ctx context.Context, tx store.Tx, a entitlement.Assignment, event entitlement.AssignmentEvent, now time.Time) error {
	c, ok := a.Happen(event, entitlement.System, now)
	if !ok || a.Version > 0 && same(c.After, a) {
		return nil
	}
	if err := accountFollows(ctx, tx, c); err != nil {
		return err
	}
	why := e.record(ctx, entitlement.System, now, assignmentActions[event], audit.KindAssignment, string(a.ID), string(c.After.State))
	why.OnBehalf = a.Target
	return tx.PutAssignment(ctx, c.After, versions(why, a.Version))
}
