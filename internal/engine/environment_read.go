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
// with those that the caller may read, at most as many as an expanded
// collection holds. Faults: Forbidden, Invalid.
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
		sub, ok := inc["resources"]
		if !ok {
			return views, nil
		}
		rows, err := whole(r.Resources(ctx, query.List{Where: reach.Narrow("catalog"), Limit: expandLimit}))
		if err != nil {
			return nil, err
		}
		resources := resourceViews(rows)
		if err := (loader{r, who.Tenant}).resources(ctx, resources, sub); err != nil {
			return nil, err
		}
		for i := range views {
			views[i].Resources = []entitlement.ResourceView{}
			for _, res := range resources {
				if res.OriginSystem == views[i].OriginSystem {
					views[i].Resources = append(views[i].Resources, res)
				}
			}
		}
		return views, nil
	})
}
