package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// ResumeRequest takes the answer of a custom extension that a request waits
// for (requests.md section 12); what follows is done a moment later. Faults:
// Forbidden, NotFound for those who may see everything, Invalid
// ("RequestNotWaitingForCallback", "InvalidCallback", "InvalidCallbackState",
// "SubjectNotFound" and what else is wrong with a stage of approval).
func (e *Engine) ResumeRequest(ctx context.Context, who authz.Caller, id entitlement.RequestID, cb entitlement.Callback) error {
	return e.do(ctx, who, audit.RequestResumed, audit.KindRequest, string(id), func(tx store.Tx) error {
		req, err := e.reachRequest(ctx, tx, who, authz.ResumeRequest, id)
		if err != nil {
			return err
		}
		changes, err := req.Resume(cb, who.Actor, e.clock.Now())
		if err != nil {
			return err
		}
		if cb.Approval != nil {
			found, err := tx.ObjectsByID(ctx, cb.Approval.Subjects())
			if err != nil {
				return err
			}
			if err := cb.Approval.CheckSubjects(found); err != nil {
				return fault.Of(err).At("data/approvalStage")
			}
		}
		return e.commit(ctx, tx, changes...)
	})
}
