package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// ExpireAssignments ends up to limit assignments of a tenant whose time is
// up at now, all in one transaction, and returns how many. Each is removed
// by a request of its own, so that the removal shows in the history like any
// other.
func (e *Engine) ExpireAssignments(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (int, error) {
	var n int
	err := e.store.Write(ctx, tenant, store.Sweep, func(tx store.Tx) error {
		due, err := tx.DueAssignments(ctx, now, limit)
		n = len(due)
		if err != nil || n == 0 {
			return err
		}
		d := e.newDelivery(ctx, tx, now)
		if err := d.load(nil, due); err != nil {
			return err
		}
		for _, a := range due {
			d.end(a)
		}
		if err := d.carryOut(); err != nil {
			return err
		}
		for _, a := range due {
			if err := e.expire(ctx, tx, a, now); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// expire writes an assignment that has ended and the removal that ended it,
// which is made and carried out at once.
func (e *Engine) expire(ctx context.Context, tx store.Tx, a entitlement.Assignment, now time.Time) error {
	if err := e.putAssignment(ctx, tx, a, entitlement.Ended, now); err != nil {
		return err
	}
	removal := entitlement.NewRemoval(entitlement.RequestID(e.newID()), entitlement.SystemRemove, a, entitlement.System, "", now, 0)
	for _, event := range []entitlement.Event{entitlement.Start, entitlement.Deliver} {
		c, ok := removal.Happen(event, entitlement.System, now)
		if !ok {
			panic("engine: the state table has no way for a removal by " + string(event))
		}
		removal = c.After
	}
	why := e.record(ctx, entitlement.System, now, audit.SystemRemoved, audit.KindRequest, string(removal.ID), string(removal.Kind))
	why.OnBehalf = a.Target
	return tx.PutRequest(ctx, removal, versions(why, 0))
}
