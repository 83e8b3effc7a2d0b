package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// CancelRequest withdraws a request (requests.md section 10). declared says
// that the caller sent the documented body, which people who are not
// administrators must if the deployment is strict. Faults: Forbidden,
// NotFound for those who may see everything, Invalid
// ("RequestNotCancelable") once delivery has started.
func (e *Engine) CancelRequest(ctx context.Context, who authz.Caller, id entitlement.RequestID, declared bool) error {
	return e.guarded(ctx, who, audit.RequestCanceled, audit.KindRequest, string(id), func() error {
		return e.store.Write(ctx, who.Tenant, store.People, func(tx store.Tx) error {
			req, err := tx.Request(ctx, id)
			if err := e.mayCancel(ctx, tx, who, req, err, declared); err != nil {
				return err
			}
			cancel := req.Cancel
			if e.settings.CancelAllowWaiting {
				cancel = req.CancelWaiting
			}
			change, err := cancel(who.Actor, e.clock.Now())
			if err != nil {
				return err
			}
			return e.commit(ctx, tx, change)
		})
	})
}

// mayCancel decides without looking at the state, so that a refusal tells
// nothing; missing is the error of reading the request.
func (e *Engine) mayCancel(ctx context.Context, r store.Reader, who authz.Caller, req entitlement.Request, missing error, declared bool) error {
	if missing != nil && !fault.Is(missing, fault.NotFound) {
		return missing
	}
	own := missing == nil && !who.AppOnly() && req.Kind.ByPeople() && (req.Target == who.ID() || req.Requestor == who.ID())
	if own && authz.Token(who, authz.CancelOwnRequest) == nil {
		if e.settings.CancelStrictBody && !declared {
			return e.strictBody(ctx, r, who, req)
		}
		return nil
	}
	reach, err := e.cancelReach(ctx, r, who)
	if err != nil {
		return err
	}
	if missing != nil {
		return reach.Missing(missing)
	}
	return reach.Check(req.Catalog)
}

func (e *Engine) cancelReach(ctx context.Context, r store.Reader, who authz.Caller) (authz.Reach, error) {
	if who.AppOnly() && e.settings.CancelAllowAppPermission && who.Has(authz.ReadWriteAll) {
		return authz.ReachOf(who, nil, authz.MakeAdminRequest)
	}
	return e.reach(ctx, r, who, authz.CancelAnyRequest)
}

// strictBody lets administrators cancel their own requests without the body
// that everybody else has to send in a strict deployment.
func (e *Engine) strictBody(ctx context.Context, r store.Reader, who authz.Caller, req entitlement.Request) error {
	if reach, err := e.cancelReach(ctx, r, who); err == nil && reach.Covers(req.Catalog) {
		return nil
	}
	return fault.New(fault.Invalid, "InvalidModel",
		`This server wants the documented body to cancel one's own request: {"id": "%s", "requestStatus": "cancelled"}.`, req.ID).At("requestStatus")
}
