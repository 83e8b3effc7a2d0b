package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// CreateCatalog makes a catalog. Somebody who may only create catalogs
// becomes its owner. Faults: Forbidden, Invalid ("DuplicateCatalog" if the
// name is taken).
func (e *Engine) CreateCatalog(ctx context.Context, who authz.Caller, c entitlement.Catalog) (entitlement.CatalogView, error) {
	return change(ctx, e, who, audit.CatalogCreated, audit.KindCatalog, "", func(tx store.Tx) (entitlement.CatalogView, error) {
		if err := e.everywhere(ctx, tx, who, authz.CreateCatalog); err != nil {
			return entitlement.CatalogView{}, err
		}
		now := e.clock.Now()
		c.ID, c.Version = entitlement.CatalogID(e.newID()), 0
		c.Type, c.Stamp = entitlement.UserManaged, stampNew(who, now)
		if err := c.Check(); err != nil {
			return entitlement.CatalogView{}, err
		}
		if err := catalogNameFree(ctx, tx, c); err != nil {
			return entitlement.CatalogView{}, err
		}
		why := e.record(ctx, who.Actor, now, audit.CatalogCreated, audit.KindCatalog, string(c.ID), c.DisplayName)
		if err := tx.PutCatalog(ctx, c, versions(why, 0)); err != nil {
			return entitlement.CatalogView{}, err
		}
		made := c
		made.Version++
		return entitlement.CatalogView{Catalog: made}, e.ownCatalog(ctx, tx, who, made)
	})
}

// ownCatalog makes the creator of a catalog its owner, unless all catalogs
// are the creator's to manage anyway.
func (e *Engine) ownCatalog(ctx context.Context, tx store.Tx, who authz.Caller, c entitlement.Catalog) error {
	reach, err := e.reach(ctx, tx, who, authz.EditCatalog)
	if err != nil || reach.Everywhere {
		return err
	}
	a := authz.RoleAssignment{
		ID: e.newID(), Principal: who.ID(), Role: string(authz.CatalogOwner), Provider: authz.EntitlementProvider,
		Catalog: c.ID, CreatedAt: c.CreatedAt,
	}
	return tx.PutRoleAssignment(ctx, a, versions(e.roleRecord(ctx, who, a, audit.RoleGiven, c.CreatedAt), 0))
}

func catalogNameFree(ctx context.Context, r store.Reader, c entitlement.Catalog) error {
	taken, err := anyRow(ctx, r.Catalogs, query.Compare{Field: "displayName", Value: c.DisplayName, Fold: true}, other(c.ID))
	if err == nil && taken {
		err = fault.New(fault.Invalid, "DuplicateCatalog", "There is a catalog with the name %q already.", c.DisplayName).At("displayName")
	}
	if err != nil || c.UniqueName == "" {
		return err
	}
	taken, err = anyRow(ctx, r.Catalogs, query.Compare{Field: "uniqueName", Value: c.UniqueName, Fold: true}, other(c.ID))
	if err == nil && taken {
		err = fault.New(fault.Invalid, "DuplicateCatalog", "There is a catalog with the unique name %q already.", c.UniqueName).At("uniqueName")
	}
	return err
}

// UpdateCatalog edits a copy of the catalog. An error of edit is returned as
// it is. Faults: Forbidden, NotFound, Invalid ("DuplicateCatalog",
// "CatalogNotModifiable" for the built-in one).
func (e *Engine) UpdateCatalog(ctx context.Context, who authz.Caller, id entitlement.CatalogID, edit func(*entitlement.Catalog) error) error {
	return e.do(ctx, who, audit.CatalogUpdated, audit.KindCatalog, string(id), func(tx store.Tx) error {
		before, err := e.reachCatalog(ctx, tx, who, authz.EditCatalog, id)
		if err != nil {
			return err
		}
		after := before
		if err := edit(&after); err != nil {
			return err
		}
		after.ID, after.Version, after.Type, after.Stamp = before.ID, before.Version, before.Type, before.Stamp
		if same(before, after) {
			return nil
		}
		if err := before.CheckEdit(after); err != nil {
			return err
		}
		if err := catalogNameFree(ctx, tx, after); err != nil {
			return err
		}
		now := e.clock.Now()
		after.Stamp = stampEdit(before.Stamp, who, now)
		why := e.record(ctx, who.Actor, now, audit.CatalogUpdated, audit.KindCatalog, string(id), after.DisplayName)
		return tx.PutCatalog(ctx, after, versions(why, before.Version))
	})
}

// DeleteCatalog removes a catalog without packages, its resources, its
// custom extensions and the roles given on it. Faults: Forbidden, NotFound, Invalid
// ("InvalidDeleteCatalogHasAccessPackages", "CatalogNotModifiable").
func (e *Engine) DeleteCatalog(ctx context.Context, who authz.Caller, id entitlement.CatalogID, only ...func(entitlement.Catalog) error) error {
	return e.do(ctx, who, audit.CatalogDeleted, audit.KindCatalog, string(id), func(tx store.Tx) error {
		c, err := e.reachCatalog(ctx, tx, who, authz.EditCatalog, id)
		if err != nil {
			return err
		}
		if err := holds(c, only); err != nil {
			return err
		}
		packages, err := anyRow(ctx, tx.Packages, equal("catalog", id))
		if err != nil {
			return err
		}
		if err := c.CheckDelete(packages); err != nil {
			return err
		}
		if err := e.emptyCatalog(ctx, tx, who, id); err != nil {
			return err
		}
		why := e.record(ctx, who.Actor, e.clock.Now(), audit.CatalogDeleted, audit.KindCatalog, string(id), c.DisplayName)
		return tx.DeleteCatalog(ctx, id, gone(why, c.Version))
	})
}

// emptyCatalog removes what cannot be without its catalog.
func (e *Engine) emptyCatalog(ctx context.Context, tx store.Tx, who authz.Caller, id entitlement.CatalogID) error {
	now := e.clock.Now()
	resources, err := everyRow(ctx, tx.Resources, equal("catalog", id))
	if err != nil {
		return err
	}
	for _, r := range resources {
		if err := e.deleteResource(ctx, tx, who, r); err != nil {
			return err
		}
	}
	extensions, err := everyRow(ctx, tx.Extensions, equal("catalog", id))
	if err != nil {
		return err
	}
	for _, x := range extensions {
		if err := e.removeExtension(ctx, tx, who, x); err != nil {
			return err
		}
	}
	roles, err := everyRow(ctx, tx.RoleAssignments, equal("catalog", id))
	if err != nil {
		return err
	}
	for _, a := range roles {
		if err := tx.DeleteRoleAssignment(ctx, a.ID, gone(e.roleRecord(ctx, who, a, audit.RoleTaken, now), a.Version)); err != nil {
			return err
		}
	}
	return nil
}
