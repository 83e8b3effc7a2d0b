package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// AddRoleScope makes a package give one more role of a resource of its
// catalog. Those who thereby have what must not be combined keep it. Faults:
// Forbidden, NotFound (also "RoleNotFound"), Invalid ("ResourceNotInCatalog",
// "DuplicateResourceRoleScope", "IncompatibleResourceRole").
func (e *Engine) AddRoleScope(ctx context.Context, who authz.Caller, pkg entitlement.PackageID, ref entitlement.RoleScopeRef) (entitlement.RoleScopeView, error) {
	return change(ctx, e, who, audit.PackageUpdated, audit.KindPackage, string(pkg), func(tx store.Tx) (entitlement.RoleScopeView, error) {
		none := entitlement.RoleScopeView{}
		before, err := e.reachPackage(ctx, tx, who, authz.EditPackages, pkg)
		if err != nil {
			return none, err
		}
		among, err := meant(ctx, tx, before.Catalog, ref)
		if err != nil {
			return none, err
		}
		rs, err := ref.Find(among)
		if err != nil {
			return none, err
		}
		rs.Stamp = stampNew(who, e.clock.Now())
		after, err := before.WithRoleScope(rs)
		if err != nil {
			return none, err
		}
		if err := checkAgainstItself(ctx, tx, before, rs.Origin); err != nil {
			return none, err
		}
		return entitlement.RoleScopeView{RoleScope: rs}, e.putContents(ctx, tx, who, before, after, "roleScopeAdded "+rs.ID())
	})
}

// checkAgainstItself refuses a role that a rule about the package keeps its
// holders from.
func checkAgainstItself(ctx context.Context, r store.Reader, p entitlement.Package, k entitlement.RoleKey) error {
	rules, err := rulesOf(ctx, r)
	if err != nil {
		return err
	}
	rule, against := rules.Against(p, k)
	if !against {
		return nil
	}
	if rule.Group != "" {
		g, err := r.Object(ctx, rule.Group)
		if err != nil {
			return err
		}
		return p.AgainstItself(rule, g.DisplayName)
	}
	other, err := r.Package(ctx, rule.Other)
	if err != nil {
		return err
	}
	return p.AgainstItself(rule, other.DisplayName)
}

// rulesOf returns the rules about what must not be combined as they are now.
func rulesOf(ctx context.Context, r store.Reader) (entitlement.Rules, error) {
	stamp, err := r.RuleStamp(ctx)
	if err != nil {
		return entitlement.Rules{}, err
	}
	return r.Rules(ctx, stamp)
}

// meant returns the resources of the catalog that a reference may mean: the
// one that it names, or all.
func meant(ctx context.Context, r store.Reader, catalog entitlement.CatalogID, ref entitlement.RoleScopeRef) ([]entitlement.Resource, error) {
	stranger := fault.New(fault.Invalid, "ResourceNotInCatalog", "The resource is not in the catalog of the access package.").At("role.resource")
	if ref.ResourceID != "" {
		found, err := r.Resource(ctx, entitlement.ResourceID(ref.ResourceID))
		if fault.Is(err, fault.NotFound) || err == nil && found.Catalog != catalog {
			return nil, stranger
		}
		return []entitlement.Resource{found}, err
	}
	if ref.ResourceOriginID == "" {
		return everyRow(ctx, r.Resources, equal("catalog", catalog))
	}
	found, err := everyRow(ctx, r.Resources, equal("catalog", catalog), equal("originId", ref.ResourceOriginID))
	if err == nil && len(found) == 0 {
		return nil, stranger
	}
	return found, err
}

// RemoveRoleScope makes a package give a role less. Those who have the role
// through it alone lose it soon. Faults: Forbidden, NotFound.
func (e *Engine) RemoveRoleScope(ctx context.Context, who authz.Caller, pkg entitlement.PackageID, roleScopeID string) error {
	return e.do(ctx, who, audit.PackageUpdated, audit.KindPackage, string(pkg), func(tx store.Tx) error {
		before, err := e.reachPackage(ctx, tx, who, authz.EditPackages, pkg)
		if err != nil {
			return err
		}
		after, err := before.WithoutRoleScope(roleScopeID)
		if err != nil {
			return err
		}
		return e.putContents(ctx, tx, who, before, after, "roleScopeRemoved "+roleScopeID)
	})
}

// putContents writes a package that holds other roles than before. Those who
// have it follow in work of its own, however many they are.
func (e *Engine) putContents(ctx context.Context, tx store.Tx, who authz.Caller, before, after entitlement.Package, what string) error {
	if err := e.putPackage(ctx, tx, who, before, after, what); err != nil {
		return err
	}
	return sweep(ctx, tx, store.WorkPackage, string(after.ID), e.clock.Now())
}

// RoleScopes returns what a package gives, all of it. Faults: Forbidden,
// NotFound.
func (e *Engine) RoleScopes(ctx context.Context, who authz.Caller, pkg entitlement.PackageID, inc entitlement.Include) ([]entitlement.RoleScopeView, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) ([]entitlement.RoleScopeView, error) {
		p, err := e.reachPackage(ctx, r, who, authz.ReadPackages, pkg)
		if err != nil {
			return nil, err
		}
		return loader{r, who.Tenant}.roleScopes(ctx, p.RoleScopes, inc)
	})
}
