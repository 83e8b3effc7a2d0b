package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/query"
)

// Records come newest first.
var auditRecords = listing{
	collection: "audit", table: "audit",
	order: []query.Order{{Field: "at", Desc: true}, {Field: "id", Desc: true}},
	fields: map[string]column{
		"id":          {at: "audit.id", folded: true},
		"at":          {at: "audit.at"},
		"action":      {at: "audit.action"},
		"result":      {at: "audit.result"},
		"actorKind":   {at: "audit.actor_kind"},
		"actor":       {at: "audit.actor_id", folded: true, sparse: true},
		"actorName":   {at: "audit.actor_name"},
		"actorApp":    {at: "audit.actor_app", sparse: true},
		"object":      {at: "audit.object_id"},
		"objectKind":  {at: "audit.object_kind"},
		"objectName":  {at: "audit.object_name"},
		"correlation": {at: "audit.request_id"},
	},
}

func (r *reader) AuditRecords(ctx context.Context, q query.List) (query.Page[audit.Record], error) {
	return list(ctx, r, auditRecords, auditColumns, scanAudit, q, nil)
}
