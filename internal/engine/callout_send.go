package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// TakeCallouts claims up to limit errands of a tenant that are due at now and
// returns the calls to make, with a handful of statements for all of them. It
// drops those for which nobody waits any more; taken counts both. Whoever
// takes a call says by SettleCallouts what became of it, or somebody else
// makes it again after a while.
func (e *Engine) TakeCallouts(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (calls []entitlement.Outcall, taken int, err error) {
	err = e.store.Write(ctx, tenant, store.Delivery, func(tx store.Tx) error {
		due, err := tx.DueErrands(ctx, now, limit)
		calls, taken = nil, len(due)
		if err != nil || len(due) == 0 {
			return err
		}
		if calls, err = e.outcalls(ctx, tx, tenant, due); err != nil {
			return err
		}
		left := map[string]bool{}
		for _, o := range calls {
			left[o.ID] = true
			if err := tx.PutErrand(ctx, o.Errand.Claim(now)); err != nil {
				return err
			}
		}
		for _, d := range due {
			if left[d.ID] {
				continue
			}
			if err := tx.DropErrand(ctx, d.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return calls, taken, err
}

// outcalls reads what the errands are about.
func (e *Engine) outcalls(ctx context.Context, tx store.Tx, tenant directory.TenantID, due []entitlement.Errand) ([]entitlement.Outcall, error) {
	requests, assignments, err := callers(ctx, tx, due)
	if err != nil {
		return nil, err
	}
	var calls []entitlement.Outcall
	for _, d := range due {
		a := assignments[d.Assignment]
		r := requests[d.Request]
		if d.Assignment != "" {
			r = requests[a.Request]
		} else {
			a = assignments[r.Assignment]
		}
		if o, ok := d.Outcall(r, a); ok {
			o.Tenant = tenant
			calls = append(calls, o)
		}
	}
	return calls, e.describe(ctx, tx, calls)
}

// callers reads the requests and assignments behind errands.
func callers(ctx context.Context, tx store.Tx, due []entitlement.Errand) (map[entitlement.RequestID]entitlement.Request, map[entitlement.AssignmentID]entitlement.Assignment, error) {
	requestID := func(r *entitlement.Request) entitlement.RequestID { return r.ID }
	assignmentID := func(a *entitlement.Assignment) entitlement.AssignmentID { return a.ID }
	requests, err := index(ctx, distinct(due, func(d *entitlement.Errand) entitlement.RequestID { return d.Request }), tx.Requests, requestID)
	if err != nil {
		return nil, nil, err
	}
	ids := distinct(due, func(d *entitlement.Errand) entitlement.AssignmentID {
		if d.Request != "" {
			return requests[d.Request].Assignment
		}
		return d.Assignment
	})
	assignments, err := index(ctx, ids, tx.Assignments, assignmentID)
	if err != nil {
		return nil, nil, err
	}
	makers, err := index(ctx, distinct(due, func(d *entitlement.Errand) entitlement.RequestID {
		return assignments[d.Assignment].Request
	}), tx.Requests, requestID)
	for id, r := range makers {
		requests[id] = r
	}
	return requests, assignments, err
}

// describe adds extensions, packages, catalogs and people to the calls.
func (e *Engine) describe(ctx context.Context, tx store.Tx, calls []entitlement.Outcall) error {
	extensions, err := extensionsByID(ctx, tx, distinct(calls, func(o *entitlement.Outcall) entitlement.ExtensionID { return o.Extension }))
	if err != nil {
		return err
	}
	packages, err := index(ctx, distinct(calls, func(o *entitlement.Outcall) entitlement.PackageID { return o.Of.Package }), tx.Packages,
		func(p *entitlement.Package) entitlement.PackageID { return p.ID })
	if err != nil {
		return err
	}
	catalogs, err := index(ctx, distinct(calls, func(o *entitlement.Outcall) entitlement.CatalogID { return o.Of.Catalog }), tx.Catalogs,
		func(c *entitlement.Catalog) entitlement.CatalogID { return c.ID })
	if err != nil {
		return err
	}
	var people []directory.ObjectID
	for _, o := range calls {
		people = append(people, o.Of.Requestor, o.Of.Target)
	}
	l := loader{r: tx, tenant: tx.Tenant()}
	subjects, err := l.subjects(ctx, distinct(people, func(id *directory.ObjectID) directory.ObjectID { return *id }), nil)
	if err != nil {
		return err
	}
	for i := range calls {
		o := &calls[i]
		o.To, o.Package, o.Catalog = extensions[o.Extension], packages[o.Of.Package], catalogs[o.Of.Catalog]
		if s := subjects[o.Of.Requestor]; s != nil {
			o.Requestor = *s
		}
		if s := subjects[o.Of.Target]; s != nil {
			o.Target = *s
		}
	}
	return nil
}

// CalloutOutcome is what became of a call; Err is nil if the extension took
// it. What may pass is a fault.Unavailable and is tried again.
type CalloutOutcome struct {
	Call entitlement.Outcall
	Err  error
}

// SettleCallouts notes what became of calls. Those that cannot be made end as
// the documents say: whoever only listens holds nothing up, and a request
// that waits for an answer ends where an extension could have refused it
// (requests.md section 12.1).
func (e *Engine) SettleCallouts(ctx context.Context, tenant directory.TenantID, outcomes []CalloutOutcome, now time.Time) error {
	return e.store.Write(ctx, tenant, store.Delivery, func(tx store.Tx) error {
		var failed []CalloutOutcome
		for _, o := range outcomes {
			if o.Err != nil && passing(o.Err) {
				if next, ok := o.Call.Again(o.Call.To, now); ok {
					if err := tx.PutErrand(ctx, next); err != nil {
						return err
					}
					continue
				}
			}
			if err := tx.DropErrand(ctx, o.Call.ID); err != nil {
				return err
			}
			if o.Err != nil {
				failed = append(failed, o)
			}
		}
		if len(failed) == 0 {
			return nil
		}
		return e.failCallouts(ctx, tx, failed, now)
	})
}

// failCallouts notes in requests and assignments that extensions could not be
// called.
func (e *Engine) failCallouts(ctx context.Context, tx store.Tx, failed []CalloutOutcome, now time.Time) error {
	errands := make([]entitlement.Errand, len(failed))
	why := map[entitlement.RequestID][]CalloutOutcome{}
	ending := map[entitlement.AssignmentID][]CalloutOutcome{}
	for i, o := range failed {
		errands[i] = o.Call.Errand
		if o.Call.Request != "" {
			why[o.Call.Request] = append(why[o.Call.Request], o)
		} else {
			ending[o.Call.Assignment] = append(ending[o.Call.Assignment], o)
		}
	}
	requests, assignments, err := callers(ctx, tx, errands)
	if err != nil {
		return err
	}
	calls := e.newCalling(ctx, tx, now)
	var all []entitlement.Call
	for _, r := range requests {
		all = append(all, r.Calls...)
	}
	if err := calls.load(all); err != nil {
		return err
	}
	for _, d := range errands { // in their order, each object once
		if outcomes := why[d.Request]; d.Request != "" && len(outcomes) > 0 {
			delete(why, d.Request)
			if err := e.failRequest(ctx, tx, calls, requests[d.Request], outcomes, now); err != nil {
				return err
			}
		}
		if outcomes := ending[d.Assignment]; d.Assignment != "" && len(outcomes) > 0 {
			delete(ending, d.Assignment)
			if err := e.failAssignment(ctx, tx, assignments[d.Assignment], outcomes, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// failRequest notes in a request which callouts could not be made, and ends
// its waiting for them.
func (e *Engine) failRequest(ctx context.Context, tx store.Tx, calls *calling, r entitlement.Request, outcomes []CalloutOutcome, now time.Time) error {
	var records []audit.Record
	var notices []entitlement.Notice
	var ended *entitlement.Callout
	for _, o := range outcomes {
		after, out, waited, ok := r.Unreached(o.Call.ID, reasonOf(o.Err))
		if !ok {
			continue
		}
		r = after
		if waited {
			ended = &out
			calls.made[r.ID] = append(calls.made[r.ID], out)
			continue
		}
		records = append(records, versions(e.calloutRecord(ctx, audit.KindRequest, string(r.ID), out, now), r.Version))
		for _, n := range out.Notices(e.newID, now) {
			n.Request, n.Assignment = r.ID, r.Assignment
			notices = append(notices, n)
		}
	}
	if err := putNotices(ctx, tx, notices); err != nil {
		return err
	}
	if ended == nil {
		if len(records) == 0 {
			return nil
		}
		return tx.PutRequest(ctx, r, records...)
	}
	for _, record := range records {
		if err := tx.Note(ctx, record); err != nil {
			return err
		}
	}
	if end, ok := r.GiveUp(*ended, now); ok {
		return e.commit(ctx, tx, calls.tell(end))
	}
	// What it asks for is done: it goes on to whoever else is to be called.
	return e.commit(ctx, tx, calls.close(&r)...)
}

func (e *Engine) failAssignment(ctx context.Context, tx store.Tx, a entitlement.Assignment, outcomes []CalloutOutcome, now time.Time) error {
	var records []audit.Record
	var notices []entitlement.Notice
	for _, o := range outcomes {
		after, out, ok := a.Unreached(o.Call.ID, reasonOf(o.Err))
		if ok {
			a = after
			records = append(records, versions(e.calloutRecord(ctx, audit.KindAssignment, string(a.ID), out, now), a.Version))
			notices = append(notices, noticesOfCall(a, out, e.newID, now)...)
		}
	}
	if len(records) == 0 {
		return nil
	}
	if err := putNotices(ctx, tx, notices); err != nil {
		return err
	}
	return tx.PutAssignment(ctx, a, records...)
}

// noticesOfCall returns what is to be told of a callout of an assignment.
func noticesOfCall(a entitlement.Assignment, out entitlement.Callout, newID func() string, now time.Time) []entitlement.Notice {
	all := out.Notices(newID, now)
	for i := range all {
		all[i].Assignment = a.ID
	}
	return all
}
