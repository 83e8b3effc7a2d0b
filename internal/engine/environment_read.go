package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// Environments returns the environments that resources live in, to everybody
// who may read the resources of some catalog. With "resources" each comes
// with those that the caller may read. Faults: Forbidden, Invalid.
func (e *Engine) Environments(ctx context.Context, who authz.Caller, inc entitlement.Include) ([]entitlement.EnvironmentView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) ([]entitlement.EnvironmentView, error) {
		reach, err := e.listReach(ctx, r, who, authz.ReadResources)
		if err != nil {
			return nil, err
		}
		all, err := environments(ctx, r, who.Tenant)
		if err != nil {
			return nil, err
		}
		views := make([]entitlement.EnvironmentView, len(all))
		for i := range all {
			views[i].Environment = all[i]
		}
		if !inc.Has("resources") {
			return views, nil
		}
		systems := ids(views, func(v *entitlement.EnvironmentView) entitlement.OriginSystem { return v.OriginSystem })
		pages, err := inside(ctx, inc["resources"], "originSystem", systems, func(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Resource], error) {
			q.Where = query.AllOf(q.Where, reach.Narrow("catalog"))
			return r.ResourcesEach(ctx, q)
		}, func(r entitlement.Resource) entitlement.ResourceView { return entitlement.ResourceView{Resource: r} }, loader{r, who.Tenant}.resources)
		for i := range views {
			views[i].Resources = pages[string(views[i].OriginSystem)]
		}
		return views, err
	})
}
