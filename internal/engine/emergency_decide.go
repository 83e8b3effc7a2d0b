package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// ReviewEmergency closes the review of an emergency: the access stays, or it
// is removed. Faults: Forbidden for those who are not to review it and for
// those whom it is about, Conflict if it is closed, Invalid
// ("JustificationRequired"), NotFound for those who may see everything.
func (e *Engine) ReviewEmergency(ctx context.Context, who authz.Caller, id entitlement.RequestID, remove bool, justification string) error {
	return e.do(ctx, who, audit.EmergencyReviewed, audit.KindEmergency, string(id), func(tx store.Tx) error {
		before, err := e.emergencyFor(ctx, tx, who, id)
		if err != nil {
			return err
		}
		now := e.clock.Now()
		x, err := before.Decide(remove, justification, who.Actor, now)
		if err != nil {
			return err
		}
		why := versions(e.emergencyRecord(ctx, who.Actor, x, audit.EmergencyReviewed, now), before.Version)
		why.Reason = string(x.Status)
		if err := tx.PutEmergency(ctx, x, why); err != nil {
			return err
		}
		if err := tx.EndWork(ctx, emergencyWork(x)); err != nil {
			return err
		}
		if err := tx.PutNotice(ctx, x.Notice(entitlement.EmergencyDecided, who.Actor, now, e.newID)); err != nil {
			return err
		}
		if !remove {
			return nil
		}
		return e.endReviewed(ctx, tx, x, now)
	})
}

// emergencyFor reads a review for somebody who may decide it. Its state is
// not looked at: a refusal tells nothing.
func (e *Engine) emergencyFor(ctx context.Context, r store.Reader, who authz.Caller, id entitlement.RequestID) (entitlement.EmergencyReview, error) {
	x, missing := r.Emergency(ctx, id)
	if missing != nil && !fault.Is(missing, fault.NotFound) {
		return x, missing
	}
	if missing == nil && slices.Contains(x.Barred, who.ID()) {
		return x, authz.Denied(authz.ReviewEmergency, "nobody reviews an emergency of one's own; another reviewer, a catalog owner or an Identity Governance Administrator can")
	}
	if missing == nil && authz.Token(who, authz.ReviewEmergency) == nil {
		j := &reviewing{people: newPeople(r), who: who}
		if ok, err := j.named(ctx, x); ok || err != nil {
			return x, err
		}
	}
	reach, err := e.reach(ctx, r, who, authz.ReviewAnyEmergency)
	switch {
	case err != nil:
		return x, err
	case missing != nil:
		return x, reach.Missing(missing)
	}
	return x, reach.Check(x.Catalog)
}

// endReviewed takes the access away that a review is about, if it has not
// ended by itself.
func (e *Engine) endReviewed(ctx context.Context, tx store.Tx, x entitlement.EmergencyReview, now time.Time) error {
	held, err := everyRow(ctx, tx.Assignments, equal("id", x.Assignment))
	if err != nil {
		return err
	}
	held = slices.DeleteFunc(held, func(a entitlement.Assignment) bool { return !a.Active() })
	for i := range held {
		held[i].EndsAt = now // so that it ends, even if something could not be taken at once
	}
	return e.endAll(ctx, tx, held, now)
}
