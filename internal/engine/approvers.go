package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// pendingBatch is how many open approvals of one person are looked at at once.
const pendingBatch = 1000

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
	p := newPeople(r)
	var mine []entitlement.Approval
	var last entitlement.RequestID
	for {
		candidates, err := r.PendingFor(ctx, person, last, pendingBatch)
		if err != nil || len(candidates) == 0 {
			return mine, err
		}
		own, err := p.decidedBy(ctx, person, candidates)
		if err != nil {
			return nil, err
		}
		mine = append(mine, own...)
		if len(candidates) < pendingBatch {
			return mine, nil
		}
		last = candidates[len(candidates)-1].ID
	}
}

// decidedBy keeps those approvals whose stage in progress the person may
// decide.
func (p *people) decidedBy(ctx context.Context, person directory.ObjectID, candidates []entitlement.Approval) ([]entitlement.Approval, error) {
	requests, err := p.about(ctx, candidates)
	if err != nil {
		return nil, err
	}
	if err := p.expect(ctx, requests); err != nil {
		return nil, err
	}
	var own []entitlement.Approval
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
			own = append(own, a)
		}
	}
	return own, nil
}

// about returns the requests of approvals, and looks ahead for whoever is
// asked.
func (p *people) about(ctx context.Context, approvals []entitlement.Approval) (map[entitlement.RequestID]entitlement.Request, error) {
	ids := distinct(approvals, func(a *entitlement.Approval) entitlement.RequestID { return a.ID })
	requests, err := index(ctx, ids, p.r.Requests, func(q *entitlement.Request) entitlement.RequestID { return q.ID })
	if err != nil {
		return nil, err
	}
	var open []entitlement.StageSettings
	var targets []directory.ObjectID
	for _, a := range approvals {
		if at := a.Current(); at >= 0 {
			open, targets = append(open, a.Stages[at].Settings), append(targets, a.Target)
		}
	}
	return requests, p.lookAhead(ctx, open, targets)
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
