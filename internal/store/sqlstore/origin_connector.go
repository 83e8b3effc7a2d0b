package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

func (r *reader) scanOriginConnector(row scanner) (entitlement.OriginConnector, error) {
	return scanDoc(r, row, "origin_connector", func(c entitlement.OriginConnector) entitlement.OriginConnector {
		if c.Connection = copied(c.Connection); c.Connection != nil {
			c.Connection.Authentication = copied(c.Connection.Authentication)
		}
		return c
	})
}

func (r *reader) OriginConnectors(ctx context.Context) ([]entitlement.OriginConnector, error) {
	return many(ctx, r, "SELECT id, version, doc FROM origin_connector WHERE tenant_id = $1 ORDER BY id", []any{r.no}, r.scanOriginConnector)
}

func (t *tx) PutOriginConnector(_ context.Context, c entitlement.OriginConnector, why audit.Record) error {
	before := c.Version
	c.Version++
	doc, err := encode(c)
	if err != nil {
		return err
	}
	t.buf.put(originConnectorTable, before, string(c.ID), c.Version, doc)
	return t.keep(audit.KindConnector, string(c.ID), c.Version, doc, []audit.Record{why})
}

func (t *tx) DeleteOriginConnector(ctx context.Context, id entitlement.ConnectorID, why audit.Record) error {
	return t.remove(ctx, "origin_connector", string(id), audit.KindConnector, why)
}
