package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (r *reader) PackagesOffered(ctx context.Context, to []directory.ObjectID, q query.List) (query.Page[entitlement.Package], error) {
	who := append([]directory.ObjectID{entitlement.Anybody}, to...)
	return list(ctx, r, packages, packageColumns, r.scanPackage, q, func(s *statement, tenant string) {
		s.add(" AND package.catalog_id IN (SELECT c.id FROM catalog c WHERE c.tenant_id = ", tenant, " AND c.published = 1)",
			" AND package.id IN (SELECT a.package_id FROM policy_audience a WHERE a.tenant_id = ", tenant,
			" AND a.who ", r.store.dialect.among(s.arg(listArg(r, who))), ")")
	})
}

func (r *reader) PackageHolders(ctx context.Context, holders []directory.ObjectID) ([]entitlement.PackageHolder, error) {
	return many(ctx, r, `SELECT DISTINCT package_id, target_id FROM assignment WHERE tenant_id = $1 AND target_id `+r.store.dialect.among("$2")+`
		AND state IN ('delivering', 'delivered', 'partiallyDelivered') ORDER BY package_id, target_id`, []any{r.no, listArg(r, holders)},
		scanHolder)
}

func (r *reader) PastAccess(ctx context.Context, holder directory.ObjectID) ([]entitlement.PastAccess, error) {
	return many(ctx, r, `SELECT package_id, COUNT(*), MAX(created_at) FROM assignment WHERE tenant_id = $1 AND target_id = $2 AND state = 'expired'
		GROUP BY package_id ORDER BY package_id`, []any{r.no, string(holder)},
		scanPastAccess)
}

func scanHolder(row scanner) (entitlement.PackageHolder, error) {
	var h entitlement.PackageHolder
	err := row.Scan(&h.Package, &h.Holder)
	return h, err
}

func scanPastAccess(row scanner) (entitlement.PastAccess, error) {
	var p entitlement.PastAccess
	err := row.Scan(&p.Package, &p.Count, instant{&p.Last})
	return p, err
}
