package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// CreateExtension adds a custom extension to a catalog. Faults: Forbidden,
// NotFound for the catalog, Invalid.
func (e *Engine) CreateExtension(ctx context.Context, who authz.Caller, x entitlement.CustomExtension) (entitlement.CustomExtension, error) {
	return change(ctx, e, who, audit.ExtensionCreated, audit.KindExtension, "", func(tx store.Tx) (entitlement.CustomExtension, error) {
		none := entitlement.CustomExtension{}
		if _, err := e.reachCatalog(ctx, tx, who, authz.EditExtensions, x.Catalog); err != nil {
			return none, err
		}
		now := e.clock.Now()
		made := x
		made.ID, made.Version, made.Stamp = entitlement.ExtensionID(e.newID()), 0, stampNew(who, now)
		if err := made.Check(); err != nil {
			return none, err
		}
		why := e.record(ctx, who.Actor, now, audit.ExtensionCreated, audit.KindExtension, string(made.ID), made.DisplayName)
		err := tx.PutExtension(ctx, made, versions(why, 0))
		made.Version++
		return made, err
	})
}

// ReplaceExtension lets edit turn a copy of the extension into its
// replacement; its type stays. Requests that wait for its answer keep the
// time they were given. Faults: Forbidden, NotFound, Invalid
// ("InvalidExtensionStage" if a policy could not call it any more).
func (e *Engine) ReplaceExtension(ctx context.Context, who authz.Caller, ref entitlement.ExtensionRef, edit func(*entitlement.CustomExtension) error) (entitlement.CustomExtension, error) {
	return change(ctx, e, who, audit.ExtensionUpdated, audit.KindExtension, string(ref.ID), func(tx store.Tx) (entitlement.CustomExtension, error) {
		before, err := e.reachExtension(ctx, tx, who, authz.EditExtensions, ref)
		if err != nil {
			return before, err
		}
		after := before
		if err := edit(&after); err != nil {
			return before, err
		}
		after.ID, after.Version, after.Catalog, after.Stamp = before.ID, before.Version, before.Catalog, before.Stamp
		if same(before, after) {
			return before, nil
		}
		callers, err := tx.Callers(ctx, ref.ID)
		if err != nil {
			return before, err
		}
		if err := before.CheckEdit(after, callers); err != nil {
			return before, err
		}
		now := e.clock.Now()
		after.Stamp = stampEdit(before.Stamp, who, now)
		why := e.record(ctx, who.Actor, now, audit.ExtensionUpdated, audit.KindExtension, string(ref.ID), after.DisplayName)
		err = tx.PutExtension(ctx, after, versions(why, before.Version))
		after.Version++
		return after, err
	})
}

// DeleteExtension removes a custom extension that no policy calls. Faults:
// Forbidden, NotFound, Invalid ("CustomExtensionInUse").
func (e *Engine) DeleteExtension(ctx context.Context, who authz.Caller, ref entitlement.ExtensionRef, only ...func(entitlement.CustomExtension) error) error {
	return e.do(ctx, who, audit.ExtensionDeleted, audit.KindExtension, string(ref.ID), func(tx store.Tx) error {
		x, err := e.reachExtension(ctx, tx, who, authz.EditExtensions, ref)
		if err != nil {
			return err
		}
		if err := holds(x, only); err != nil {
			return err
		}
		callers, err := tx.Callers(ctx, ref.ID)
		if err != nil {
			return err
		}
		if err := x.CheckDelete(callers); err != nil {
			return err
		}
		return e.removeExtension(ctx, tx, who, x)
	})
}

func (e *Engine) removeExtension(ctx context.Context, tx store.Tx, who authz.Caller, x entitlement.CustomExtension) error {
	why := e.record(ctx, who.Actor, e.clock.Now(), audit.ExtensionDeleted, audit.KindExtension, string(x.ID), x.DisplayName)
	return tx.DeleteExtension(ctx, x.ID, gone(why, x.Version))
}

// reachExtension reads an extension of a catalog for somebody who wants to do
// something with it.
func (e *Engine) reachExtension(ctx context.Context, r store.Reader, who authz.Caller, a authz.Action, ref entitlement.ExtensionRef) (entitlement.CustomExtension, error) {
	if _, err := e.reachCatalog(ctx, r, who, a, ref.Catalog); err != nil {
		return entitlement.CustomExtension{}, err
	}
	x, err := r.Extension(ctx, ref.ID)
	if err == nil && !ref.Means(x) {
		err = fault.New(fault.NotFound, "ResourceNotFound", "There is no custom extension %s here.", ref.ID)
	}
	return x, err
}
