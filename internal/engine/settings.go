package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/store"
)

// TenantSettings returns the settings of the caller's tenant. Faults:
// Forbidden.
func (e *Engine) TenantSettings(ctx context.Context, who authz.Caller) (entitlement.TenantSettings, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.TenantSettings, error) {
		if err := e.everywhere(ctx, r, who, authz.ReadSettings); err != nil {
			return entitlement.TenantSettings{}, err
		}
		return r.TenantSettings(ctx)
	})
}

// UpdateTenantSettings edits a copy of the settings. An error of edit is
// returned as it is. Faults: Forbidden, Invalid.
func (e *Engine) UpdateTenantSettings(ctx context.Context, who authz.Caller, edit func(*entitlement.TenantSettings) error) error {
	return e.do(ctx, who, audit.SettingsUpdated, audit.KindSettings, "", func(tx store.Tx) error {
		before, err := e.editedSettings(ctx, tx, who)
		if err != nil {
			return err
		}
		after := before
		if err := edit(&after); err != nil {
			return err
		}
		after.Version, after.EndUser = before.Version, before.EndUser
		if same(before, after) {
			return nil
		}
		if err := after.Check(); err != nil {
			return err
		}
		return e.putSettings(ctx, tx, who, after)
	})
}

func (e *Engine) editedSettings(ctx context.Context, tx store.Tx, who authz.Caller) (entitlement.TenantSettings, error) {
	if err := e.everywhere(ctx, tx, who, authz.EditSettings); err != nil {
		return entitlement.TenantSettings{}, err
	}
	return tx.TenantSettings(ctx)
}

func (e *Engine) putSettings(ctx context.Context, tx store.Tx, who authz.Caller, s entitlement.TenantSettings) error {
	why := e.record(ctx, who.Actor, e.clock.Now(), audit.SettingsUpdated, audit.KindSettings, string(who.Tenant), "settings")
	return tx.PutTenantSettings(ctx, s, versions(why, s.Version))
}

// The control configurations of a tenant are kept with its settings: so far
// there is one, the end user settings.

// EndUserSettings returns the end user settings by id or key, or with "" those
// that there are. Faults: Forbidden, NotFound.
func (e *Engine) EndUserSettings(ctx context.Context, who authz.Caller, key string) (entitlement.EndUserSettings, error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (entitlement.EndUserSettings, error) {
		if err := e.everywhere(ctx, r, who, authz.ReadSettings); err != nil {
			return entitlement.EndUserSettings{}, err
		}
		s, err := r.TenantSettings(ctx)
		if err != nil {
			return entitlement.EndUserSettings{}, err
		}
		return endUserOf(s, key)
	})
}

func endUserOf(s entitlement.TenantSettings, key string) (entitlement.EndUserSettings, error) {
	if s.EndUser == nil || key != "" && key != s.EndUser.ID && key != entitlement.EndUserSettingsKey {
		return entitlement.EndUserSettings{}, fault.New(fault.NotFound, "ResourceNotFound", "There is no control configuration %s.", key)
	}
	return *s.EndUser, nil
}

// CreateEndUserSettings makes the end user settings of a tenant. Faults:
// Forbidden, Invalid ("ControlConfigurationExists" if there are some).
func (e *Engine) CreateEndUserSettings(ctx context.Context, who authz.Caller, c entitlement.EndUserSettings) (entitlement.EndUserSettings, error) {
	return change(ctx, e, who, audit.SettingsUpdated, audit.KindSettings, "", func(tx store.Tx) (entitlement.EndUserSettings, error) {
		s, err := e.editedSettings(ctx, tx, who)
		if err != nil {
			return c, err
		}
		if s.EndUser != nil {
			return c, fault.New(fault.Invalid, "ControlConfigurationExists",
				"There are end user settings already: %s. Change them with PATCH.", s.EndUser.ID)
		}
		c.ID, c.Stamp = e.newID(), stampNew(who, e.clock.Now())
		s.EndUser = &c
		return c, e.putSettings(ctx, tx, who, s)
	})
}

// UpdateEndUserSettings edits a copy of the end user settings and returns
// what became of them. An error of edit is returned as it is. Faults:
// Forbidden, NotFound.
func (e *Engine) UpdateEndUserSettings(ctx context.Context, who authz.Caller, key string, edit func(*entitlement.EndUserSettings) error) (entitlement.EndUserSettings, error) {
	return change(ctx, e, who, audit.SettingsUpdated, audit.KindSettings, key, func(tx store.Tx) (entitlement.EndUserSettings, error) {
		s, err := e.editedSettings(ctx, tx, who)
		if err != nil {
			return entitlement.EndUserSettings{}, err
		}
		before, err := endUserOf(s, key)
		if err != nil {
			return before, err
		}
		after := before
		if err := edit(&after); err != nil {
			return before, err
		}
		after.ID, after.Stamp = before.ID, before.Stamp
		if same(before, after) {
			return before, nil
		}
		after.Stamp = stampEdit(before.Stamp, who, e.clock.Now())
		s.EndUser = &after
		return after, e.putSettings(ctx, tx, who, s)
	})
}

// DeleteEndUserSettings removes the end user settings; the defaults hold
// again. Faults: Forbidden, NotFound.
func (e *Engine) DeleteEndUserSettings(ctx context.Context, who authz.Caller, key string) error {
	return e.do(ctx, who, audit.SettingsUpdated, audit.KindSettings, key, func(tx store.Tx) error {
		s, err := e.editedSettings(ctx, tx, who)
		if err != nil {
			return err
		}
		if _, err := endUserOf(s, key); err != nil {
			return err
		}
		s.EndUser = nil
		return e.putSettings(ctx, tx, who, s)
	})
}
