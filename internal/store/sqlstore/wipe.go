package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
)

// Wipe removes everything that a tenant holds, its past included; the tenant
// itself stays. It is no part of store.Store: only the emulator may forget.
func (s *Store) Wipe(ctx context.Context, tenant directory.TenantID) error {
	no, err := s.tenantNo(ctx, tenant)
	if err != nil {
		return err
	}
	var ops []op
	for _, table := range []string{"membership", "rule_stamp", "tally"} {
		ops = append(ops, op{text: "DELETE FROM " + table + " WHERE tenant_id = $1", args: []any{no}, want: -1})
	}
	for i := len(s.tables) - 1; i >= 0; i-- { // against the order of foreign keys
		ops = append(ops, op{text: "DELETE FROM " + s.tables[i].name + " WHERE tenant_id = $1", args: []any{no}, want: -1})
	}
	defer s.cache.clear() // the same ids and versions may come again
	return s.run(ctx, ops)
}
