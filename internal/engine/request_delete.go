package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// DeleteRequest removes a completed request with its approval; its audit
// records and versions stay (requests.md section 14). Faults: Forbidden,
// NotFound for those who may see everything, Invalid ("RequestInUse") while
// it is open or while the assignment that it made has not ended.
func (e *Engine) DeleteRequest(ctx context.Context, who authz.Caller, id entitlement.RequestID, only ...func(entitlement.Request) error) error {
	return e.do(ctx, who, audit.RequestDeleted, audit.KindRequest, string(id), func(tx store.Tx) error {
		req, err := e.reachRequest(ctx, tx, who, authz.DeleteRequest, id)
		if err != nil {
			return err
		}
		if err := holds(req, only); err != nil {
			return err
		}
		left, err := remains(ctx, tx, req)
		if err != nil {
			return err
		}
		if err := req.CheckDelete(left); err != nil {
			return err
		}
		if err := e.deleteApproval(ctx, tx, who, req); err != nil {
			return err
		}
		why := e.record(ctx, who.Actor, e.clock.Now(), audit.RequestDeleted, audit.KindRequest, string(id), string(req.Kind))
		why.OnBehalf = req.Target
		return tx.DeleteRequest(ctx, id, gone(why, req.Version))
	})
}

// deleteApproval removes the approval of a request, if it had one.
func (e *Engine) deleteApproval(ctx context.Context, tx store.Tx, who authz.Caller, req entitlement.Request) error {
	a, err := tx.Approval(ctx, req.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	why := e.record(ctx, who.Actor, e.clock.Now(), audit.RequestDeleted, audit.KindApproval, string(a.ID), "approval")
	return tx.DeleteApproval(ctx, a.ID, gone(why, a.Version))
}
