package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// CreatePackage makes an access package, empty and without policies. Faults:
// Forbidden, NotFound for the catalog, Invalid ("DuplicateAccessPackage" if
// the catalog has one of this name).
func (e *Engine) CreatePackage(ctx context.Context, who authz.Caller, p entitlement.Package) (entitlement.PackageView, error) {
	return change(ctx, e, who, audit.PackageCreated, audit.KindPackage, "", func(tx store.Tx) (entitlement.PackageView, error) {
		none := entitlement.PackageView{}
		reach, err := e.listReach(ctx, tx, who, authz.EditPackages)
		if err != nil {
			return none, err
		}
		now := e.clock.Now()
		made := p
		made.ID, made.Version, made.Stamp = entitlement.PackageID(e.newID()), 0, stampNew(who, now)
		made.RoleScopes, made.Incompatible, made.IncompatibleGroup = nil, nil, nil
		if p.Catalog != "" {
			if err := reach.Check(p.Catalog); err != nil {
				return none, err
			}
			if _, err := tx.Catalog(ctx, p.Catalog); err != nil {
				return none, err
			}
		}
		if err := made.Check(); err != nil {
			return none, err
		}
		if err := packageNameFree(ctx, tx, made); err != nil {
			return none, err
		}
		why := e.record(ctx, who.Actor, now, audit.PackageCreated, audit.KindPackage, string(made.ID), made.DisplayName)
		err = tx.PutPackage(ctx, made, versions(why, 0))
		made.Version++
		return entitlement.PackageView{Package: made}, err
	})
}

func packageNameFree(ctx context.Context, r store.Reader, p entitlement.Package) error {
	taken, err := anyRow(ctx, r.Packages, equal("catalog", p.Catalog), query.Compare{Field: "displayName", Value: p.DisplayName, Fold: true}, other(p.ID))
	if err == nil && taken {
		err = fault.New(fault.Invalid, "DuplicateAccessPackage", "The catalog has an access package with the name %q already.", p.DisplayName).At("displayName")
	}
	if err != nil || p.UniqueName == "" {
		return err
	}
	taken, err = anyRow(ctx, r.Packages, query.Compare{Field: "uniqueName", Value: p.UniqueName, Fold: true}, other(p.ID))
	if err == nil && taken {
		err = fault.New(fault.Invalid, "DuplicateAccessPackage", "There is an access package with the unique name %q already.", p.UniqueName).At("uniqueName")
	}
	return err
}

// UpdatePackage edits a copy of the package, its incompatible packages and
// groups included; what it gives is AddRoleScope's business. An error of edit
// is returned as it is. Faults: Forbidden, NotFound (also for a package or
// group that becomes incompatible), Invalid.
func (e *Engine) UpdatePackage(ctx context.Context, who authz.Caller, id entitlement.PackageID, edit func(*entitlement.Package) error) error {
	return e.do(ctx, who, audit.PackageUpdated, audit.KindPackage, string(id), func(tx store.Tx) error {
		before, err := e.reachPackage(ctx, tx, who, authz.EditPackages, id)
		if err != nil {
			return err
		}
		after := before
		after.Incompatible, after.IncompatibleGroup = slices.Clone(before.Incompatible), slices.Clone(before.IncompatibleGroup)
		if err := edit(&after); err != nil {
			return err
		}
		after.ID, after.Version, after.Stamp, after.RoleScopes = before.ID, before.Version, before.Stamp, before.RoleScopes
		if same(before, after) {
			return nil
		}
		if err := before.CheckEdit(after); err != nil {
			return err
		}
		if err := packageNameFree(ctx, tx, after); err != nil {
			return err
		}
		if err := e.checkIncompatible(ctx, tx, who, before, after); err != nil {
			return err
		}
		return e.putPackage(ctx, tx, who, before, after, "")
	})
}

// checkIncompatible checks that what becomes incompatible exists, and that
// the caller may read it.
func (e *Engine) checkIncompatible(ctx context.Context, r store.Reader, who authz.Caller, before, after entitlement.Package) error {
	for _, id := range after.Incompatible {
		if slices.Contains(before.Incompatible, id) {
			continue
		}
		if _, err := e.reachPackage(ctx, r, who, authz.ReadPackages, id); err != nil {
			return err
		}
	}
	var groups []directory.ObjectID
	for _, id := range after.IncompatibleGroup {
		if !slices.Contains(before.IncompatibleGroup, id) {
			groups = append(groups, id)
		}
	}
	found, err := r.ObjectsByID(ctx, groups)
	if err != nil {
		return err
	}
	for _, id := range groups {
		if g := found[id]; g.Kind != directory.KindGroup || g.Deleted() {
			return fault.New(fault.NotFound, "ResourceNotFound", "There is no group %s.", id)
		}
	}
	return nil
}

func (e *Engine) putPackage(ctx context.Context, tx store.Tx, who authz.Caller, before, after entitlement.Package, reason string) error {
	return e.putPackageAs(ctx, tx, who, audit.PackageUpdated, before, after, reason)
}

func (e *Engine) putPackageAs(ctx context.Context, tx store.Tx, who authz.Caller, action audit.Action, before, after entitlement.Package, reason string) error {
	now := e.clock.Now()
	after.Stamp = stampEdit(before.Stamp, who, now)
	why := e.record(ctx, who.Actor, now, action, audit.KindPackage, string(after.ID), after.DisplayName)
	why.Reason = reason
	return tx.PutPackage(ctx, after, versions(why, before.Version))
}

// DeletePackage removes a package that nobody has or asks for, with its
// policies and with the links of packages that are incompatible with it.
// Faults: Forbidden, NotFound, Invalid
// ("InvalidDeleteAccessPackageHasAssignments").
func (e *Engine) DeletePackage(ctx context.Context, who authz.Caller, id entitlement.PackageID, only ...func(entitlement.Package) error) error {
	return e.do(ctx, who, audit.PackageDeleted, audit.KindPackage, string(id), func(tx store.Tx) error {
		p, err := e.reachPackage(ctx, tx, who, authz.EditPackages, id)
		if err != nil {
			return err
		}
		if err := holds(p, only); err != nil {
			return err
		}
		used, err := inUse(ctx, tx, "package", id)
		if err != nil {
			return err
		}
		if used {
			return fault.New(fault.Invalid, "InvalidDeleteAccessPackageHasAssignments",
				"The access package %s can not be deleted because it has assignments or open requests. They have to end first.", p.DisplayName)
		}
		policies, err := everyRow(ctx, tx.Policies, equal("package", id))
		if err != nil {
			return err
		}
		for _, policy := range policies {
			if err := e.removePolicy(ctx, tx, who, policy); err != nil {
				return err
			}
		}
		if err := e.unlinkPackage(ctx, tx, who, id); err != nil {
			return err
		}
		why := e.record(ctx, who.Actor, e.clock.Now(), audit.PackageDeleted, audit.KindPackage, string(id), p.DisplayName)
		return tx.DeletePackage(ctx, id, gone(why, p.Version))
	})
}

// unlinkPackage takes the package out of the lists of others.
func (e *Engine) unlinkPackage(ctx context.Context, tx store.Tx, who authz.Caller, id entitlement.PackageID) error {
	naming, err := namingPackages(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, p := range naming {
		at := slices.Index(p.Incompatible, id)
		after := p
		after.Incompatible = slices.Delete(slices.Clone(p.Incompatible), at, at+1)
		if err := e.putPackage(ctx, tx, who, p, after, "packageDeleted"); err != nil {
			return err
		}
	}
	return nil
}

// namingPackages returns the packages that name one of the ids as
// incompatible.
func namingPackages(ctx context.Context, r store.Reader, ids ...entitlement.PackageID) ([]entitlement.Package, error) {
	rules, err := rulesOf(ctx, r)
	if err != nil {
		return nil, err
	}
	var partners []entitlement.PackageID
	for _, id := range ids {
		partners = append(partners, rules.Partners(id)...)
	}
	if len(partners) == 0 {
		return nil, nil
	}
	page, err := r.Packages(ctx, byIDs(partners))
	return slices.DeleteFunc(page.Rows, func(p entitlement.Package) bool {
		return !slices.ContainsFunc(ids, func(id entitlement.PackageID) bool { return slices.Contains(p.Incompatible, id) })
	}), err
}
