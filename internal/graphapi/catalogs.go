package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) catalogID() entitlement.CatalogID { return entitlement.CatalogID(c.arg("catalog")) }

// is is the condition that a field holds a value that stood on the path; nil
// if there is no value.
func is(field, value string) query.Expr {
	if value == "" {
		return nil
	}
	return query.Compare{Field: field, Value: value}
}

// bearing is the condition that the alternate key is the one on the path.
func (c *call) bearing() query.Expr {
	return query.Compare{Field: "uniqueName", Value: c.arg("name"), Fold: true}
}

// onlyRow turns a page of at most one row into that row.
func onlyRow[T any](page query.Page[T], err error) (T, error) {
	if err == nil && len(page.Rows) == 0 {
		err = fault.New(fault.NotFound, "ResourceNotFound", "There is no object with this key.")
	}
	if err != nil {
		var none T
		return none, err
	}
	return page.Rows[0], nil
}

func entitlementRoot(c *call) error {
	if err := c.tokenAllows(authz.ReadService); err != nil {
		return err
	}
	return c.sendJSON(http.StatusOK, func(b []byte) []byte {
		b = append(b, `{"@odata.context":`...)
		b = appendString(b, c.context(c.here()))
		return append(b, `,"id":"entitlementManagement"}`...)
	})
}

func (c *call) loadCatalogs() loader[entitlement.CatalogView] {
	return func(q query.List, inc entitlement.Include) (query.Page[entitlement.CatalogView], error) {
		return c.s.engine.Catalogs(c.ctx, c.who, q, inc)
	}
}

func (c *call) loadCatalog(inc entitlement.Include) (entitlement.CatalogView, error) {
	return c.s.engine.Catalog(c.ctx, c.who, c.catalogID(), inc)
}

func listCatalogs(c *call) error {
	return answerList(c, wire.Catalog, c.here(), nil, c.loadCatalogs())
}

func countCatalogs(c *call) error { return answerCount(c, wire.Catalog, nil, c.loadCatalogs()) }

func getCatalog(c *call) error { return answerOne(c, wire.Catalog, c.around(), c.loadCatalog) }

func getCatalogByName(c *call) error {
	return answerOne(c, wire.Catalog, c.around(), func(inc entitlement.Include) (entitlement.CatalogView, error) {
		return onlyRow(c.s.engine.Catalogs(c.ctx, c.who, query.List{Where: c.bearing(), Limit: 1}, inc))
	})
}

func createCatalog(c *call) error {
	var v entitlement.CatalogView
	if err := decode(c, wire.Catalog, &v, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.CreateCatalog(c.ctx, c.who, v.Catalog)
	if err != nil {
		return err
	}
	return answerMade(c, wire.Catalog, http.StatusCreated, c.here(), string(made.ID), &made)
}

func updateCatalog(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	edit := editing(c, body, wire.Catalog, wire.Merge,
		func(current entitlement.Catalog) entitlement.CatalogView {
			return entitlement.CatalogView{Catalog: current}
		},
		func(v entitlement.CatalogView) entitlement.Catalog { return v.Catalog })
	if err := c.s.engine.UpdateCatalog(c.ctx, c.who, c.catalogID(), edit); err != nil {
		return err
	}
	return answerChanged(c, wire.Catalog, c.around(), c.loadCatalog)
}

func deleteCatalog(c *call) error {
	if err := c.s.engine.DeleteCatalog(c.ctx, c.who, c.catalogID(), unchanged[entitlement.Catalog](c)); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
