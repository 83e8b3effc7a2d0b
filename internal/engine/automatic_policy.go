package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// rollOut sets to work what writing a policy changes about automatic
// assignment. after has the version that it is about to get.
func (e *Engine) rollOut(ctx context.Context, tx store.Tx, before, after entitlement.Policy) error {
	if before.Automatic == nil && after.Automatic == nil {
		return nil
	}
	s, err := tx.TakeRollout(ctx, after.ID)
	if fault.Is(err, fault.NotFound) {
		s, err = entitlement.NewRollout(after), nil
	}
	if err != nil {
		return err
	}
	now := e.clock.Now()
	switch wanted := entitlement.ReadAutomatic(after); {
	case after.Automatic == nil:
		s = s.WantNone(now)
	case before.SameReach(after):
		s = s.Rename(before.Version, after.Version)
	default:
		inForce, err := inForce(ctx, tx, s)
		if err != nil {
			return err
		}
		if inForce.ID != "" && inForce.SameReach(after) {
			s = s.Keep(wanted, now)
		} else {
			s = s.Want(wanted, now)
		}
	}
	return tx.PutRollout(ctx, s)
}

// inForce returns the version of a policy that is applied, or one without an
// id if none is.
func inForce(ctx context.Context, r store.Reader, s entitlement.Rollout) (entitlement.Policy, error) {
	if s.InForce == 0 || s.Ended {
		return entitlement.Policy{}, nil
	}
	return r.PolicyAt(ctx, s.Policy, s.InForce)
}

// rollBack ends what an automatic policy gave that is being deleted.
func (e *Engine) rollBack(ctx context.Context, tx store.Tx, p entitlement.Policy) error {
	if p.Automatic == nil {
		return nil
	}
	s, err := tx.TakeRollout(ctx, p.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.PutRollout(ctx, s.Gone(e.clock.Now()))
}

// policyInUse reports whether the policy must stay because of those who have
// or ask for access through it. What an automatic policy gave by itself ends
// with it, unless that touches so many people that somebody has to confirm it
// first.
func (e *Engine) policyInUse(ctx context.Context, r store.Reader, p entitlement.Policy) (bool, error) {
	if p.Automatic == nil {
		return inUse(ctx, r, "policy", p.ID)
	}
	active := query.Compare{Field: "state", Op: query.Ne, Value: string(entitlement.AssignmentExpired)}
	asked, err := anyRow(ctx, r.Assignments, equal("policy", p.ID), active, query.Compare{Field: "automatic", Value: false})
	if asked || err != nil {
		return asked, err
	}
	asked, err = anyRow(ctx, r.Requests, equal("policy", p.ID), openRequest(),
		query.Compare{Field: "kind", Op: query.Ne, Value: string(entitlement.SystemAdd)})
	if asked || err != nil || e.settings.Guard.Share <= 0 {
		return asked, err
	}
	given, err := r.Assignments(ctx, query.List{
		Where: query.AllOf(equal("policy", p.ID), active), Limit: 1, Count: true,
	})
	if err != nil || given.Count <= int64(e.settings.Guard.Minimum) {
		return false, err
	}
	users, err := r.CountUsers(ctx)
	if limit := e.settings.Guard.Limit(users); err == nil && given.Count > limit {
		err = fault.New(fault.Invalid, "PolicyInUse",
			"The policy %q gives access to %d people; more than %d may not lose it without a confirmation. "+
				"Set automaticRequestSettings to null, confirm the change, and delete the policy then.", p.DisplayName, given.Count, limit)
	}
	return false, err
}

// rollOutAgain has the policies look at everybody again whose rules ask about a
// group that is being deleted.
func (e *Engine) rollOutAgain(ctx context.Context, tx store.Tx, o directory.Object) error {
	if o.Kind != directory.KindGroup {
		return nil
	}
	rollouts, err := tx.Rollouts(ctx)
	if err != nil {
		return err
	}
	for _, s := range rollouts {
		if !asksAbout([]entitlement.Rollout{s}, o.ID) {
			continue
		}
		if s, err = tx.TakeRollout(ctx, s.Policy); err != nil {
			return err
		}
		if err := tx.PutRollout(ctx, s.Start(e.clock.Now())); err != nil {
			return err
		}
	}
	return nil
}
