package engine

import (
	"context"
	"maps"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func (l loader) resources(ctx context.Context, views []entitlement.ResourceView, inc entitlement.Include) error {
	if sub, ok := inc.Of("catalog"); ok {
		catalogs, err := l.catalogsByID(ctx, distinct(views, func(v *entitlement.ResourceView) entitlement.CatalogID { return v.Catalog }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].InCatalog = catalogs[views[i].Catalog]
		}
	}
	if inc.Has("uploads") {
		return fault.New(fault.Invalid, "BadRequest", "Upload sessions can be expanded from resources only, not from what leads to them.").At("$expand")
	}
	sub, ok := inc.Of("environment")
	if !ok || len(views) == 0 {
		return nil
	}
	if sub.Has("resources") {
		return fault.New(fault.Invalid, "BadRequest",
			"The resources of an environment cannot be expanded from one of them; list them below the environment instead.").At("$expand")
	}
	all, err := environments(ctx, l.r, l.tenant)
	if err != nil {
		return err
	}
	for i := range views {
		for _, env := range all {
			if env.OriginSystem == views[i].OriginSystem {
				views[i].InEnvironment = &entitlement.EnvironmentView{Environment: env}
			}
		}
	}
	return nil
}

func (l loader) resourceRequests(ctx context.Context, views []entitlement.ResourceRequestView, inc entitlement.Include) error {
	if sub, ok := inc.Of("catalog"); ok {
		catalogs, err := l.catalogsByID(ctx, distinct(views, func(v *entitlement.ResourceRequestView) entitlement.CatalogID { return v.Catalog }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].InCatalog = catalogs[views[i].Catalog]
		}
	}
	if sub, ok := inc.Of("requestor"); ok {
		subjects, err := l.subjects(ctx, distinct(views, func(v *entitlement.ResourceRequestView) directory.ObjectID { return v.Requestor }), sub)
		if err != nil {
			return err
		}
		for i := range views {
			views[i].RequestedBy = subjects[views[i].Requestor]
		}
	}
	return nil
}

// environments returns the environments of the tenant. They are as old as
// the catalog that every tenant begins with.
func environments(ctx context.Context, r store.Reader, tenant directory.TenantID) ([]entitlement.Environment, error) {
	first, err := r.Catalogs(ctx, query.List{Where: equal("type", entitlement.ServiceDefault), Limit: 1})
	if err != nil {
		return nil, err
	}
	var opened entitlement.Stamp
	if len(first.Rows) > 0 {
		opened = first.Rows[0].Stamp
		opened.ModifiedAt, opened.ModifiedBy = opened.CreatedAt, opened.CreatedBy
	}
	return entitlement.Environments(tenant, opened), nil
}

// resourcesOf loads the resources that role scopes are of, by their ids, with
// what is asked of them by way of the role or of the scope.
func (l loader) resourcesOf(ctx context.Context, ids []entitlement.ResourceID, inc entitlement.Include) (map[entitlement.ResourceID]*entitlement.ResourceView, error) {
	if !inc.Has("role") && !inc.Has("scope") {
		return nil, nil
	}
	found, err := index(ctx, ids, l.r.Resources, func(r *entitlement.Resource) entitlement.ResourceID { return r.ID })
	if err != nil {
		return nil, err
	}
	views := make([]entitlement.ResourceView, 0, len(found))
	for _, r := range found {
		views = append(views, entitlement.ResourceView{Resource: r})
	}
	asked := entitlement.Include{}
	for _, way := range []string{"role", "scope"} {
		maps.Copy(asked, inc.Inside(way).Inside("resource"))
	}
	if err := l.resources(ctx, views, asked); err != nil {
		return nil, err
	}
	return pointers(views, func(v *entitlement.ResourceView) entitlement.ResourceID { return v.ID }), nil
}

func roleView(r *entitlement.ResourceView, id entitlement.RoleID, inc entitlement.Include) *entitlement.RoleView {
	if r == nil {
		return nil
	}
	for _, role := range r.Roles {
		if role.ID == id {
			v := &entitlement.RoleView{ResourceRole: role, OriginSystem: r.OriginSystem}
			if inc.Has("resource") {
				v.Of = r
			}
			return v
		}
	}
	return nil
}

func scopeView(r *entitlement.ResourceView, id entitlement.ScopeID, inc entitlement.Include) *entitlement.ScopeView {
	if r == nil {
		return nil
	}
	for _, scope := range r.Scopes {
		if scope.ID == id {
			v := &entitlement.ScopeView{ResourceScope: scope, OriginSystem: r.OriginSystem}
			if inc.Has("resource") {
				v.Of = r
			}
			return v
		}
	}
	return nil
}
