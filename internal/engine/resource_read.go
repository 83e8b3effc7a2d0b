package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Resources lists the resources of a catalog or, without its id, those of all
// catalogs that the caller may read. Faults: Forbidden, NotFound for the
// catalog.
func (e *Engine) Resources(ctx context.Context, who authz.Caller, catalog entitlement.CatalogID, q query.List, inc entitlement.Include) (query.Page[entitlement.ResourceView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.ResourceView], error) {
		none := query.Page[entitlement.ResourceView]{}
		within, err := e.resourcesWithin(ctx, r, who, catalog)
		if err != nil {
			return none, err
		}
		q.Where = query.AllOf(q.Where, within)
		page, err := r.Resources(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.ResourceView, len(page.Rows))
		for i := range page.Rows {
			views[i].Resource = page.Rows[i]
		}
		err = e.resourcesWithUploads(ctx, loader{r, who.Tenant}, views, inc)
		return query.Page[entitlement.ResourceView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}

// resourcesWithin is the condition that a resource is in the catalog, or
// without its id in one whose resources the caller may read.
func (e *Engine) resourcesWithin(ctx context.Context, r store.Reader, who authz.Caller, catalog entitlement.CatalogID) (query.Expr, error) {
	if catalog == "" {
		reach, err := e.listReach(ctx, r, who, authz.ReadResources)
		return reach.Narrow("catalog"), err
	}
	_, err := e.reachCatalog(ctx, r, who, authz.ReadResources, catalog)
	return equal("catalog", catalog), err
}

// reachResource reads a resource of the catalog or, without its id, of any.
func (e *Engine) reachResource(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action, catalog entitlement.CatalogID, id entitlement.ResourceID) (entitlement.Resource, error) {
	if catalog == "" {
		reach, err := e.reach(ctx, r, who, a)
		if err != nil {
			return entitlement.Resource{}, err
		}
		found, err := r.Resource(ctx, id)
		if err != nil {
			return entitlement.Resource{}, reach.Missing(err)
		}
		return found, reach.Check(found.Catalog)
	}
	if _, err := e.reachCatalog(ctx, r, who, a, catalog); err != nil {
		return entitlement.Resource{}, err
	}
	found, err := r.Resource(ctx, id)
	if err == nil && found.Catalog != catalog {
		err = fault.New(fault.NotFound, "ResourceNotFound", "The catalog holds no resource %s.", id)
	}
	return found, err
}

// Resource returns one resource of a catalog or, without its id, of any.
// Faults: Forbidden, NotFound.
func (e *Engine) Resource(ctx context.Context, who authz.Caller, catalog entitlement.CatalogID, id entitlement.ResourceID, inc entitlement.Include) (entitlement.ResourceView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.ResourceView, error) {
		none := entitlement.ResourceView{}
		found, err := e.reachResource(ctx, r, who, authz.ReadResources, catalog, id)
		if err != nil {
			return none, err
		}
		views := []entitlement.ResourceView{{Resource: found}}
		err = e.resourcesWithUploads(ctx, loader{r, who.Tenant}, views, inc)
		return views[0], err
	})
}

// ResourceRequest returns one resource request. Faults: Forbidden, NotFound.
func (e *Engine) ResourceRequest(ctx context.Context, who authz.Caller, id string, inc entitlement.Include) (entitlement.ResourceRequestView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.ResourceRequestView, error) {
		none := entitlement.ResourceRequestView{}
		reach, err := e.reach(ctx, r, who, authz.ReadResources)
		if err != nil {
			return none, err
		}
		req, err := r.ResourceRequest(ctx, id)
		if err != nil {
			return none, reach.Missing(err)
		}
		if err := reach.Check(req.Catalog); err != nil {
			return none, err
		}
		views := []entitlement.ResourceRequestView{{ResourceRequest: req}}
		err = loader{r, who.Tenant}.resourceRequests(ctx, views, inc)
		return views[0], err
	})
}

// ResourceRequests lists the resource requests of the catalogs whose
// resources the caller may read.
func (e *Engine) ResourceRequests(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.ResourceRequestView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.ResourceRequestView], error) {
		none := query.Page[entitlement.ResourceRequestView]{}
		reach, err := e.listReach(ctx, r, who, authz.ReadResources)
		if err != nil {
			return none, err
		}
		q.Where = query.AllOf(q.Where, reach.Narrow("catalog"))
		page, err := r.ResourceRequests(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]entitlement.ResourceRequestView, len(page.Rows))
		for i := range page.Rows {
			views[i].ResourceRequest = page.Rows[i]
		}
		err = loader{r, who.Tenant}.resourceRequests(ctx, views, inc)
		return query.Page[entitlement.ResourceRequestView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}
