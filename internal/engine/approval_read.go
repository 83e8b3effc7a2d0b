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
		views, err := e.approvalViews(ctx, p, who, []entitlement.Approval{a})
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
		return e.listApprovals(ctx, newPeople(r), who, q, reach.Narrow("catalog"))
	})
}

// MyApprovals lists approvals that concern the caller: those that wait for
// the caller's decision, and closed ones that were decided by anybody when
// the caller was asked too ("approver"), or those of requests about the caller ("target") or
// sent by the caller ("createdBy").
func (e *Engine) MyApprovals(ctx context.Context, who authz.Caller, on string, q query.List) (query.Page[entitlement.ApprovalView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.ApprovalView], error) {
		none := query.Page[entitlement.ApprovalView]{}
		if err := authz.Token(who, authz.ReadOwnRequests); err != nil {
			return none, err
		}
		p := newPeople(r)
		var where query.Expr
		switch on {
		case "approver":
			pending, err := e.awaiting(ctx, r, who.ID())
			if err != nil {
				return none, err
			}
			decided, err := p.wasAsked(ctx, who.ID())
			if err != nil {
				return none, err
			}
			where = query.Or{pending, decided}
		case "target", "createdBy":
			where = query.Compare{Field: on, Value: string(who.ID())}
		default:
			return none, unknownOn(on, "approver, target, createdBy")
		}
		return e.listApprovals(ctx, p, who, q, where)
	})
}

// wasAsked is the condition on approvals that they are closed and that a
// decided stage had asked the person, by name or through a group. Requests
// about oneself are left out.
func (p *people) wasAsked(ctx context.Context, person directory.ObjectID) (query.Expr, error) {
	groups, err := p.groupsOf(ctx, person)
	refs := []query.Value{string(person)}
	for _, g := range groups {
		refs = append(refs, string(g))
	}
	return query.And{
		query.Any{Collection: "asked", Where: query.In{Field: "ref", Values: refs}},
		query.Not{X: query.Any{Collection: "stages", Where: query.Compare{Field: "status", Value: string(entitlement.StageInProgress)}}},
		query.Compare{Field: "target", Op: query.Ne, Value: string(person)},
		query.Compare{Field: "requestor", Op: query.Ne, Value: string(person)},
	}, err
}

func (e *Engine) listApprovals(ctx context.Context, p *people, who authz.Caller, q query.List, limit query.Expr) (query.Page[entitlement.ApprovalView], error) {
	q.Where = query.AllOf(q.Where, limit)
	page, err := p.r.Approvals(ctx, q)
	if err != nil {
		return query.Page[entitlement.ApprovalView]{}, err
	}
	views, err := e.approvalViews(ctx, p, who, page.Rows)
	return query.Page[entitlement.ApprovalView]{Rows: views, Next: page.Next, Count: page.Count}, err
}

// approvalViews adds what depends on the reader, and the people who decided.
func (e *Engine) approvalViews(ctx context.Context, p *people, who authz.Caller, approvals []entitlement.Approval) ([]entitlement.ApprovalView, error) {
	requests, err := p.about(ctx, approvals)
	if err != nil {
		return nil, err
	}
	known, err := p.r.ObjectsByID(ctx, reviewersOf(approvals))
	if err != nil {
		return nil, err
	}
	views := make([]entitlement.ApprovalView, len(approvals))
	for i, a := range approvals {
		views[i] = entitlement.ApprovalView{Approval: a, AssignedToMe: make([]bool, len(a.Stages)), Reviewers: make([]directory.Object, len(a.Stages))}
		for j, s := range a.Stages {
			if views[i].AssignedToMe[j], err = p.approves(ctx, who.ID(), s, requests[a.ID]); err != nil {
				return nil, err
			}
			if s.ReviewedBy.ID != "" {
				views[i].Reviewers[j] = reviewer(known, s.ReviewedBy)
			}
		}
	}
	return views, e.hideReviewers(ctx, p.r, who, views)
}

// hideReviewers takes out who decided where the policy keeps that from those
// whom the request is about (policies.md section 6.2). Who may read the
// requests of the catalog sees it.
func (e *Engine) hideReviewers(ctx context.Context, r store.Reader, who authz.Caller, views []entitlement.ApprovalView) error {
	var reach authz.Reach
	asked := false
	about := slices.DeleteFunc(slices.Clone(views), func(v entitlement.ApprovalView) bool { return v.Target != who.ID() && v.Requestor != who.ID() })
	var decided []entitlement.StageSettings
	for _, v := range about {
		for _, s := range v.Stages {
			if s.ReviewedBy.ID != "" {
				decided = append(decided, s.Settings)
			}
		}
	}
	shows, err := e.showsApprovers(ctx, r, decided)
	if err != nil {
		return err
	}
	for i := range views {
		v := &views[i]
		if v.Target != who.ID() && v.Requestor != who.ID() {
			continue
		}
		for j, s := range v.Stages {
			if s.ReviewedBy.ID == "" || s.Settings.ShowsApprovers(shows) {
				continue
			}
			if !asked {
				if reach, err = e.reach(ctx, r, who, authz.ReadRequests); err != nil && !fault.Is(err, fault.Forbidden) {
					return err
				}
				asked = true
			}
			if !reach.Covers(v.Catalog) {
				v.Stages = slices.Clone(v.Stages)
				v.Stages[j].ReviewedBy, v.Reviewers[j] = entitlement.Actor{}, directory.Object{}
			}
		}
	}
	return nil
}

// showsApprovers is what those who ask see of approvers where a policy leaves
// it open. The settings of the tenant are read only if one of the stages does.
func (e *Engine) showsApprovers(ctx context.Context, r store.Reader, stages []entitlement.StageSettings) (bool, error) {
	byDefault := !e.settings.ApproversHidden
	if !slices.ContainsFunc(stages, entitlement.StageSettings.LeavesVisibility) {
		return byDefault, nil
	}
	s, err := r.TenantSettings(ctx)
	return s.ShowsApprovers(byDefault), err
}

func reviewersOf(approvals []entitlement.Approval) []directory.ObjectID {
	var reviewers []directory.ObjectID
	for _, a := range approvals {
		for _, s := range a.Stages {
			if s.ReviewedBy.ID != "" && !slices.Contains(reviewers, s.ReviewedBy.ID) {
				reviewers = append(reviewers, s.ReviewedBy.ID)
			}
		}
	}
	return reviewers
}

// reviewer is who decided a stage; people who are gone since are shown as
// they were named then.
func reviewer(known map[directory.ObjectID]directory.Object, by entitlement.Actor) directory.Object {
	if o, ok := known[by.ID]; ok {
		return o
	}
	return directory.Object{ID: by.ID, Kind: directory.KindUser, DisplayName: by.Name, PrincipalName: by.Name}
}
