package graphapi

import (
	"net/http"
	"strings"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) loadSettings(entitlement.Include) (entitlement.TenantSettings, error) {
	return c.s.engine.TenantSettings(c.ctx, c.who)
}

func getSettings(c *call) error { return answerOne(c, wire.Settings, c.around(), c.loadSettings) }

func updateSettings(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	same := func(s entitlement.TenantSettings) entitlement.TenantSettings { return s }
	edit := editing(c, body, wire.Settings, wire.Merge, same, same)
	if err := c.s.engine.UpdateTenantSettings(c.ctx, c.who, edit); err != nil {
		return err
	}
	return answerChanged(c, wire.Settings, c.around(), c.loadSettings)
}

// controlKey is the id of a control configuration, or the name of its type.
func (c *call) controlKey() string {
	key := c.arg("control")
	if strings.EqualFold(key, entitlement.EndUserSettingsKey) {
		return entitlement.EndUserSettingsKey
	}
	return strings.ToLower(key)
}

func listControls(c *call) error {
	return answerList(c, wire.Control, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[entitlement.EndUserSettings], error) {
			var all []entitlement.EndUserSettings
			s, err := c.s.engine.EndUserSettings(c.ctx, c.who, "")
			if err == nil {
				all = append(all, s)
			} else if fault.Is(err, fault.NotFound) {
				err = nil
			}
			return wire.Control.Select(all, q), err
		})
}

func getControl(c *call) error {
	return answerOne(c, wire.Control, c.around(), func(entitlement.Include) (entitlement.EndUserSettings, error) {
		return c.s.engine.EndUserSettings(c.ctx, c.who, c.controlKey())
	})
}

func createControl(c *call) error {
	var s entitlement.EndUserSettings
	if err := decode(c, wire.Control, &s, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.CreateEndUserSettings(c.ctx, c.who, s)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Control, http.StatusCreated, c.here(), made.ID, &made)
}

// updateControl answers with the object, as the published method does
// (catalogs-and-resources.md section 9).
func updateControl(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	same := func(s entitlement.EndUserSettings) entitlement.EndUserSettings { return s }
	made, err := c.s.engine.UpdateEndUserSettings(c.ctx, c.who, c.controlKey(), editing(c, body, wire.Control, wire.Merge, same, same))
	if err != nil {
		return err
	}
	return answerMade(c, wire.Control, http.StatusOK, c.around(), made.ID, &made)
}

func deleteControl(c *call) error {
	if err := c.s.engine.DeleteEndUserSettings(c.ctx, c.who, c.controlKey()); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
