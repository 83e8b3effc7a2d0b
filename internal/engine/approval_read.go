package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Approval returns the approval of a request: to approvers of any of its
// stages, to the target and the requestor, and to those who may read the
// requests of the catalog. A request that needed none has none: NotFound.
func (e *Engine) Approval(ctx context.Context, who authz.Caller, id entitlement.RequestID) (entitlement.ApprovalView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.ApprovalView, error) {
		a, err := r.Approval(ctx, id)
		if fault.Is(err, fault.NotFound) {
			return entitlement.ApprovalView{}, e.noApproval(ctx, r, who, id, err)
		}
		if err != nil {
			return entitlement.ApprovalView{}, err
		}
		req, err := r.Request(ctx, id)
		if err != nil {
			return entitlement.ApprovalView{}, err
		}
		p := newPeople(r)
		if err := e.mayReadApproval(ctx, r, p, who, a, req); err != nil {
			return entitlement.ApprovalView{}, err
		}
		views, err := approvalViews(ctx, r, p, who.ID(), []entitlement.Approval{a})
		if err != nil {
			return entitlement.ApprovalView{}, err
		}
		return views[0], nil
	})
}

// noApproval answers for a request without an approval as for the request
// itself.
func (e *Engine) noApproval(ctx context.Context, r store.Reader, who authz.Caller, id entitlement.RequestID, missing error) error {
	req, err := r.Request(ctx, id)
	if err := e.mayReadRequest(ctx, r, who, req, err); err != nil {
		return err
	}
	return missing
}

func (e *Engine) mayReadApproval(ctx context.Context, r store.Reader, p *people, who authz.Caller, a entitlement.Approval, req entitlement.Request) error {
	if authz.Token(who, authz.ReadOwnRequests) == nil {
		if req.Target == who.ID() || req.Requestor == who.ID() {
			return nil
		}
		if ok, err := asked(ctx, p, who, a, req); ok || err != nil {
			return err
		}
	}
	reach, err := e.reach(ctx, r, who, authz.ReadRequests)
	if err != nil {
		return err
	}
	return reach.Check(req.Catalog)
}

// Approvals lists the approvals of the catalogs whose requests the caller
// may read.
func (e *Engine) Approvals(ctx context.Context, who authz.Caller, q query.List) (query.Page[entitlement.ApprovalView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.ApprovalView], error) {
		reach, err := e.listReach(ctx, r, who, authz.ReadRequests)
		if err != nil {
			return query.Page[entitlement.ApprovalView]{}, err
		}
		return listApprovals(ctx, r, who.ID(), q, reach.Narrow("catalog"))
	})
}

// MyApprovals lists approvals that concern the caller: those that wait for
// the caller's decision ("approver"), or those of requests about the caller
// ("target") or sent by the caller ("createdBy").
func (e *Engine) MyApprovals(ctx context.Context, who authz.Caller, on string, q query.List) (query.Page[entitlement.ApprovalView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.ApprovalView], error) {
		none := query.Page[entitlement.ApprovalView]{}
		if err := authz.Token(who, authz.ReadOwnRequests); err != nil {
			return none, err
		}
		var where query.Expr
		switch on {
		case "approver":
			var err error
			if where, err = e.awaiting(ctx, r, who.ID()); err != nil {
				return none, err
			}
		case "target":
			where = query.Compare{Field: "target", Value: string(who.ID())}
		case "createdBy":
			page, err := r.Requests(ctx, query.List{Where: query.Compare{Field: "createdBy", Value: string(who.ID())}, Limit: pendingLimit})
			if err != nil {
				return none, err
			}
			where = byIDs(distinct(page.Rows, func(q *entitlement.Request) entitlement.RequestID { return q.ID })).Where
		default:
			return none, unknownOn(on, "approver, target, createdBy")
		}
		return listApprovals(ctx, r, who.ID(), q, where)
	})
}

func listApprovals(ctx context.Context, r store.Reader, me directory.ObjectID, q query.List, limit query.Expr) (query.Page[entitlement.ApprovalView], error) {
	q.Where = query.AllOf(q.Where, limit)
	page, err := r.Approvals(ctx, q)
	if err != nil {
		return query.Page[entitlement.ApprovalView]{}, err
	}
	views, err := approvalViews(ctx, r, newPeople(r), me, page.Rows)
	return query.Page[entitlement.ApprovalView]{Rows: views, Next: page.Next, Count: page.Count}, err
}

// approvalViews adds what depends on the reader, and the people who decided.
func approvalViews(ctx context.Context, r store.Reader, p *people, me directory.ObjectID, approvals []entitlement.Approval) ([]entitlement.ApprovalView, error) {
	ids := distinct(approvals, func(a *entitlement.Approval) entitlement.RequestID { return a.ID })
	requests, err := index(ctx, ids, r.Requests, func(q *entitlement.Request) entitlement.RequestID { return q.ID })
	if err != nil {
		return nil, err
	}
	var reviewers []directory.ObjectID
	for _, a := range approvals {
		for _, s := range a.Stages {
			if s.ReviewedBy.ID != "" && !slices.Contains(reviewers, s.ReviewedBy.ID) {
				reviewers = append(reviewers, s.ReviewedBy.ID)
			}
		}
	}
	known, err := r.ObjectsByID(ctx, reviewers)
	if err != nil {
		return nil, err
	}
	views := make([]entitlement.ApprovalView, len(approvals))
	for i, a := range approvals {
		views[i] = entitlement.ApprovalView{Approval: a, AssignedToMe: make([]bool, len(a.Stages)), Reviewers: make([]directory.Object, len(a.Stages))}
		for j, s := range a.Stages {
			if views[i].AssignedToMe[j], err = p.approves(ctx, me, s, requests[a.ID]); err != nil {
				return nil, err
			}
			if s.ReviewedBy.ID != "" {
				views[i].Reviewers[j] = reviewer(known, s.ReviewedBy)
			}
		}
	}
	return views, nil
}

// reviewer is who decided a stage; people who are gone since are shown as
// they were named then.
func reviewer(known map[directory.ObjectID]directory.Object, by entitlement.Actor) directory.Object {
	if o, ok := known[by.ID]; ok {
		return o
	}
	return directory.Object{ID: by.ID, Kind: directory.KindUser, DisplayName: by.Name, PrincipalName: by.Name}
}
