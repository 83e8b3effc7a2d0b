package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// accountFollows has the account of an assignment's target follow a change of
// the assignment, in a transaction of its own.
func accountFollows(ctx context.Context, tx store.Tx, c entitlement.AssignmentChange) error {
	if len(c.After.Collected) == 0 || c.After.State == c.Before.State && same(c.After.Collected, c.Before.Collected) {
		return nil
	}
	return sweep(ctx, tx, store.WorkCollected, string(c.After.ID), c.At)
}

// fillAccount writes what was collected for an assignment to the account of
// its target or, once it has ended, takes it out. Accounts that are a copy of
// another directory's stay as they are. What people answered is not told in
// the audit log.
func (e *Engine) fillAccount(ctx context.Context, tx store.Tx, s store.Work, now time.Time) (int, error) {
	a, err := tx.Assignment(ctx, entitlement.AssignmentID(s.Ref))
	var before directory.Object
	if err == nil {
		before, err = tx.Object(ctx, a.Target)
	}
	if fault.Is(err, fault.NotFound) || err == nil && (before.Kind != directory.KindUser || before.Deleted() || e.settings.DirectoryReadOnly) {
		return 0, tx.EndWork(ctx, s)
	}
	if err != nil {
		return 0, err
	}
	others, err := everyRow(ctx, tx.Assignments, equal("target", a.Target))
	if err != nil {
		return 0, err
	}
	after := a.Fill(before, others)
	if same(before, after) {
		return 0, tx.EndWork(ctx, s)
	}
	if err := e.touchUser(ctx, tx, before, after); err != nil {
		return 0, err
	}
	why := e.record(ctx, entitlement.System, now, audit.UserUpdated, audit.KindObject, string(after.ID), after.DisplayName)
	why.OnBehalf, why.Reason = a.Target, "attributes of the assignment "+string(a.ID)
	if err := tx.PutObject(ctx, after, versions(why, before.Version)); err != nil {
		return 0, err
	}
	after.Version++
	if err := e.objectChanged(ctx, tx, after, now); err != nil {
		return 0, err
	}
	return 1, tx.EndWork(ctx, s)
}
