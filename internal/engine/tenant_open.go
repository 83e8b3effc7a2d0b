package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

// generalCatalog is the name of the catalog that every tenant has from the
// start (catalogs-and-resources.md section 2).
const generalCatalog = "General"

// OpenTenant makes a tenant with its built-in catalog if it is not there yet.
// It is called when the server starts, by nobody else.
func (e *Engine) OpenTenant(ctx context.Context, id directory.TenantID, displayName string) error {
	if err := e.store.CreateTenant(ctx, id, displayName); err != nil {
		return err
	}
	return e.store.Write(ctx, id, store.People, func(tx store.Tx) error {
		there, err := anyRow(ctx, tx.Catalogs, equal("type", entitlement.ServiceDefault))
		if there || err != nil {
			return err
		}
		now := e.clock.Now()
		c := entitlement.Catalog{
			ID: entitlement.CatalogID(e.newID()), DisplayName: generalCatalog, Description: "Built-in catalog.",
			Type: entitlement.ServiceDefault, Published: true, ExternallyVisible: true,
			Stamp: entitlement.Stamp{
				CreatedAt: now, ModifiedAt: now,
				CreatedBy: entitlement.System.Name, ModifiedBy: entitlement.System.Name,
			},
		}
		why := e.record(ctx, entitlement.System, now, audit.CatalogCreated, audit.KindCatalog, string(c.ID), c.DisplayName)
		return tx.PutCatalog(ctx, c, versions(why, 0))
	})
}
