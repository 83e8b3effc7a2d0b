package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// PendingChange tells what the change of an automatic policy is about to do.
// Faults: Forbidden, NotFound for the policy, or if it is not automatic.
func (e *Engine) PendingChange(ctx context.Context, who authz.Caller, id entitlement.PolicyID) (entitlement.PendingChange, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.PendingChange, error) {
		s, err := e.reachRollout(ctx, r, who, id)
		return s.Pending(e.settings.Guard), err
	})
}

func (e *Engine) reachRollout(ctx context.Context, r store.Reader, who authz.Caller, id entitlement.PolicyID) (entitlement.Rollout, error) {
	if _, err := e.reachPolicy(ctx, r, who, authz.ReadPolicies, id); err != nil {
		return entitlement.Rollout{}, err
	}
	return r.Rollout(ctx, id)
}

// PendingUsers lists whom the change of an automatic policy gives access, or
// whose access it ends, in the order of their ids. There is nothing to filter
// or sort by. Faults: as PendingChange, and Invalid.
func (e *Engine) PendingUsers(ctx context.Context, who authz.Caller, id entitlement.PolicyID, kind entitlement.PlanKind, q query.List) (query.Page[entitlement.Subject], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.Subject], error) {
		none := query.Page[entitlement.Subject]{}
		s, err := e.reachRollout(ctx, r, who, id)
		if err != nil {
			return none, err
		}
		if q.Where != nil || len(q.Order) > 0 || q.Skip > 0 {
			return none, fault.New(fault.Invalid, "InvalidFilter", "This list takes $select, $top and $count only.").At("$filter")
		}
		after := ""
		if len(q.After) == 1 {
			after, _ = q.After[0].(string)
		}
		lines, err := r.Planned(ctx, id, s.Plan, kind, directory.ObjectID(after), q.Limit+1)
		if err != nil {
			return none, err
		}
		page := query.Page[entitlement.Subject]{Count: -1}
		if q.Count {
			page.Count = map[entitlement.PlanKind]int64{entitlement.PlanAdd: s.Adds, entitlement.PlanRemove: s.Removes}[kind]
		}
		if len(lines) > q.Limit {
			lines = lines[:q.Limit]
			page.Next = []query.Value{string(lines[len(lines)-1].User)}
		}
		ids := distinct(lines, func(l *entitlement.Planned) directory.ObjectID { return l.User })
		found, err := loader{r, who.Tenant}.subjects(ctx, ids, nil)
		for _, id := range ids {
			if subject, ok := found[id]; ok {
				page.Rows = append(page.Rows, *subject)
			}
		}
		return page, err
	})
}

// ConfirmChange has the change of an automatic policy carried out that was
// held back. check sees the change as it is and may refuse it. Faults:
// Forbidden, NotFound, Invalid ("NoPendingChange").
func (e *Engine) ConfirmChange(ctx context.Context, who authz.Caller, id entitlement.PolicyID, check func(entitlement.PendingChange) error) error {
	return e.do(ctx, who, audit.AutomaticConfirmed, audit.KindPolicy, string(id), func(tx store.Tx) error {
		p, s, err := e.waiting(ctx, tx, who, id, check)
		if err != nil {
			return err
		}
		now := e.clock.Now()
		why := e.record(ctx, who.Actor, now, audit.AutomaticConfirmed, audit.KindPolicy, string(id), p.DisplayName)
		if err := tx.Note(ctx, why); err != nil {
			return err
		}
		return tx.PutRollout(ctx, s.Go(now))
	})
}

// DiscardChange takes back the change of an automatic policy that was held
// back: the policy gets the reach again that is in force or, if none is, is
// automatic no longer. Where the policy stands and it is people who changed,
// nothing is done about them until they change again or it is time to look at
// everybody. Faults: as ConfirmChange.
func (e *Engine) DiscardChange(ctx context.Context, who authz.Caller, id entitlement.PolicyID, check func(entitlement.PendingChange) error) error {
	return e.do(ctx, who, audit.PolicyUpdated, audit.KindPolicy, string(id), func(tx store.Tx) error {
		before, s, err := e.waiting(ctx, tx, who, id, check)
		if err != nil {
			return err
		}
		now := e.clock.Now()
		if s.Stands() {
			why := e.record(ctx, who.Actor, now, audit.AutomaticDropped, audit.KindPolicy, string(id), before.DisplayName)
			if err := tx.Note(ctx, why); err != nil {
				return err
			}
			return tx.PutRollout(ctx, s.Drop(now))
		}
		earlier, err := inForce(ctx, tx, s)
		if err != nil {
			return err
		}
		after := before.Restored(earlier)
		after.Stamp = stampEdit(before.Stamp, who, now)
		why := e.record(ctx, who.Actor, now, audit.PolicyUpdated, audit.KindPolicy, string(id), before.DisplayName)
		why.Reason = "discardChange"
		return e.putPolicy(ctx, tx, before, after, versions(why, before.Version))
	})
}

// waiting reads a policy whose change waits for somebody who may decide on it.
func (e *Engine) waiting(ctx context.Context, tx store.Tx, who authz.Caller, id entitlement.PolicyID, check func(entitlement.PendingChange) error) (entitlement.Policy, entitlement.Rollout, error) {
	if err := e.everywhere(ctx, tx, who, authz.ConfirmAutomatic); err != nil {
		return entitlement.Policy{}, entitlement.Rollout{}, err
	}
	p, err := tx.Policy(ctx, id)
	if err != nil {
		return p, entitlement.Rollout{}, err
	}
	s, err := tx.TakeRollout(ctx, id)
	if err != nil {
		return p, s, err
	}
	c := s.Pending(e.settings.Guard)
	if err := c.CheckWaiting(); err != nil {
		return p, s, err
	}
	return p, s, check(c)
}
