package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

func (t *tx) DeleteRequest(ctx context.Context, id entitlement.RequestID, why audit.Record) error {
	// Held, its status is the one that is tallied until it is gone.
	held := "SELECT 1 FROM request WHERE tenant_id = $1 AND id = $2" + t.store.dialect.hold
	if err := t.change(ctx, held, []any{t.no, string(id)}, nil); err != nil {
		return err
	}
	if err := t.send(ctx, []op{t.store.tallyMoves(t.no, t.store.tables[requestTable], []string{string(id)}, map[string]int64{})}); err != nil {
		return err
	}
	return t.remove(ctx, "request", string(id), audit.KindRequest, why)
}

// DeleteApproval finds no rows of those asked: they went when the approval
// was closed.
func (t *tx) DeleteApproval(ctx context.Context, id entitlement.RequestID, why audit.Record) error {
	t.buf.delete(stageTable, string(id))
	t.buf.delete(pastTable, string(id))
	return t.remove(ctx, "approval", string(id), audit.KindApproval, why)
}
