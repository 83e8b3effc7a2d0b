package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// DecideApproval records what an approver decided in a stage (approvals.md
// section 3). Exactly one decision counts; the first wins. Faults: Forbidden
// for those who are not asked, NotFound for an unknown approval or stage,
// Conflict if the stage is not open, Invalid if a justification is missing or
// if approving would combine incompatible access.
func (e *Engine) DecideApproval(ctx context.Context, who authz.Caller, id entitlement.RequestID, d entitlement.Decision) error {
	action := audit.RequestApproved
	if !d.Approve {
		action = audit.RequestDenied
	}
	return e.guarded(ctx, who, action, audit.KindRequest, string(id), func() error {
		return e.store.Write(ctx, who.Tenant, store.People, func(tx store.Tx) error {
			if err := authz.Token(who, authz.DecideApproval); err != nil {
				return err
			}
			approval, err := tx.Approval(ctx, id)
			if err != nil {
				return err
			}
			req, err := tx.Request(ctx, id)
			if err != nil {
				return err
			}
			p := newPeople(tx)
			if err := mayDecide(ctx, p, who, approval, req, d.Stage); err != nil {
				return err
			}
			decided, change, err := approval.Decide(req, d, who.Actor, e.clock.Now())
			if err != nil {
				return err
			}
			at := approval.Current()
			if decided.Stages[at].Asked, err = p.asked(ctx, approval.Stages[at], req); err != nil {
				return err
			}
			if d.Approve {
				if err := e.checkStillCompatible(ctx, tx, req, change.At); err != nil {
					return err
				}
			}
			g, err := e.settleStage(ctx, tx, p, progress{decided, []entitlement.Change{change}}, change.At)
			if err != nil {
				return err
			}
			return e.putProgress(ctx, tx, g, who.Actor, action, change.At)
		})
	})
}

// mayDecide lets those decide who are asked in the stage. For a stage that
// is closed it asks whether they would have been, so that they learn that
// somebody was faster and strangers learn nothing.
func mayDecide(ctx context.Context, p *people, who authz.Caller, a entitlement.Approval, req entitlement.Request, stage entitlement.StageID) error {
	for _, s := range a.Stages {
		if s.ID != stage {
			continue
		}
		s.Status = entitlement.StageInProgress
		ok, err := p.approves(ctx, who.ID(), s, req)
		if err != nil {
			return err
		}
		if ok {
			return nil
		}
		return authz.Denied(authz.DecideApproval, "the caller is not an approver of this stage, or the request is about the caller; those who are asked in it can decide")
	}
	if ok, err := asked(ctx, p, who, a, req); ok || err != nil {
		if err == nil {
			err = fault.New(fault.NotFound, "ResourceNotFound", "The approval has no stage %s. Read the approval to see those that it has.", stage)
		}
		return err
	}
	return authz.Denied(authz.DecideApproval, "the caller is not an approver of this request; those who are asked can decide")
}

// asked reports whether the caller is, was or will be an approver in any
// stage.
func asked(ctx context.Context, p *people, who authz.Caller, a entitlement.Approval, req entitlement.Request) (bool, error) {
	if slices.Contains(a.Asked(), who.ID()) && !slices.Contains(barred(req), who.ID()) {
		return true, nil // under another manager perhaps, but asked then
	}
	for _, s := range a.Stages {
		s.Status = entitlement.StageInProgress
		if ok, err := p.approves(ctx, who.ID(), s, req); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}
