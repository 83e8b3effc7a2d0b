package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Catalog returns one catalog. Faults: Forbidden, NotFound.
func (e *Engine) Catalog(ctx context.Context, who authz.Caller, id entitlement.CatalogID, inc entitlement.Include) (entitlement.CatalogView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.CatalogView, error) {
		c, err := e.reachCatalog(ctx, r, who, authz.ReadCatalogs, id)
		if err != nil {
			return entitlement.CatalogView{}, err
		}
		views := []entitlement.CatalogView{{Catalog: c}}
		err = loader{r, who.Tenant}.catalogs(ctx, views, inc)
		return views[0], err
	})
}

// Catalogs lists the catalogs that the caller may read. Somebody who may
// create catalogs and has none yet gets an empty list, everybody else without
// a role is refused.
func (e *Engine) Catalogs(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.CatalogView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.CatalogView], error) {
		none := query.Page[entitlement.CatalogView]{}
		reach, err := e.catalogsReach(ctx, r, who)
		if err != nil {
			return none, err
		}
		q.Where = query.AllOf(q.Where, reach.Narrow("id"))
		page, err := r.Catalogs(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.CatalogView, len(page.Rows))
		for i := range page.Rows {
			views[i].Catalog = page.Rows[i]
		}
		err = loader{r, who.Tenant}.catalogs(ctx, views, inc)
		return query.Page[entitlement.CatalogView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}

func (e *Engine) catalogsReach(ctx context.Context, r store.Reader, who authz.Caller) (authz.Reach, error) {
	reach, err := authz.ReachOf(who, nil, authz.ReadCatalogs)
	if err != nil || reach.Everywhere {
		return reach, err
	}
	held, err := r.RolesOf(ctx, who.ID())
	if err != nil {
		return authz.Reach{}, err
	}
	reach, err = authz.ReachOf(who, held, authz.ReadCatalogs)
	if err == nil && reach.Empty() && !authz.Holds(held, authz.CatalogCreator) {
		err = reach.Refusal()
	}
	return reach, err
}
