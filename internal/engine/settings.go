package engine

import (
	"context"
	"strings"

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
		after.Version, after.EndUser, after.Risks = before.Version, before.EndUser, before.Risks
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

// The control configurations of a tenant are kept with its settings.

// Controls returns the control configurations that there are. Faults:
// Forbidden.
func (e *Engine) Controls(ctx context.Context, who authz.Caller) ([]entitlement.Control, error) {
	s, err := e.TenantSettings(ctx, who)
	return s.Controls(), err
}

// Control returns a control configuration by its id or its kind. Faults:
// Forbidden, NotFound.
func (e *Engine) Control(ctx context.Context, who authz.Caller, key string) (entitlement.Control, error) {
	s, err := e.TenantSettings(ctx, who)
	if err != nil {
		return entitlement.Control{}, err
	}
	return controlOf(s, key)
}

func controlOf(s entitlement.TenantSettings, key string) (entitlement.Control, error) {
	for _, c := range s.Controls() {
		if key == c.ID || strings.EqualFold(key, string(c.Kind)) {
			return c, nil
		}
	}
	return entitlement.Control{}, fault.New(fault.NotFound, "ResourceNotFound", "There is no control configuration %s.", key)
}

// CreateControl makes the control configuration of a kind. Faults: Forbidden,
// Invalid ("ControlConfigurationExists" if there is one, "RiskNotRated").
func (e *Engine) CreateControl(ctx context.Context, who authz.Caller, c entitlement.Control) (entitlement.Control, error) {
	return change(ctx, e, who, audit.SettingsUpdated, audit.KindSettings, "", func(tx store.Tx) (entitlement.Control, error) {
		s, err := e.editedSettings(ctx, tx, who)
		if err != nil {
			return c, err
		}
		if there, err := controlOf(s, string(c.Kind)); err == nil {
			return c, fault.New(fault.Invalid, "ControlConfigurationExists",
				"There are %s already: %s. Change them with PATCH.", c.Kind, there.ID)
		}
		if err := c.Check(); err != nil {
			return c, err
		}
		c.ID, c.Stamp = e.newID(), stampNew(who, e.clock.Now())
		return c, e.putSettings(ctx, tx, who, s.With(c))
	})
}

// UpdateControl edits a copy of a control configuration and returns what
// became of it. An error of edit is returned as it is. Faults: Forbidden,
// NotFound, Invalid ("RiskNotRated").
func (e *Engine) UpdateControl(ctx context.Context, who authz.Caller, key string, edit func(*entitlement.Control) error) (entitlement.Control, error) {
	return change(ctx, e, who, audit.SettingsUpdated, audit.KindSettings, key, func(tx store.Tx) (entitlement.Control, error) {
		s, err := e.editedSettings(ctx, tx, who)
		if err != nil {
			return entitlement.Control{}, err
		}
		before, err := controlOf(s, key)
		if err != nil {
			return before, err
		}
		after := before
		if err := edit(&after); err != nil {
			return before, err
		}
		after.Kind, after.ID, after.Stamp = before.Kind, before.ID, before.Stamp
		if same(before, after) {
			return before, nil
		}
		if err := after.Check(); err != nil {
			return before, err
		}
		after.Stamp = stampEdit(before.Stamp, who, e.clock.Now())
		return after, e.putSettings(ctx, tx, who, s.With(after))
	})
}

// DeleteControl removes a control configuration; the defaults hold again.
// Faults: Forbidden, NotFound.
func (e *Engine) DeleteControl(ctx context.Context, who authz.Caller, key string, only ...func(entitlement.Control) error) error {
	return e.do(ctx, who, audit.SettingsUpdated, audit.KindSettings, key, func(tx store.Tx) error {
		s, err := e.editedSettings(ctx, tx, who)
		if err != nil {
			return err
		}
		c, err := controlOf(s, key)
		if err != nil {
			return err
		}
		if err := holds(c, only); err != nil {
			return err
		}
		return e.putSettings(ctx, tx, who, s.Without(c.Kind))
	})
}
