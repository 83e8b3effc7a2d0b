package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Resources lists the resources of a catalog. Faults: Forbidden, NotFound for
// the catalog.
func (e *Engine) Resources(ctx context.Context, who authz.Caller, catalog entitlement.CatalogID, q query.List, inc entitlement.Include) (query.Page[entitlement.ResourceView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.ResourceView], error) {
		none := query.Page[entitlement.ResourceView]{}
		if _, err := e.reachCatalog(ctx, r, who, authz.ReadResources, catalog); err != nil {
			return none, err
		}
		q.Where = query.AllOf(q.Where, equal("catalog", catalog))
		page, err := r.Resources(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.ResourceView, len(page.Rows))
		for i := range page.Rows {
			views[i].Resource = page.Rows[i]
		}
		err = loader{r, who.Tenant}.resources(ctx, views, inc)
		return query.Page[entitlement.ResourceView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}

// Resource returns one resource of a catalog. Faults: Forbidden, NotFound.
func (e *Engine) Resource(ctx context.Context, who authz.Caller, catalog entitlement.CatalogID, id entitlement.ResourceID, inc entitlement.Include) (entitlement.ResourceView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.ResourceView, error) {
		none := entitlement.ResourceView{}
		if _, err := e.reachCatalog(ctx, r, who, authz.ReadResources, catalog); err != nil {
			return none, err
		}
		found, err := r.Resource(ctx, id)
		if err == nil && found.Catalog != catalog {
			err = fault.New(fault.NotFound, "ResourceNotFound", "The catalog holds no resource %s.", id)
		}
		if err != nil {
			return none, err
		}
		views := []entitlement.ResourceView{{Resource: found}}
		err = loader{r, who.Tenant}.resources(ctx, views, inc)
		return views[0], err
	})
}

// ResourceRequest returns one resource request. Faults: Forbidden, NotFound.
func (e *Engine) ResourceRequest(ctx context.Context, who authz.Caller, id string) (entitlement.ResourceRequest, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.ResourceRequest, error) {
		reach, err := e.reach(ctx, r, who, authz.ReadResources)
		if err != nil {
			return entitlement.ResourceRequest{}, err
		}
		req, err := r.ResourceRequest(ctx, id)
		if err != nil {
			return entitlement.ResourceRequest{}, reach.Missing(err)
		}
		return req, reach.Check(req.Catalog)
	})
}

// ResourceRequests lists the resource requests of the catalogs whose
// resources the caller may read.
func (e *Engine) ResourceRequests(ctx context.Context, who authz.Caller, q query.List) (query.Page[entitlement.ResourceRequest], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.ResourceRequest], error) {
		reach, err := e.listReach(ctx, r, who, authz.ReadResources)
		if err != nil {
			return query.Page[entitlement.ResourceRequest]{}, err
		}
		q.Where = query.AllOf(q.Where, reach.Narrow("catalog"))
		return r.ResourceRequests(ctx, q)
	})
}
