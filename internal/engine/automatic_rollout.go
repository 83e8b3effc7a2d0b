package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

const (
	planBatch = 500  // users looked at, and lines of a plan written, in one transaction
	dropBatch = 1000 // lines of old plans removed in one transaction
)

// workRollout takes one rollout that is due a batch further: it drops old
// plans, plans, or carries out up to limit lines of the plan. It returns how
// many lines it carried out, and whether it did anything.
func (e *Engine) workRollout(ctx context.Context, tenant directory.TenantID, now time.Time, limit int) (n int, ran bool, err error) {
	err = e.store.Write(ctx, tenant, store.Sweep, func(tx store.Tx) error {
		n = 0
		due, err := tx.DueRollouts(ctx, now, 1)
		ran = len(due) > 0
		if err != nil || !ran {
			return err
		}
		s := due[0]
		switch s.Phase {
		case entitlement.RolloutIdle:
			return tx.PutRollout(ctx, s.Start(now))
		case entitlement.RolloutClearing:
			return e.clearPlans(ctx, tx, s, now)
		case entitlement.RolloutPlanning:
			return e.plan(ctx, tx, s, now)
		case entitlement.RolloutWorking:
			n, err = e.workPlan(ctx, tx, s, now, limit)
			return err
		}
		panic("engine: a rollout is due that is " + string(s.Phase))
	})
	return n, ran, err
}

func (e *Engine) clearPlans(ctx context.Context, tx store.Tx, s entitlement.Rollout, now time.Time) error {
	dropped, err := tx.DropPlans(ctx, s.Policy, s.Plan, dropBatch)
	if err != nil {
		return err
	}
	s.DueAt = now
	if dropped < dropBatch {
		s = s.Cleared(now)
	}
	return tx.PutRollout(ctx, s)
}

// plan adds a batch to the plan of a rollout. At the end the plan is carried
// out, or held back if it touches too many.
func (e *Engine) plan(ctx context.Context, tx store.Tx, s entitlement.Rollout, now time.Time) error {
	lines, ended := []entitlement.Planned(nil), false
	var err error
	if s.End {
		lines, ended, err = planEnd(ctx, tx, &s)
	} else {
		lines, ended, err = planWanted(ctx, tx, &s, now)
	}
	if err != nil {
		return err
	}
	for _, l := range lines {
		switch l.Kind {
		case entitlement.PlanAdd:
			s.Adds++
		case entitlement.PlanRemove:
			s.Removes++
		}
	}
	if err := tx.Plan(ctx, s.Policy, s.Plan, lines); err != nil {
		return err
	}
	s.DueAt = now
	if !ended {
		return tx.PutRollout(ctx, s)
	}
	return e.planned(ctx, tx, s, now)
}

// planWanted looks at users in the order of their ids.
func planWanted(ctx context.Context, tx store.Tx, s *entitlement.Rollout, now time.Time) (lines []entitlement.Planned, ended bool, err error) {
	a, err := loadAutomatics(ctx, tx, s.Package)
	if err != nil {
		return nil, false, err
	}
	policies := a.inForce[s.Package]
	for _, p := range a.pending {
		if p.rollout.Policy == s.Policy {
			policies = a.with(p.wanted)
		}
	}
	users, err := tx.UsersAfter(ctx, directory.ObjectID(s.Cursor), planBatch)
	if err != nil || len(users) == 0 {
		return nil, true, err
	}
	ids, objects := make([]directory.ObjectID, len(users)), make(map[directory.ObjectID]directory.Object, len(users))
	for i, o := range users {
		ids[i], objects[o.ID] = o.ID, o
		if !o.Deleted() {
			s.Users++
		}
	}
	c, err := gatherCrowd(ctx, tx, a, ids, objects)
	if err != nil {
		return nil, false, err
	}
	for _, id := range ids {
		if kind, ok := entitlement.PlanFor(c.facts(id, s.Package, policies, now).Decide()); ok {
			lines = append(lines, entitlement.Planned{User: id, Kind: kind})
		}
	}
	s.Cursor = string(ids[len(ids)-1])
	return lines, len(users) < planBatch, nil
}

// planEnd looks at what the policy has given, state by state.
func planEnd(ctx context.Context, tx store.Tx, s *entitlement.Rollout) (lines []entitlement.Planned, ended bool, err error) {
	state, after, _ := strings.Cut(s.Cursor, "/")
	began := state == ""
	for _, in := range inStates {
		if began = began || string(in) == state; !began {
			continue
		}
		from := entitlement.AssignmentID("")
		if string(in) == state {
			from = entitlement.AssignmentID(after)
		}
		given, err := tx.AutomaticAssignments(ctx, s.Policy, in, from, planBatch)
		if err != nil {
			return nil, false, err
		}
		for _, a := range given {
			lines = append(lines, entitlement.Planned{User: a.Target, Kind: entitlement.PlanRemove})
		}
		if len(given) > 0 {
			s.Cursor = string(in) + "/" + string(given[len(given)-1].ID)
			return lines, false, nil
		}
	}
	return nil, true, nil
}

// planned decides what becomes of a plan that is complete. The end of what a
// policy gave that was deleted is not held back: nobody could confirm it.
func (e *Engine) planned(ctx context.Context, tx store.Tx, s entitlement.Rollout, now time.Time) error {
	if s.End && e.settings.Guard.Share > 0 && s.Removes > int64(e.settings.Guard.Minimum) {
		var err error
		if s.Users, err = tx.CountUsers(ctx); err != nil {
			return err
		}
	}
	if !e.settings.Guard.Holds(s) {
		return tx.PutRollout(ctx, s.Go(now))
	}
	p, err := tx.Policy(ctx, s.Policy)
	if fault.Is(err, fault.NotFound) {
		return tx.PutRollout(ctx, s.Go(now))
	}
	if err != nil {
		return err
	}
	why := e.record(ctx, entitlement.System, now, audit.AutomaticHeld, audit.KindPolicy, string(p.ID), p.DisplayName)
	why.Result, why.Reason = audit.Failure, "automatic.guardShare"
	if err := tx.Note(ctx, why); err != nil {
		return err
	}
	return tx.PutRollout(ctx, s.Hold())
}

// workPlan carries out lines of a plan. Everybody is looked at anew: much may
// have happened since the plan was made.
func (e *Engine) workPlan(ctx context.Context, tx store.Tx, s entitlement.Rollout, now time.Time, limit int) (int, error) {
	lines, err := tx.Planned(ctx, s.Policy, s.Plan, "", directory.ObjectID(s.Cursor), limit)
	if err != nil {
		return 0, err
	}
	s.DueAt = now
	if len(lines) == 0 {
		if s.Cursor != "" { // lines may have come behind it
			s.Cursor = ""
			return 0, tx.PutRollout(ctx, s)
		}
		return 0, e.worked(ctx, tx, s, now)
	}
	ids := distinct(lines, func(l *entitlement.Planned) directory.ObjectID { return l.User })
	a, err := loadAutomatics(ctx, tx, s.Package)
	if err != nil {
		return 0, err
	}
	objects, err := tx.ObjectsByID(ctx, ids)
	if err != nil {
		return 0, err
	}
	c, err := gatherCrowd(ctx, tx, a, ids, objects)
	if err != nil {
		return 0, err
	}
	known, err := tx.TouchedByID(ctx, ids)
	if err != nil {
		return 0, err
	}
	w := e.newAutomaticWork(ctx, tx, now)
	for _, id := range ids {
		w.take(id, s.Package, c.facts(id, s.Package, a.inForce[s.Package], now).Decide())
	}
	if err := w.carryOut(known); err != nil {
		return 0, err
	}
	if err := w.block(known); err != nil {
		return 0, err
	}
	if err := tx.Unplan(ctx, s.Policy, s.Plan, ids); err != nil {
		return 0, err
	}
	s.Cursor = string(ids[len(ids)-1])
	return len(ids), tx.PutRollout(ctx, s)
}

// block remembers whom something kept from the package of a rollout, beside
// what is known of them.
func (w *automaticWork) block(known map[directory.ObjectID]entitlement.Touched) error {
	for id, packages := range w.blocked {
		t, ok := known[id]
		if !ok || t.DueAt.After(w.now) {
			t.User, t.DueAt = id, w.now.Add(entitlement.LookAtBlocked)
		}
		for _, pkg := range packages {
			if !t.IsBlocked(pkg) {
				t.Blocked = append(t.Blocked, pkg)
			}
		}
		if err := w.tx.PutTouched(w.ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// worked ends a rollout whose plan is carried out.
func (e *Engine) worked(ctx context.Context, tx store.Tx, s entitlement.Rollout, now time.Time) error {
	if s.Ended {
		return tx.DeleteRollout(ctx, s.Policy)
	}
	p, err := inForce(ctx, tx, s)
	if err != nil {
		return err
	}
	return tx.PutRollout(ctx, s.Knows(entitlement.ReadAutomatic(p)).Done(now))
}

// outdatedAdds finds the requests of automatic policies that have been changed
// or have ended since they were made. They are not carried out, and their
// targets are looked at anew.
func outdatedAdds(ctx context.Context, tx store.Tx, requests []entitlement.Request, now time.Time) (map[entitlement.RequestID]bool, error) {
	outdated := map[entitlement.RequestID]bool{}
	adds := slices.DeleteFunc(slices.Clone(requests), func(r entitlement.Request) bool {
		return r.Kind != entitlement.SystemAdd || r.Status == entitlement.Delivering
	})
	if len(adds) == 0 {
		return outdated, nil
	}
	rollouts, err := tx.Rollouts(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range adds {
		current := slices.ContainsFunc(rollouts, func(s entitlement.Rollout) bool {
			return s.Policy == r.Policy && s.InForce == r.PolicyVersion && !s.Ended
		})
		if current {
			continue
		}
		outdated[r.ID] = true
		if err := tx.Touch(ctx, r.Target, now); err != nil {
			return nil, err
		}
	}
	return outdated, nil
}
