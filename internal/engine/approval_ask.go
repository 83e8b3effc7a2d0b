package engine

import (
	"context"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// askApprovals begins the first stage of each request, as its policy was when
// the request was made.
func (e *Engine) askApprovals(ctx context.Context, tx store.Tx, calls *calling, asking []entitlement.Request, now time.Time) error {
	if len(asking) == 0 {
		return nil
	}
	stages := make([][]entitlement.StageSettings, len(asking))
	var first []entitlement.StageSettings
	for i, r := range asking {
		policy, err := tx.PolicyAt(ctx, r.Policy, r.PolicyVersion)
		if err != nil {
			return err
		}
		stages[i] = r.ApprovalStages(policy)
		first = append(first, stages[i][0])
	}
	p := newPeople(tx)
	if err := p.lookAhead(ctx, first, distinct(asking, func(r *entitlement.Request) directory.ObjectID { return r.Target })); err != nil {
		return err
	}
	for i, r := range asking {
		a := entitlement.NewApproval(r, stages[i], e.newID, now)
		c, ok := r.Ask(a, now)
		if !ok {
			continue
		}
		g, err := e.settleStage(ctx, tx, p, progress{a, []entitlement.Change{calls.tell(c)}}, now)
		if err != nil {
			return err
		}
		if err := e.putProgress(ctx, tx, g, entitlement.System, audit.RequestUpdated, now); err != nil {
			return err
		}
	}
	return nil
}

// runClocks escalates or times out the stages whose clock has run down.
func (e *Engine) runClocks(ctx context.Context, tx store.Tx, pending []entitlement.Request, now time.Time) error {
	if len(pending) == 0 {
		return nil
	}
	approvals, err := tx.ApprovalsByID(ctx, distinct(pending, func(r *entitlement.Request) entitlement.RequestID { return r.ID }))
	if err != nil {
		return err
	}
	p := newPeople(tx)
	if err := p.lookAhead(ctx, inProgress(approvals), distinct(pending, func(r *entitlement.Request) directory.ObjectID { return r.Target })); err != nil {
		return err
	}
	for _, r := range pending {
		run := entitlement.Approval.TimeOut
		if !r.EscalateAt.IsZero() && !r.EscalateAt.After(now) {
			run = entitlement.Approval.Escalate
		}
		after, c, ok := run(approvals[r.ID], r, now)
		if !ok {
			continue
		}
		if at := after.Current(); at >= 0 {
			some, err := p.decidable(ctx, after.Stages[at], c.After)
			if err != nil {
				return err
			}
			if !some {
				if err := e.deadEnd(ctx, tx, after, c.After, now); err != nil {
					return err
				}
			}
		}
		if err := e.putProgress(ctx, tx, progress{after, []entitlement.Change{c}}, entitlement.System, requestActions[c.Event], now); err != nil {
			return err
		}
	}
	return nil
}

// inProgress returns what is set for the stages that are in progress.
func inProgress(approvals map[entitlement.RequestID]entitlement.Approval) []entitlement.StageSettings {
	var settings []entitlement.StageSettings
	for _, a := range approvals {
		if at := a.Current(); at >= 0 {
			settings = append(settings, a.Stages[at].Settings)
		}
	}
	return settings
}
