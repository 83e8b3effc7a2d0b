package engine

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// OriginConnectors returns the connectors to systems elsewhere, all of them.
// Faults: Forbidden.
func (e *Engine) OriginConnectors(ctx context.Context, who authz.Caller) ([]entitlement.OriginConnector, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) ([]entitlement.OriginConnector, error) {
		if err := e.everywhere(ctx, r, who, authz.ReadConnectors); err != nil {
			return nil, err
		}
		return r.OriginConnectors(ctx)
	})
}

// CreateOriginConnector makes a connector. Faults: Forbidden, Invalid.
func (e *Engine) CreateOriginConnector(ctx context.Context, who authz.Caller, c entitlement.OriginConnector) (entitlement.OriginConnector, error) {
	return change(ctx, e, who, audit.ConnectorCreated, audit.KindConnector, "", func(tx store.Tx) (entitlement.OriginConnector, error) {
		if err := e.everywhere(ctx, tx, who, authz.EditConnectors); err != nil {
			return c, err
		}
		now := e.clock.Now()
		made := c
		made.ID, made.Version, made.Stamp = entitlement.ConnectorID(e.newID()), 0, stampNew(who, now)
		if err := made.Check(); err != nil {
			return c, err
		}
		why := e.record(ctx, who.Actor, now, audit.ConnectorCreated, audit.KindConnector, string(made.ID), made.DisplayName)
		if err := tx.PutOriginConnector(ctx, made, versions(why, 0)); err != nil {
			return c, err
		}
		made.Version++
		return made, nil
	})
}

// UpdateOriginConnector edits a copy of the connector. An error of edit is
// returned as it is. Faults: Forbidden, NotFound, Invalid.
func (e *Engine) UpdateOriginConnector(ctx context.Context, who authz.Caller, id entitlement.ConnectorID, edit func(*entitlement.OriginConnector) error) error {
	return e.do(ctx, who, audit.ConnectorUpdated, audit.KindConnector, string(id), func(tx store.Tx) error {
		before, err := e.editedConnector(ctx, tx, who, id)
		if err != nil {
			return err
		}
		after := before
		if err := edit(&after); err != nil {
			return err
		}
		after = after.Keeping(before)
		after.ID, after.Version, after.Stamp = before.ID, before.Version, before.Stamp
		if same(before, after) {
			return nil
		}
		if err := after.Check(); err != nil {
			return err
		}
		now := e.clock.Now()
		after.Stamp = stampEdit(before.Stamp, who, now)
		why := e.record(ctx, who.Actor, now, audit.ConnectorUpdated, audit.KindConnector, string(id), after.DisplayName)
		return tx.PutOriginConnector(ctx, after, versions(why, before.Version))
	})
}

// DeleteOriginConnector removes a connector. Faults: Forbidden, NotFound.
func (e *Engine) DeleteOriginConnector(ctx context.Context, who authz.Caller, id entitlement.ConnectorID, only ...func(entitlement.OriginConnector) error) error {
	return e.do(ctx, who, audit.ConnectorDeleted, audit.KindConnector, string(id), func(tx store.Tx) error {
		c, err := e.editedConnector(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := holds(c, only); err != nil {
			return err
		}
		why := e.record(ctx, who.Actor, e.clock.Now(), audit.ConnectorDeleted, audit.KindConnector, string(id), c.DisplayName)
		return tx.DeleteOriginConnector(ctx, id, gone(why, c.Version))
	})
}

func (e *Engine) editedConnector(ctx context.Context, tx store.Tx, who authz.Caller, id entitlement.ConnectorID) (entitlement.OriginConnector, error) {
	if err := e.everywhere(ctx, tx, who, authz.EditConnectors); err != nil {
		return entitlement.OriginConnector{}, err
	}
	all, err := tx.OriginConnectors(ctx)
	if err != nil {
		return entitlement.OriginConnector{}, err
	}
	at := slices.IndexFunc(all, func(c entitlement.OriginConnector) bool { return c.ID == id })
	if at < 0 {
		return entitlement.OriginConnector{}, fault.New(fault.NotFound, "ResourceNotFound", "There is no connector %s.", id)
	}
	return all[at], nil
}
