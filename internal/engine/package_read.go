package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Package returns one access package. Faults: Forbidden, NotFound.
func (e *Engine) Package(ctx context.Context, who authz.Caller, id entitlement.PackageID, inc entitlement.Include) (entitlement.PackageView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.PackageView, error) {
		p, err := e.reachPackage(ctx, r, who, authz.ReadPackages, id)
		if err != nil {
			return entitlement.PackageView{}, err
		}
		views := []entitlement.PackageView{{Package: p}}
		err = loader{r, who.Tenant}.packages(ctx, views, inc)
		return views[0], err
	})
}

// Packages lists the access packages that the caller may read.
func (e *Engine) Packages(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.PackageView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.PackageView], error) {
		none := query.Page[entitlement.PackageView]{}
		reach, err := e.listReach(ctx, r, who, authz.ReadPackages)
		if err != nil {
			return none, err
		}
		q.Where = query.AllOf(q.Where, reach.Narrow("catalog"))
		page, err := r.Packages(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.PackageView, len(page.Rows))
		for i := range page.Rows {
			views[i].Package = page.Rows[i]
		}
		err = loader{r, who.Tenant}.packages(ctx, views, inc)
		return query.Page[entitlement.PackageView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}
