package graphapi

import (
	"net/http"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) originConnectorID() entitlement.ConnectorID {
	return entitlement.ConnectorID(c.arg("connector"))
}

// loadOriginConnectors filters in memory: there are a handful of them.
func (c *call) loadOriginConnectors() loader[entitlement.OriginConnector] {
	return func(q query.List, _ entitlement.Include) (query.Page[entitlement.OriginConnector], error) {
		all, err := c.s.engine.OriginConnectors(c.ctx, c.who)
		return wire.OriginConnector.Select(all, q), err
	}
}

func listOriginConnectors(c *call) error {
	return answerList(c, wire.OriginConnector, c.here(), nil, c.loadOriginConnectors())
}

func countOriginConnectors(c *call) error {
	return answerCount(c, wire.OriginConnector, nil, c.loadOriginConnectors())
}

func getOriginConnector(c *call) error {
	return answerOne(c, wire.OriginConnector, c.around(), c.loadOriginConnector)
}

func (c *call) loadOriginConnector(entitlement.Include) (entitlement.OriginConnector, error) {
	return onlyRow(c.loadOriginConnectors()(query.List{Where: is("id", string(c.originConnectorID())), Limit: 1}, nil))
}

func createOriginConnector(c *call) error {
	var v entitlement.OriginConnector
	if err := decode(c, wire.OriginConnector, &v, wire.Create); err != nil {
		return err
	}
	made, err := c.s.engine.CreateOriginConnector(c.ctx, c.who, v)
	if err != nil {
		return err
	}
	return answerMade(c, wire.OriginConnector, http.StatusCreated, c.here(), string(made.ID), &made)
}

// updateOriginConnector answers with what became of it, as documented.
func updateOriginConnector(c *call) error {
	body, err := c.content()
	if err != nil {
		return err
	}
	same := func(x entitlement.OriginConnector) entitlement.OriginConnector { return x }
	edit := editing(c, body, wire.OriginConnector, wire.Merge, same, same)
	if err := c.s.engine.UpdateOriginConnector(c.ctx, c.who, c.originConnectorID(), edit); err != nil {
		return err
	}
	return getOriginConnector(c)
}

func deleteOriginConnector(c *call) error {
	if err := c.s.engine.DeleteOriginConnector(c.ctx, c.who, c.originConnectorID(), unchanged[entitlement.OriginConnector](c)); err != nil {
		return err
	}
	return c.sendNothing(http.StatusNoContent)
}
