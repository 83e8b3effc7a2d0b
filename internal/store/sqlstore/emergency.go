package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

const emergencyColumns = `id, version, doc`

func (r *reader) scanEmergency(row scanner) (entitlement.EmergencyReview, error) {
	return scanDoc(r, row, "emergency_review", func(x entitlement.EmergencyReview) entitlement.EmergencyReview { return x })
}

var emergencies = listing{
	collection: "emergencies", table: "emergency_review",
	fields: map[string]column{
		"id":       {at: "emergency_review.id", folded: true},
		"catalog":  {at: "emergency_review.catalog_id", folded: true},
		"package":  {at: "emergency_review.package_id", folded: true},
		"target":   {at: "emergency_review.target_id", folded: true},
		"status":   {at: "emergency_review.status"},
		"openedAt": {at: "emergency_review.opened_at"},
		"dueAt":    {at: "emergency_review.due_at"},
	},
}

func (r *reader) Emergency(ctx context.Context, id entitlement.RequestID) (entitlement.EmergencyReview, error) {
	return byID(ctx, r, "emergency_review", emergencyColumns, string(id), r.scanEmergency)
}

func (r *reader) Emergencies(ctx context.Context, q query.List) (query.Page[entitlement.EmergencyReview], error) {
	return list(ctx, r, emergencies, emergencyColumns, r.scanEmergency, q, nil)
}

func (t *tx) PutEmergency(_ context.Context, x entitlement.EmergencyReview, why audit.Record) error {
	before := x.Version
	x.Version++
	doc, err := encode(x)
	if err != nil {
		return err
	}
	t.buf.put(emergencyTable, before, string(x.ID), x.Version, string(x.Catalog), string(x.Package), string(x.Target), string(x.Status),
		micros(x.OpenedAt), micros(x.DueAt), doc)
	return t.keep(audit.KindEmergency, string(x.ID), x.Version, doc, []audit.Record{why})
}
