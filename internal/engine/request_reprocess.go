package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// ReprocessRequest has the delivery of a request that failed, wholly or in
// part, tried again; only what is missing is given (requests.md section 11).
// Faults: Forbidden, NotFound for those who may see everything, Invalid
// ("RequestNotReprocessable", "ExistingOpenRequest").
func (e *Engine) ReprocessRequest(ctx context.Context, who authz.Caller, id entitlement.RequestID) error {
	return e.do(ctx, who, audit.RequestReprocessed, audit.KindRequest, string(id), func(tx store.Tx) error {
		req, err := e.reachRequest(ctx, tx, who, authz.ReprocessRequest, id)
		if err != nil {
			return err
		}
		left, err := remains(ctx, tx, req)
		if err != nil {
			return err
		}
		change, err := req.Reprocess(left, who.Actor, e.clock.Now())
		if err != nil {
			return err
		}
		return e.commit(ctx, tx, change)
	})
}

// remains reads what a request left behind.
func remains(ctx context.Context, r store.Reader, req entitlement.Request) (entitlement.Remains, error) {
	standing, err := r.Standing(ctx, req.Target, req.Package)
	if err != nil {
		return entitlement.Remains{}, err
	}
	a, err := r.Assignment(ctx, req.Assignment)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return entitlement.Remains{}, err
	}
	return entitlement.Remains{Assignment: a, Open: standing.Open, Active: standing.Active}, nil
}
