package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/audit"
)

func (r *reader) AuditOf(ctx context.Context, kind audit.ObjectKind, id string) ([]audit.Record, error) {
	return many(ctx, r, "SELECT "+auditColumns+" FROM audit WHERE tenant_id = $1 AND object_id = $2 AND object_kind = $3 ORDER BY id",
		[]any{r.no, id, string(kind)}, scanAudit)
}

func (r *reader) AuditOfMany(ctx context.Context, ids []string) ([]audit.Record, error) {
	return many(ctx, r, "SELECT "+auditColumns+" FROM audit WHERE tenant_id = $1 AND object_id "+r.store.dialect.among("$2")+" ORDER BY id",
		[]any{r.no, listArg(r, ids)}, scanAudit)
}

func scanAudit(row scanner) (audit.Record, error) {
	var a audit.Record
	err := row.Scan(&a.ID, instant{&a.At}, &a.Actor.Kind, &a.Actor.ID, &a.Actor.Name, &a.Actor.App, &a.OnBehalf, &a.Action,
		&a.Object.Kind, &a.Object.ID, &a.Object.Name, &a.Before, &a.After, &a.Result, &a.Reason, &a.RequestID, &a.ClientRequestID)
	return a, err
}

func (r *reader) VersionAt(ctx context.Context, kind audit.ObjectKind, id string, at time.Time) ([]byte, error) {
	var image *string // the version of a deletion has none
	err := r.query(ctx, `SELECT image FROM version WHERE tenant_id = $1 AND object_id = $2 AND kind = $3 AND valid_from <= $4
		ORDER BY version DESC LIMIT 1`, []any{r.no, id, string(kind), micros(at)}, func(row scanner) error { return row.Scan(&image) })
	if err != nil {
		return nil, fmt.Errorf("%s %s as of %s: %w", kind, id, at, err)
	}
	if image == nil {
		return nil, nil
	}
	return []byte(*image), nil
}
