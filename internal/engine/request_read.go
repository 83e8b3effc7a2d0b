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

// Request returns one request: to those who may read the requests of its
// catalog, and to its target, its requestor and whoever may decide it now.
func (e *Engine) Request(ctx context.Context, who authz.Caller, id entitlement.RequestID, inc entitlement.Include) (entitlement.RequestView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.RequestView, error) {
		req, missing := r.Request(ctx, id)
		if err := e.mayReadRequest(ctx, r, who, req, missing); err != nil {
			return entitlement.RequestView{}, err
		}
		views := []entitlement.RequestView{{Request: req}}
		err := loader{r, who.Tenant}.requests(ctx, views, inc)
		if err == nil && inc.Has("history") {
			err = e.tellWho(ctx, r, who, views)
		}
		return views[0], err
	})
}

func (e *Engine) mayReadRequest(ctx context.Context, r store.Reader, who authz.Caller, req entitlement.Request, missing error) error {
	if missing != nil && !fault.Is(missing, fault.NotFound) {
		return missing
	}
	if missing == nil && authz.Token(who, authz.ReadOwnRequests) == nil {
		if req.Target == who.ID() || req.Requestor == who.ID() || req.CreatedBy == who.ID() {
			return nil
		}
		if ok, err := e.isApprover(ctx, r, who.ID(), req); ok || err != nil {
			return err
		}
	}
	reach, err := e.reach(ctx, r, who, authz.ReadRequests)
	if err != nil {
		return err
	}
	if missing != nil {
		return reach.Missing(missing)
	}
	return reach.Check(req.Catalog)
}

// Requests lists the requests that the caller may read.
func (e *Engine) Requests(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.RequestView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.RequestView], error) {
		reach, err := e.listReach(ctx, r, who, authz.ReadRequests)
		if err != nil {
			return query.Page[entitlement.RequestView]{}, err
		}
		page, err := listRequests(ctx, r, who.Tenant, q, reach.Narrow("catalog"), inc)
		reveal(page.Rows, who, reach.Covers)
		return page, err
	})
}

// requestsOn is the condition that each value of filterByCurrentUser(on=…)
// puts on requests (requests.md section 13).
var requestsOn = map[string]func(me query.Value) query.Expr{
	"target":    func(me query.Value) query.Expr { return query.Compare{Field: "target", Value: me} },
	"createdBy": func(me query.Value) query.Expr { return query.Compare{Field: "createdBy", Value: me} },
	"targetOrRequestor": func(me query.Value) query.Expr {
		return query.Or{query.Compare{Field: "target", Value: me}, query.Compare{Field: "requestor", Value: me}}
	},
	"targetManager": func(me query.Value) query.Expr { return query.Compare{Field: "target.manager", Value: me} },
	"requestForOthers": func(me query.Value) query.Expr {
		return query.And{query.Compare{Field: "createdBy", Value: me}, query.Compare{Field: "target", Op: query.Ne, Value: me}}
	},
	"targetAgentIdentitySponsorOrOwner": func(query.Value) query.Expr { return query.Bool(false) },
}

// MyRequests lists requests that concern the caller: on says how. An unknown
// on is fault.Invalid.
func (e *Engine) MyRequests(ctx context.Context, who authz.Caller, on string, q query.List, inc entitlement.Include) (query.Page[entitlement.RequestView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.RequestView], error) {
		none := query.Page[entitlement.RequestView]{}
		if err := authz.Token(who, authz.ReadOwnRequests); err != nil {
			return none, err
		}
		if on == "approver" {
			where, err := e.awaiting(ctx, r, who.ID())
			if err != nil {
				return none, err
			}
			return e.myRequests(ctx, r, who, q, where, inc)
		}
		where, ok := requestsOn[on]
		if !ok {
			return none, unknownOn(on, "target, createdBy, approver, targetOrRequestor, targetManager, requestForOthers")
		}
		return e.myRequests(ctx, r, who, q, where(string(who.ID())), inc)
	})
}

// myRequests lists requests for somebody who may read none but these.
func (e *Engine) myRequests(ctx context.Context, r store.Reader, who authz.Caller, q query.List, where query.Expr, inc entitlement.Include) (query.Page[entitlement.RequestView], error) {
	page, err := listRequests(ctx, r, who.Tenant, q, where, inc)
	if err == nil && inc.Has("history") {
		err = e.tellWho(ctx, r, who, page.Rows)
	}
	return page, err
}

func listRequests(ctx context.Context, r store.Reader, tenant directory.TenantID, q query.List, limit query.Expr, inc entitlement.Include) (query.Page[entitlement.RequestView], error) {
	q.Where = query.AllOf(q.Where, limit)
	page, err := r.Requests(ctx, q)
	if err != nil {
		return query.Page[entitlement.RequestView]{}, err
	}
	views := make([]entitlement.RequestView, len(page.Rows))
	for i := range page.Rows {
		views[i].Request = page.Rows[i]
	}
	err = loader{r, tenant}.requests(ctx, views, inc)
	return query.Page[entitlement.RequestView]{Rows: views, Next: page.Next, Count: page.Count}, err
}

func unknownOn(on, known string) error {
	return fault.New(fault.Invalid, "BadRequest", "filterByCurrentUser(on='%s') is not known here; on is one of %s.", on, known).At("on")
}
