package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Policy returns one policy. Faults: Forbidden, NotFound.
func (e *Engine) Policy(ctx context.Context, who authz.Caller, id entitlement.PolicyID, inc entitlement.Include) (entitlement.PolicyView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.PolicyView, error) {
		p, err := e.reachPolicy(ctx, r, who, authz.ReadPolicies, id)
		if err != nil {
			return entitlement.PolicyView{}, err
		}
		views := []entitlement.PolicyView{{Policy: p}}
		err = loader{r, who.Tenant}.policies(ctx, views, inc)
		return views[0], err
	})
}

// Policies lists the policies that the caller may read.
func (e *Engine) Policies(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.PolicyView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.PolicyView], error) {
		none := query.Page[entitlement.PolicyView]{}
		reach, err := e.listReach(ctx, r, who, authz.ReadPolicies)
		if err != nil {
			return none, err
		}
		q.Where = query.AllOf(q.Where, reach.Narrow("catalog"))
		page, err := r.Policies(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.PolicyView, len(page.Rows))
		for i := range page.Rows {
			views[i].Policy = page.Rows[i]
		}
		err = loader{r, who.Tenant}.policies(ctx, views, inc)
		return query.Page[entitlement.PolicyView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}
