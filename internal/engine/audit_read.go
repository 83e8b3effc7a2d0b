package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// AuditRecords lists what was done in the tenant, newest first. Whoever may
// read some of it may read all. Faults: Forbidden, Invalid.
func (e *Engine) AuditRecords(ctx context.Context, who authz.Caller, q query.List) (query.Page[audit.Record], error) {
	return read(ctx, e, who.Tenant, func(r store.Reader) (query.Page[audit.Record], error) {
		if err := e.everywhere(ctx, r, who, authz.ReadAudit); err != nil {
			return query.Page[audit.Record]{}, err
		}
		return r.AuditRecords(ctx, q)
	})
}
