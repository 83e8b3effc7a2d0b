package engine

import (
	"context"
	"slices"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// The touch functions leave behind, in the transaction that changes
// something, that automatic policies have to decide anew about a user. Where
// there are no such policies they cost one statement, which finds nothing.

// touchUser is for a user who is made, changed or deleted. A change of what no
// rule asks about leaves nothing behind.
func (e *Engine) touchUser(ctx context.Context, tx store.Tx, before, after directory.Object) error {
	if after.Kind != directory.KindUser {
		return nil
	}
	rollouts, err := tx.Rollouts(ctx)
	if err != nil {
		return err
	}
	return touchUserOf(ctx, tx, rollouts, before, after, e.clock.Now())
}

// touchUserOf is touchUser where the policies are known.
func touchUserOf(ctx context.Context, tx store.Tx, rollouts []entitlement.Rollout, before, after directory.Object, now time.Time) error {
	if after.Kind != directory.KindUser || len(rollouts) == 0 {
		return nil
	}
	changed := before.ID == "" || before.Active() != after.Active() || slices.ContainsFunc(rollouts, func(s entitlement.Rollout) bool {
		return directory.Differ(before, after, s.Reads)
	})
	if !changed {
		return nil
	}
	return tx.Touch(ctx, after.ID, now)
}

// touchMembers is for those who become members of a group, or no longer are.
func (e *Engine) touchMembers(ctx context.Context, tx store.Tx, links ...directory.Membership) error {
	links = slices.DeleteFunc(links, func(m directory.Membership) bool { return m.Relation != directory.MemberOf })
	if len(links) == 0 {
		return nil
	}
	rollouts, err := tx.Rollouts(ctx)
	if err != nil {
		return err
	}
	now := e.clock.Now()
	for _, m := range links {
		if !asksAbout(rollouts, m.Group) {
			continue
		}
		if err := tx.Touch(ctx, m.Member, now); err != nil {
			return err
		}
	}
	return nil
}

// asksAbout reports whether a rule asks who is in the group.
func asksAbout(rollouts []entitlement.Rollout, group directory.ObjectID) bool {
	return slices.ContainsFunc(rollouts, func(s entitlement.Rollout) bool { return slices.Contains(s.Groups, group) })
}

// touchMoved is for those whom a delivery has brought into groups that rules
// ask about, or taken out of them.
func (d *delivery) touchMoved() error {
	var moved []*held
	for _, h := range d.order {
		holds := h.grant.Status.Given() && h.grant.To.IsZero()
		if h.grant.OriginSystem == entitlement.OriginGroup && holds != h.before.Status.Given() {
			moved = append(moved, h)
		}
	}
	if len(moved) == 0 {
		return nil
	}
	rollouts, err := d.allRollouts()
	if err != nil {
		return err
	}
	for _, h := range moved {
		if !asksAbout(rollouts, directory.ObjectID(h.grant.OriginID)) {
			continue
		}
		if err := d.tx.Touch(d.ctx, h.grant.Subject, d.now); err != nil {
			return err
		}
	}
	return nil
}

// allRollouts reads the automatic policies, once.
func (d *delivery) allRollouts() ([]entitlement.Rollout, error) {
	if d.rollouts == nil {
		all, err := d.tx.Rollouts(d.ctx)
		if err != nil {
			return nil, err
		}
		d.rollouts = &all
	}
	return *d.rollouts, nil
}

// touchEnded is for those whose access to a package has ended, though a rule
// may give it. Where the rule itself ended it there is nothing to decide.
func (d *delivery) touchEnded(ended []entitlement.Assignment) error {
	ended = slices.DeleteFunc(slices.Clone(ended), func(a entitlement.Assignment) bool { return !a.GraceUntil.IsZero() })
	if len(ended) == 0 {
		return nil
	}
	rollouts, err := d.allRollouts()
	if err != nil {
		return err
	}
	for _, a := range ended {
		if !slices.ContainsFunc(rollouts, func(s entitlement.Rollout) bool { return s.Package == a.Package }) {
			continue
		}
		if err := d.tx.Touch(d.ctx, a.Target, d.now); err != nil {
			return err
		}
	}
	return nil
}
