package graphapi

import (
	"net/http"
	"slices"
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
func (c *call) controlKey() string { return strings.ToLower(c.arg("control")) }

// speaks reports whether the version has the type of a control configuration.
func (c *call) speaks(kind entitlement.ControlKind) bool {
	return c.version == wire.Beta || kind == entitlement.EndUserControl
}

func listControls(c *call) error {
	return answerList(c, wire.Control, c.here(), nil,
		func(q query.List, _ entitlement.Include) (query.Page[entitlement.Control], error) {
			all, err := c.s.engine.Controls(c.ctx, c.who)
			all = slices.DeleteFunc(all, func(x entitlement.Control) bool { return !c.speaks(x.Kind) })
			return wire.Control.Select(all, q), err
		})
}

func getControl(c *call) error {
	return answerOne(c, wire.Control, c.around(), func(entitlement.Include) (entitlement.Control, error) {
		found, err := c.s.engine.Control(c.ctx, c.who, c.controlKey())
		if err == nil {
			err = c.known(found)
		}
		return found, err
	})
}

// known hides what the version has no type for.
func (c *call) known(x entitlement.Control) error {
	if c.speaks(x.Kind) {
		return nil
	}
	return fault.New(fault.NotFound, "ResourceNotFound", "There is no control configuration %s.", c.arg("control"))
}

func createControl(c *call) error {
	var x entitlement.Control
	if err := decode(c, wire.Control, &x, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.CreateControl(c.ctx, c.who, x)
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
	same := func(x entitlement.Control) entitlement.Control { return x }
	edit := editing(c, body, wire.Control, wire.Merge, same, same)
	made, err := c.s.engine.UpdateControl(c.ctx, c.who, c.controlKey(), func(x *entitlement.Control) error {
		if err := c.known(*x); err != nil {
			return err
		}
		return edit(x)
	})
	if err != nil {
		return err
	}
	return answerMade(c, wire.Control, http.StatusOK, c.around(), made.ID, &made)
}

func deleteControl(c *call) error {
	if err := c.s.engine.DeleteControl(c.ctx, c.who, c.controlKey(), c.known); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
