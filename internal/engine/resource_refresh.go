package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// RefreshResource reads a resource from its origin again: how it is called
// and, of an application, its roles (catalogs-and-resources.md section 4.7).
// Without the id of a catalog the resource is looked for in all. Faults:
// Forbidden, NotFound, Invalid ("ResourceNotFoundInOriginSystem",
// "InvalidResource", "CallerNotResourceOwner").
func (e *Engine) RefreshResource(ctx context.Context, who authz.Caller, catalog entitlement.CatalogID, id entitlement.ResourceID) error {
	return e.do(ctx, who, audit.ResourceRefreshed, audit.KindResource, string(id), func(tx store.Tx) error {
		before, err := e.reachResource(ctx, tx, who, authz.EditResources, catalog, id)
		if err != nil {
			return err
		}
		if before.OriginSystem == entitlement.OriginCustomData {
			return nil // nothing but what was uploaded is known of it
		}
		object, err := tx.Object(ctx, directory.ObjectID(before.OriginID))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		packages, err := everyRow(ctx, tx.Packages, equal("catalog", before.Catalog))
		if err != nil {
			return err
		}
		after, err := before.Refreshed(object, packages, e.newID)
		if err != nil {
			return err
		}
		if err := e.mayGiveAway(ctx, tx, who, object); err != nil {
			return err
		}
		if same(before, after) {
			return nil
		}
		now := e.clock.Now()
		after.Stamp = stampEdit(before.Stamp, who, now)
		why := e.record(ctx, who.Actor, now, audit.ResourceRefreshed, audit.KindResource, string(id), after.DisplayName)
		return tx.PutResource(ctx, after, versions(why, before.Version))
	})
}
