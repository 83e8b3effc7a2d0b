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
