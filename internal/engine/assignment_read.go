package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Assignment returns one assignment: to those who may read those of its
// catalog, and to the person who has it.
func (e *Engine) Assignment(ctx context.Context, who authz.Caller, id entitlement.AssignmentID, inc entitlement.Include) (entitlement.AssignmentView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.AssignmentView, error) {
		a, err := e.readableAssignment(ctx, r, who, id)
		if err != nil {
			return entitlement.AssignmentView{}, err
		}
		views := []entitlement.AssignmentView{{Assignment: a}}
		err = loader{r, who.Tenant}.assignments(ctx, views, inc)
		return views[0], err
	})
}

// readableAssignment reads an assignment for somebody who may.
func (e *Engine) readableAssignment(ctx context.Context, r store.Reader, who authz.Caller, id entitlement.AssignmentID) (entitlement.Assignment, error) {
	a, missing := r.Assignment(ctx, id)
	if missing != nil && !fault.Is(missing, fault.NotFound) {
		return a, missing
	}
	if missing == nil && a.Target == who.ID() && authz.Token(who, authz.ReadOwnRequests) == nil {
		return a, nil
	}
	reach, err := e.reach(ctx, r, who, authz.ReadRequests)
	if err == nil && missing != nil {
		err = reach.Missing(missing)
	} else if err == nil {
		err = reach.Check(a.Catalog)
	}
	return a, err
}

// RequestsOf lists the requests that made, changed and ended an assignment,
// for those who may read it.
func (e *Engine) RequestsOf(ctx context.Context, who authz.Caller, id entitlement.AssignmentID, q query.List, inc entitlement.Include) (query.Page[entitlement.RequestView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.RequestView], error) {
		if _, err := e.readableAssignment(ctx, r, who, id); err != nil {
			return query.Page[entitlement.RequestView]{}, err
		}
		return e.myRequests(ctx, r, who, q, equal("assignment", id), inc)
	})
}

// Assignments lists the assignments that the caller may read, current and
// past.
func (e *Engine) Assignments(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.AssignmentView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.AssignmentView], error) {
		reach, err := e.listReach(ctx, r, who, authz.ReadRequests)
		if err != nil {
			return query.Page[entitlement.AssignmentView]{}, err
		}
		return listAssignments(ctx, r, who.Tenant, q, reach.Narrow("catalog"), inc)
	})
}

// MyAssignments lists assignments that concern the caller: the caller's own
// ("target"), those of the caller's reports ("targetManager"), and those
// whose request the caller sent ("createdBy").
func (e *Engine) MyAssignments(ctx context.Context, who authz.Caller, on string, q query.List, inc entitlement.Include) (query.Page[entitlement.AssignmentView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.AssignmentView], error) {
		none := query.Page[entitlement.AssignmentView]{}
		if err := authz.Token(who, authz.ReadOwnRequests); err != nil {
			return none, err
		}
		me := string(who.ID())
		var where query.Expr
		switch on {
		case "target":
			where = query.Compare{Field: "target", Value: me}
		case "targetManager":
			where = query.Compare{Field: "target.manager", Value: me}
		case "createdBy":
			where = query.Compare{Field: "createdBy", Value: me}
		case "targetAgentIdentitySponsorOrOwner":
			where = query.Bool(false)
		default:
			return none, unknownOn(on, "target, createdBy, targetManager")
		}
		return listAssignments(ctx, r, who.Tenant, q, where, inc)
	})
}

func listAssignments(ctx context.Context, r store.Reader, tenant directory.TenantID, q query.List, limit query.Expr, inc entitlement.Include) (query.Page[entitlement.AssignmentView], error) {
	q.Where = query.AllOf(q.Where, limit)
	page, err := r.Assignments(ctx, q)
	if err != nil {
		return query.Page[entitlement.AssignmentView]{}, err
	}
	views := make([]entitlement.AssignmentView, len(page.Rows))
	for i := range page.Rows {
		views[i].Assignment = page.Rows[i]
	}
	err = loader{r, tenant}.assignments(ctx, views, inc)
	return query.Page[entitlement.AssignmentView]{Rows: views, Next: page.Next, Count: page.Count}, err
}
