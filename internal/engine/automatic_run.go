package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// mostChanges is how many assignments one transaction gives or ends by rule:
// short enough to let people in between.
const mostChanges = 200

// RunAutomatic takes what is due of automatic assignment in a tenant one batch
// further: users who have changed, up to limit, and one policy that rolls out.
// It returns how many users and lines of plans it has dealt with, and whether
// it did anything. Where nothing is due it costs one read.
func (e *Engine) RunAutomatic(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (n int, ran bool, err error) {
	due, err := read(ctx, e, tenant, func(r store.Reader) (bool, error) { return r.AutomaticDue(ctx, now) })
	if err != nil || !due {
		return 0, false, err
	}
	if n, err = e.decideTouched(ctx, tenant, now, limit); err != nil {
		return n, true, err
	}
	lines, ran, err := e.workRollout(ctx, tenant, now, limit)
	return n + lines, ran || n > 0, err
}

// decideTouched applies the policies in force to users who have changed. What
// a policy wants that is not in force yet goes into its plan.
func (e *Engine) decideTouched(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (n int, err error) {
	err = e.store.Write(ctx, tenant, store.Sweep, func(tx store.Tx) error {
		n = 0
		due, err := tx.DueTouched(ctx, now, limit)
		if err != nil || len(due) == 0 {
			return err
		}
		a, err := loadAutomatics(ctx, tx, "")
		if err != nil {
			return err
		}
		crowd := e.newCrowdGuard(ctx, tx, now)
		suspect, err := crowd.suspects(int64(len(due)), len(due) < limit)
		if err != nil || suspect {
			return err // everything stays due; the plans come first
		}
		ids, known := make([]directory.ObjectID, len(due)), map[directory.ObjectID]entitlement.Touched{}
		for i, t := range due {
			ids[i], known[t.User] = t.User, t
		}
		objects, err := tx.ObjectsByID(ctx, ids)
		if err != nil {
			return err
		}
		c, err := gatherCrowd(ctx, tx, a, ids, objects)
		if err != nil {
			return err
		}
		w := e.newAutomaticWork(ctx, tx, now)
		plans := make([][]entitlement.Planned, len(a.pending))
		for _, id := range ids {
			if crowd.size >= mostChanges {
				break // the rest stays due
			}
			n++
			for _, pkg := range a.packages() {
				if !a.waitsForPeople(pkg) {
					crowd.take(id, pkg, c.facts(id, pkg, a.inForce[pkg], now).Decide())
				}
			}
			for i, p := range a.pending {
				pkg := p.rollout.Package
				kind, _ := entitlement.PlanFor(c.facts(id, pkg, a.with(p.wanted), now).Decide())
				plans[i] = append(plans[i], entitlement.Planned{User: id, Kind: kind})
			}
		}
		if err := crowd.pass(w); err != nil {
			return err
		}
		for i, p := range a.pending {
			if err := tx.Replan(ctx, p.rollout.Policy, p.rollout.Plan, plans[i]); err != nil {
				return err
			}
		}
		if err := w.carryOut(known); err != nil {
			return err
		}
		return w.untouch(ids[:n], known)
	})
	return n, err
}

// untouch forgets users who have been dealt with, save those whom something
// keeps from what they should have: they are looked at again later.
func (w *automaticWork) untouch(ids []directory.ObjectID, known map[directory.ObjectID]entitlement.Touched) error {
	var done []directory.ObjectID
	for _, id := range ids {
		blocked := w.blocked[id]
		if len(blocked) == 0 {
			if _, ok := known[id]; ok {
				done = append(done, id)
			}
			continue
		}
		t := entitlement.Touched{User: id, DueAt: w.now.Add(entitlement.LookAtBlocked), Blocked: blocked}
		if err := w.tx.PutTouched(w.ctx, t); err != nil {
			return err
		}
	}
	return w.tx.Untouch(w.ctx, done)
}
