package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

var roleScopes = listing{
	collection: "roleScopes", table: "package_role",
	fields: map[string]column{
		"id":        {at: "package_role.role_scope_id", folded: true},
		"createdAt": {at: "package_role.created_at"},
		"catalog":   {at: "other.catalog_id", folded: true, of: &other{table: "package", by: "package_role.package_id"}},
	},
}

// firstGiving leaves out a role scope that a package before gives too.
const firstGiving = ` AND NOT EXISTS (SELECT 1 FROM package_role earlier WHERE earlier.tenant_id = package_role.tenant_id
	AND earlier.role_scope_id = package_role.role_scope_id AND earlier.package_id < package_role.package_id)`

func (r *reader) RoleScopes(ctx context.Context, q query.List) (query.Page[store.RoleScopeAt], error) {
	scan := func(row scanner) (at store.RoleScopeAt, err error) {
		return at, row.Scan(&at.ID, &at.Package)
	}
	return list(ctx, r, roleScopes, "role_scope_id, package_id", scan, q, func(s *statement, _ string) { s.add(firstGiving) })
}
