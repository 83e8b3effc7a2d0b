package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// openEmergency opens the review of a request that a policy for emergencies
// let through, or by which its access lasts longer, and has those told who
// were skipped and those who review.
func (e *Engine) openEmergency(ctx context.Context, tx store.Tx, s deliveryStep, now time.Time) error {
	begun := s.begins && s.assignment.Version == 0
	longer := s.update != nil && s.more
	if s.policy.Emergency == nil || !begun && !longer {
		return nil
	}
	x := entitlement.NewEmergencyReview(s.request, s.policy, now)
	why := e.emergencyRecord(ctx, entitlement.System, x, audit.EmergencyUsed, now)
	if err := tx.PutEmergency(ctx, x, versions(why, 0)); err != nil {
		return err
	}
	by := entitlement.Actor{Kind: entitlement.ByUser, ID: s.request.CreatedBy}
	for _, n := range x.OpeningNotices(by, e.newID) {
		if err := tx.PutNotice(ctx, n); err != nil {
			return err
		}
	}
	return tx.PutWork(ctx, emergencyWork(x))
}

// emergencyWork is what there is to do when the time of a review is up.
func emergencyWork(x entitlement.EmergencyReview) store.Work {
	return store.Work{Kind: store.WorkEmergency, Ref: string(x.ID), Since: x.OpenedAt, Pass: x.OpenedAt, Due: x.DueAt}
}

func (e *Engine) emergencyRecord(ctx context.Context, by entitlement.Actor, x entitlement.EmergencyReview, action audit.Action, now time.Time) audit.Record {
	why := e.record(ctx, by, now, action, audit.KindEmergency, string(x.ID), string(x.Package))
	why.OnBehalf = x.Target
	return why
}

// lapseEmergency alerts those who run the catalog and the tenant that a
// review was not done in time. It stays to be done.
func (e *Engine) lapseEmergency(ctx context.Context, tx store.Tx, s store.Work, now time.Time) (int, error) {
	if err := tx.EndWork(ctx, s); err != nil {
		return 0, err
	}
	before, err := tx.Emergency(ctx, entitlement.RequestID(s.Ref))
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	x, ok := before.Lapse()
	if !ok {
		return 0, nil
	}
	why := versions(e.emergencyRecord(ctx, entitlement.System, x, audit.EmergencyOverdue, now), before.Version)
	why.Result, why.Reason = audit.Failure, "nobody has reviewed it"
	if err := tx.PutEmergency(ctx, x, why); err != nil {
		return 0, err
	}
	return 1, tx.PutNotice(ctx, x.Notice(entitlement.EmergencyMissed, entitlement.System, now, e.newID))
}
