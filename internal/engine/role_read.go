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

// RoleAssignment returns one role assignment, to those who may read the
// roles of its catalog and to whoever has it. Faults: Forbidden, NotFound.
func (e *Engine) RoleAssignment(ctx context.Context, who authz.Caller, p authz.Provider, id string, inc entitlement.Include) (authz.RoleAssignmentView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (authz.RoleAssignmentView, error) {
		none := authz.RoleAssignmentView{}
		reach, err := e.reach(ctx, r, who, roleReading(p))
		if err != nil {
			return none, err
		}
		a, err := roleOf(ctx, r, p, id)
		if err != nil {
			return none, reach.Missing(err)
		}
		if a.Principal != who.ID() || who.AppOnly() {
			if err := reach.Check(a.Catalog); err != nil {
				return none, err
			}
		}
		views := []authz.RoleAssignmentView{{RoleAssignment: a}}
		err = loader{r, who.Tenant}.roles(ctx, views, inc)
		return views[0], err
	})
}

// RoleAssignments lists the role assignments of a provider that the caller
// may read: those on the catalogs within reach and, for people, their own.
func (e *Engine) RoleAssignments(ctx context.Context, who authz.Caller, p authz.Provider, q query.List, inc entitlement.Include) (query.Page[authz.RoleAssignmentView], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[authz.RoleAssignmentView], error) {
		none := query.Page[authz.RoleAssignmentView]{}
		reach, err := e.reach(ctx, r, who, roleReading(p))
		if err != nil {
			return none, err
		}
		within := reach.Narrow("catalog")
		switch {
		case who.AppOnly() && reach.Empty():
			return none, reach.Refusal()
		case !who.AppOnly() && !reach.Everywhere:
			within = query.Or{within, equal("principal", who.ID())}
		}
		q.Where = query.AllOf(q.Where, equal("provider", p), within)
		page, err := r.RoleAssignments(ctx, q)
		if err != nil {
			return none, err
		}
		views := make([]authz.RoleAssignmentView, len(page.Rows))
		for i := range page.Rows {
			views[i].RoleAssignment = page.Rows[i]
		}
		err = loader{r, who.Tenant}.roles(ctx, views, inc)
		return query.Page[authz.RoleAssignmentView]{Rows: views, Next: page.Next, Count: page.Count}, err
	})
}

// RoleDefinitions returns the roles of a provider, to everybody whose token
// lets them read who has which. Faults: Forbidden, NotFound for an unknown
// provider.
func (e *Engine) RoleDefinitions(ctx context.Context, who authz.Caller, p authz.Provider) ([]authz.Definition, error) {
	definitions := authz.Definitions(p)
	if definitions == nil {
		return nil, fault.New(fault.NotFound, "ResourceNotFound", "There is no role provider %q.", p)
	}
	if !who.AppOnly() {
		return definitions, authz.Token(who, roleReading(p))
	}
	return read(ctx, e, who.Tenant, func(r store.Reader) ([]authz.Definition, error) {
		_, err := e.listReach(ctx, r, who, roleReading(p))
		return definitions, err
	})
}

func roleReading(p authz.Provider) authz.Action {
	if p == authz.DirectoryProvider {
		return authz.ReadDirectoryRoles
	}
	return authz.ReadRoleAssignments
}

// roles loads the principals of role assignments and the catalogs they are on.
func (l loader) roles(ctx context.Context, views []authz.RoleAssignmentView, inc entitlement.Include) error {
	if inc.Has("appScope") {
		catalogs, err := index(ctx, distinct(views, func(v *authz.RoleAssignmentView) entitlement.CatalogID { return v.Catalog }),
			l.r.Catalogs, func(c *entitlement.Catalog) entitlement.CatalogID { return c.ID })
		if err != nil {
			return err
		}
		for i := range views {
			if c, ok := catalogs[views[i].Catalog]; ok {
				views[i].ScopeOf = &authz.AppScope{Catalog: c.ID, DisplayName: c.DisplayName}
			}
		}
	}
	if !inc.Has("principal") || len(views) == 0 {
		return nil
	}
	found, err := l.r.ObjectsByID(ctx, distinct(views, func(v *authz.RoleAssignmentView) directory.ObjectID { return v.Principal }))
	if err != nil {
		return err
	}
	for i := range views {
		if o, ok := found[views[i].Principal]; ok {
			views[i].PrincipalOf = &o
		}
	}
	return nil
}
