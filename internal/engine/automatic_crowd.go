package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// crowdGuard watches what rules do because people change. An import that goes
// wrong moves a whole company while every rule stands: then a plan is made of
// what the rules would do, which waits for somebody like that of a new rule.
//
// Use: suspects, then take for each user and package, then pass.
type crowdGuard struct {
	e     *Engine
	ctx   context.Context
	tx    store.Tx
	now   time.Time
	steps []crowdStep
	size  int // changes among the steps
}

// crowdStep is what rules do about a user and a package.
type crowdStep struct {
	user directory.ObjectID
	pkg  entitlement.PackageID
	step entitlement.AutomaticStep
}

func (e *Engine) newCrowdGuard(ctx context.Context, tx store.Tx, now time.Time) *crowdGuard {
	return &crowdGuard{e: e, ctx: ctx, tx: tx, now: now}
}

// waitsForPeople reports whether rules do nothing about people who change for
// as long as there is no word on those who have.
func (a automatics) waitsForPeople(pkg entitlement.PackageID) bool {
	return slices.ContainsFunc(a.pending, func(p pendingRollout) bool { return p.rollout.People && p.rollout.Package == pkg })
}

// suspects looks at how many people are due at once: due of them were read, and
// there may be more unless that was all. Beyond the limit it has plans made
// before anything is done; ok is true if there are such plans to make.
func (g *crowdGuard) suspects(due int64, all bool) (ok bool, err error) {
	guard := g.e.settings.Guard
	if guard.Share <= 0 || all && due <= int64(guard.Minimum) {
		return false, nil
	}
	users, err := g.tx.CountUsers(g.ctx)
	if err != nil {
		return false, err
	}
	limit := guard.Limit(users)
	if n, err := g.tx.CountTouched(g.ctx, g.now, limit+1); err != nil || n <= limit {
		return false, err
	}
	rollouts, err := g.tx.Rollouts(g.ctx)
	if err != nil {
		return false, err
	}
	for _, s := range rollouts {
		if s.People || s.Ended || s.Phase == entitlement.RolloutWorking {
			continue
		}
		if s, err = g.tx.TakeRollout(g.ctx, s.Policy); err != nil {
			return false, err
		}
		if err := g.tx.PutRollout(g.ctx, s.Suspect(g.now)); err != nil {
			return false, err
		}
		ok = true
	}
	return ok, nil
}

// take notes what rules do about a user and a package.
func (g *crowdGuard) take(user directory.ObjectID, pkg entitlement.PackageID, s entitlement.AutomaticStep) {
	if s.Idle() {
		return
	}
	g.steps = append(g.steps, crowdStep{user, pkg, s})
	g.size += len(s.Changes)
	if s.Add != nil {
		g.size++
	}
}

// pass hands on what was noted, save for packages with a policy that has done
// too much by now.
func (g *crowdGuard) pass(w *automaticWork) error {
	held, err := g.held()
	if err != nil {
		return err
	}
	for _, s := range g.steps {
		if !held[s.pkg] {
			w.take(s.user, s.pkg, s.step)
		}
	}
	return nil
}

// held adds up what each policy does, and begins a plan for those that do too
// much. It returns their packages.
func (g *crowdGuard) held() (map[entitlement.PackageID]bool, error) {
	held := map[entitlement.PackageID]bool{}
	if g.e.settings.Guard.Share <= 0 {
		return held, nil
	}
	adds, removes := map[entitlement.PolicyID]int64{}, map[entitlement.PolicyID]int64{}
	for _, s := range g.steps {
		if s.step.Add != nil {
			adds[s.step.Add.ID]++
		}
		for _, c := range s.step.Changes {
			if c.Event == entitlement.Left {
				removes[c.Before.Policy]++
			}
		}
	}
	ids := slices.Compact(slices.Sorted(maps.Keys(adds)))
	ids = slices.Concat(ids, slices.DeleteFunc(slices.Sorted(maps.Keys(removes)), func(id entitlement.PolicyID) bool { return adds[id] > 0 }))
	slices.Sort(ids)
	for _, id := range ids {
		s, err := g.tx.TakeRollout(g.ctx, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		next := s.Follow(adds[id], removes[id], g.now)
		may, err := g.follows(next)
		if err != nil {
			return nil, err
		}
		if !may && !s.Ended && s.Phase != entitlement.RolloutWorking {
			next = s.Suspect(g.now)
			held[s.Package] = true
		}
		if err := g.tx.PutRollout(g.ctx, next); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// follows asks the guard. So few that they never need a confirmation cost no
// count of the users.
func (g *crowdGuard) follows(s entitlement.Rollout) (bool, error) {
	guard := g.e.settings.Guard
	if max(s.SinceAdds, s.SinceRemoves) <= int64(guard.Minimum) {
		return true, nil
	}
	users, err := g.tx.CountUsers(g.ctx)
	return guard.Follows(s, users), err
}
