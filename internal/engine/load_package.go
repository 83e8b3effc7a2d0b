package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

func (l loader) packages(ctx context.Context, views []entitlement.PackageView, inc entitlement.Include) error {
	for name, load := range map[string]func(context.Context, []entitlement.PackageView, entitlement.Include) error{
		"catalog":            l.packageCatalogs,
		"roleScopes":         l.packageContents,
		"incompatible":       l.packageIncompatible,
		"incompatibleGroups": l.packageIncompatibleGroups,
		"incompatibleWith":   l.packageIncompatibleWith,
	} {
		if sub, ok := inc.Of(name); ok && len(views) > 0 {
			if err := load(ctx, views, sub); err != nil {
				return err
			}
		}
	}
	if inc.Has("policies") && len(views) > 0 {
		return l.packagePolicies(ctx, views, inc["policies"])
	}
	return nil
}

func (l loader) packageCatalogs(ctx context.Context, views []entitlement.PackageView, inc entitlement.Include) error {
	catalogs, err := l.catalogsByID(ctx, distinct(views, func(v *entitlement.PackageView) entitlement.CatalogID { return v.Package.Catalog }), inc)
	if err != nil {
		return err
	}
	for i := range views {
		views[i].InCatalog = catalogs[views[i].Package.Catalog]
	}
	return nil
}

func (l loader) packagePolicies(ctx context.Context, views []entitlement.PackageView, part *entitlement.Part) error {
	pages, err := inside(ctx, part, "package", ids(views, func(v *entitlement.PackageView) entitlement.PackageID { return v.ID }), l.r.PoliciesEach,
		func(p entitlement.Policy) entitlement.PolicyView { return entitlement.PolicyView{Policy: p} }, l.policies)
	for i := range views {
		views[i].Policies = pages[string(views[i].ID)]
	}
	return err
}

// packageContents loads the role scopes of the packages. Roles and scopes
// are kept in their resources, so the resources are read once for all.
func (l loader) packageContents(ctx context.Context, views []entitlement.PackageView, inc entitlement.Include) error {
	var contents []entitlement.RoleScope
	for _, v := range views {
		contents = append(contents, v.RoleScopes...)
	}
	all, err := l.roleScopes(ctx, contents, inc)
	if err != nil {
		return err
	}
	for i := range views {
		n := len(views[i].RoleScopes)
		views[i].Contents, all = all[:n:n], all[n:]
		if views[i].Contents == nil {
			views[i].Contents = []entitlement.RoleScopeView{}
		}
	}
	return nil
}

// roleScopes returns one view for each role scope, in order.
func (l loader) roleScopes(ctx context.Context, contents []entitlement.RoleScope, inc entitlement.Include) ([]entitlement.RoleScopeView, error) {
	out := make([]entitlement.RoleScopeView, len(contents))
	ids := distinct(contents, func(rs *entitlement.RoleScope) entitlement.ResourceID { return rs.Resource })
	resources, err := l.resourcesOf(ctx, ids, inc)
	if err != nil {
		return nil, err
	}
	for i, rs := range contents {
		out[i].RoleScope = rs
		if sub, ok := inc.Of("role"); ok {
			out[i].RoleOf = roleView(resources[rs.Resource], rs.Role, sub)
		}
		if sub, ok := inc.Of("scope"); ok {
			out[i].ScopeOf = scopeView(resources[rs.Resource], rs.Scope, sub)
		}
	}
	return out, nil
}

func (l loader) packageIncompatible(ctx context.Context, views []entitlement.PackageView, inc entitlement.Include) error {
	var ids []entitlement.PackageID
	for _, v := range views {
		ids = append(ids, v.Incompatible...)
	}
	packages, err := l.packagesByID(ctx, ids, inc)
	if err != nil {
		return err
	}
	for i := range views {
		views[i].IncompatibleViews = []entitlement.PackageView{}
		for _, id := range views[i].Incompatible {
			if p := packages[id]; p != nil {
				views[i].IncompatibleViews = append(views[i].IncompatibleViews, *p)
			}
		}
	}
	return nil
}

// packageIncompatibleWith loads the packages that name one of the views as
// incompatible.
func (l loader) packageIncompatibleWith(ctx context.Context, views []entitlement.PackageView, inc entitlement.Include) error {
	all, err := namingPackages(ctx, l.r, distinct(views, func(v *entitlement.PackageView) entitlement.PackageID { return v.ID })...)
	if err != nil {
		return err
	}
	for i := range views {
		views[i].IncompatibleWith = []entitlement.PackageView{}
		for _, p := range all {
			if slices.Contains(p.Incompatible, views[i].ID) {
				views[i].IncompatibleWith = append(views[i].IncompatibleWith, entitlement.PackageView{Package: p})
			}
		}
		if err := l.packages(ctx, views[i].IncompatibleWith, inc); err != nil {
			return err
		}
	}
	return nil
}

func (l loader) packageIncompatibleGroups(ctx context.Context, views []entitlement.PackageView, _ entitlement.Include) error {
	var ids []directory.ObjectID
	for _, v := range views {
		ids = append(ids, v.Package.IncompatibleGroup...)
	}
	groups, err := l.r.ObjectsByID(ctx, ids)
	if err != nil {
		return err
	}
	for i := range views {
		views[i].IncompatibleGroups = []directory.Object{}
		for _, id := range views[i].Package.IncompatibleGroup {
			if g, ok := groups[id]; ok {
				views[i].IncompatibleGroups = append(views[i].IncompatibleGroups, g)
			}
		}
	}
	return nil
}
