package graphapi

import (
	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/graphapi/wire"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (c *call) loadAudits() loader[audit.Record] {
	return func(q query.List, _ entitlement.Include) (query.Page[audit.Record], error) {
		return c.s.engine.AuditRecords(c.ctx, c.who, q)
	}
}

func listAudits(c *call) error { return answerList(c, wire.Audit, c.here(), nil, c.loadAudits()) }

func countAudits(c *call) error { return answerCount(c, wire.Audit, nil, c.loadAudits()) }

func getAudit(c *call) error {
	return answerOne(c, wire.Audit, c.around(), func(inc entitlement.Include) (audit.Record, error) {
		return onlyRow(c.loadAudits()(query.List{Where: is("id", c.arg("audit")), Limit: 1}, inc))
	})
}
