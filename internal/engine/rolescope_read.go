package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// AllRoleScopes lists what the access packages give that the caller may read,
// each role on a scope once. Faults: Forbidden, Invalid.
func (e *Engine) AllRoleScopes(ctx context.Context, who authz.Caller, q query.List, inc entitlement.Include) (query.Page[entitlement.RoleScopeView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[entitlement.RoleScopeView], error) {
		none := query.Page[entitlement.RoleScopeView]{}
		reach, err := e.listReach(ctx, r, who, authz.ReadPackages)
		if err != nil {
			return none, err
		}
		q.Where = query.AllOf(q.Where, reach.Narrow("catalog"))
		page, err := r.RoleScopes(ctx, q)
		if err != nil {
			return none, err
		}
		packages, err := index(ctx, distinct(page.Rows, func(at *store.RoleScopeAt) entitlement.PackageID { return at.Package }),
			r.Packages, func(p *entitlement.Package) entitlement.PackageID { return p.ID })
		if err != nil {
			return none, err
		}
		contents := make([]entitlement.RoleScope, 0, len(page.Rows))
		for _, at := range page.Rows {
			for _, rs := range packages[at.Package].RoleScopes {
				if rs.ID() == at.ID {
					contents = append(contents, rs)
				}
			}
		}
		views, err := loader{r, who.Tenant}.roleScopes(ctx, contents, inc)
		return query.Page[entitlement.RoleScopeView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}
