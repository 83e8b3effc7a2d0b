package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

// extensionSet is what the collection on the path holds: beta's retiring one
// has only extensions of the older type.
func (c *call) extensionSet() (*wire.Entity[entitlement.CustomExtension], entitlement.ExtensionKind) {
	if c.match.oldName != "" {
		return wire.LegacyExtension, entitlement.LegacyExtension
	}
	return wire.Extension, ""
}

func (c *call) extensionRef() entitlement.ExtensionRef {
	_, kind := c.extensionSet()
	return entitlement.ExtensionRef{Catalog: c.catalogID(), ID: entitlement.ExtensionID(c.arg("extension")), Kind: kind}
}

func (c *call) loadExtensions() loader[entitlement.CustomExtension] {
	return func(q query.List, _ entitlement.Include) (query.Page[entitlement.CustomExtension], error) {
		return c.s.engine.Extensions(c.ctx, c.who, c.catalogID(), q)
	}
}

func (c *call) loadExtension(entitlement.Include) (entitlement.CustomExtension, error) {
	return c.s.engine.Extension(c.ctx, c.who, c.extensionRef())
}

func listExtensions(c *call) error {
	entity, kind := c.extensionSet()
	return answerList(c, entity, c.here(), is("kind", string(kind)), c.loadExtensions())
}

func countExtensions(c *call) error {
	entity, kind := c.extensionSet()
	return answerCount(c, entity, is("kind", string(kind)), c.loadExtensions())
}

func getExtension(c *call) error {
	entity, _ := c.extensionSet()
	return answerOne(c, entity, c.around(), c.loadExtension)
}

func createExtension(c *call) error {
	entity, kind := c.extensionSet()
	x := entitlement.CustomExtension{Kind: kind}
	if err := decode(c, wire.Extension, &x, wire.Create); err != nil {
		return err
	}
	x.Catalog = c.catalogID()
	made, err := c.s.engine.CreateExtension(c.ctx, c.who, x)
	if err != nil {
		return err
	}
	return answerMade(c, entity, http.StatusCreated, c.here(), string(made.ID), &made)
}

// changeExtension puts the body into the extension: all of it, or what it
// names.
func changeExtension(c *call, mode wire.Mode) (entitlement.CustomExtension, error) {
	body, err := c.content()
	if err != nil {
		return entitlement.CustomExtension{}, err
	}
	same := func(x entitlement.CustomExtension) entitlement.CustomExtension { return x }
	return c.s.engine.ReplaceExtension(c.ctx, c.who, c.extensionRef(), editing(c, body, wire.Extension, mode, same, same))
}

func replaceExtension(c *call) error {
	changed, err := changeExtension(c, wire.Replace)
	if err != nil {
		return err
	}
	entity, _ := c.extensionSet()
	return answerMade(c, entity, http.StatusOK, c.around(), string(changed.ID), &changed)
}

// updateExtension is an extension of ours: Graph has only PUT.
func updateExtension(c *call) error {
	if _, err := changeExtension(c, wire.Merge); err != nil {
		return err
	}
	entity, _ := c.extensionSet()
	return answerChanged(c, entity, c.around(), c.loadExtension)
}

func deleteExtension(c *call) error {
	if err := c.s.engine.DeleteExtension(c.ctx, c.who, c.extensionRef(), unchanged[entitlement.CustomExtension](c)); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
