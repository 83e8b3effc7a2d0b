package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// pendingLimit is the most open approvals of one person that are looked at.
const pendingLimit = 1000

// isApprover reports whether the person may decide the request now.
func (e *Engine) isApprover(ctx context.Context, r store.Reader, person directory.ObjectID, req entitlement.Request) (bool, error) {
	if req.Status != entitlement.PendingApproval && req.Status != entitlement.PendingApprovalEscalated {
		return false, nil
	}
	a, err := r.Approval(ctx, req.ID)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		return false, err
	}
	at := a.Current()
	if at < 0 {
		return false, nil
	}
	return newPeople(r).approves(ctx, person, a.Stages[at], req)
}

// pendingFor returns the approvals that wait for the person's decision, with
// their requests.
func (e *Engine) pendingFor(ctx context.Context, r store.Reader, person directory.ObjectID) ([]entitlement.Approval, error) {
	candidates, err := r.PendingFor(ctx, person, "", pendingLimit)
	if err != nil || len(candidates) == 0 {
		return nil, err
	}
	ids := distinct(candidates, func(a *entitlement.Approval) entitlement.RequestID { return a.ID })
	requests, err := index(ctx, ids, r.Requests, func(q *entitlement.Request) entitlement.RequestID { return q.ID })
	if err != nil {
		return nil, err
	}
	p := newPeople(r)
	var mine []entitlement.Approval
	for _, a := range candidates {
		at := a.Current()
		if at < 0 {
			continue
		}
		ok, err := p.approves(ctx, person, a.Stages[at], requests[a.ID])
		if err != nil {
			return nil, err
		}
		if ok {
			mine = append(mine, a)
		}
	}
	return mine, nil
}

// awaiting is the condition on requests that the person may decide now.
func (e *Engine) awaiting(ctx context.Context, r store.Reader, person directory.ObjectID) (query.Expr, error) {
	mine, err := e.pendingFor(ctx, r, person)
	if err != nil {
		return nil, err
	}
	in := query.In{Field: "id"}
	for _, a := range mine {
		in.Values = append(in.Values, string(a.ID))
	}
	return in, nil
}
