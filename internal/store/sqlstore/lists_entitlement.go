package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

func (r *reader) Catalogs(ctx context.Context, q query.List) (query.Page[entitlement.Catalog], error) {
	return list(ctx, r, catalogs, catalogColumns, r.scanCatalog, q, nil)
}

func (r *reader) Resources(ctx context.Context, q query.List) (query.Page[entitlement.Resource], error) {
	return list(ctx, r, resources, resourceColumns, r.scanResource, q, nil)
}

func (r *reader) Packages(ctx context.Context, q query.List) (query.Page[entitlement.Package], error) {
	return list(ctx, r, packages, packageColumns, r.scanPackage, q, nil)
}

func (r *reader) Policies(ctx context.Context, q query.List) (query.Page[entitlement.Policy], error) {
	return list(ctx, r, policies, policyColumns, r.scanPolicy, q, nil)
}

func (r *reader) Requests(ctx context.Context, q query.List) (query.Page[entitlement.Request], error) {
	return list(ctx, r, requests, requestColumns, scanRequest, q, nil)
}

func (r *reader) Approvals(ctx context.Context, q query.List) (query.Page[entitlement.Approval], error) {
	return list(ctx, r, approvals, approvalColumns, scanApproval, q, nil)
}

func (r *reader) Assignments(ctx context.Context, q query.List) (query.Page[entitlement.Assignment], error) {
	return list(ctx, r, assignments, assignmentColumns, scanAssignment, q, nil)
}

func (r *reader) ResourcesEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Resource], error) {
	return listEach(ctx, r, resources, resourceColumns, r.scanResource, q, nil)
}

func (r *reader) ExtensionsEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.CustomExtension], error) {
	return listEach(ctx, r, extensions, extensionColumns, r.scanExtension, q, nil)
}

func (r *reader) PackagesEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Package], error) {
	return listEach(ctx, r, packages, packageColumns, r.scanPackage, q, nil)
}

func (r *reader) PoliciesEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Policy], error) {
	return listEach(ctx, r, policies, policyColumns, r.scanPolicy, q, nil)
}

func (r *reader) RequestsEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Request], error) {
	return listEach(ctx, r, requests, requestColumns, scanRequest, q, nil)
}

func (r *reader) GrantsEach(ctx context.Context, q query.Each) (map[string]query.Page[entitlement.Grant], error) {
	return listEach(ctx, r, givenGrants, grantColumns, scanGrant, q, func(s *statement, _ string) { s.add(newestGrant, givenNow) })
}

// givenNow leaves out what a package has given up while the assignment goes
// on, and all but one of the times that the assignment gave a role.
const givenNow = ` AND (source.to_at IS NULL OR held.state = 'expired') AND NOT EXISTS (SELECT 1 FROM grant_source earlier
	WHERE earlier.tenant_id = source.tenant_id AND earlier.assignment_id = source.assignment_id AND earlier.grant_id = source.grant_id
	AND earlier.from_at < source.from_at AND (earlier.to_at IS NULL OR held.state = 'expired'))`

// newestGrant leaves out a grant that ended before the same role was given to
// the same subject again.
const newestGrant = ` AND (access_grant.to_at IS NULL OR NOT EXISTS (SELECT 1 FROM access_grant newer
	WHERE newer.tenant_id = access_grant.tenant_id AND newer.subject_id = access_grant.subject_id AND newer.from_at >= access_grant.from_at
	AND newer.origin_system = access_grant.origin_system AND newer.origin_id = access_grant.origin_id
	AND newer.role_origin_id = access_grant.role_origin_id AND newer.id > access_grant.id))`

func (r *reader) Grants(ctx context.Context, q query.List, within []entitlement.CatalogID) (query.Page[entitlement.Grant], error) {
	return list(ctx, r, grants, grantColumns, scanGrant, q, func(s *statement, tenant string) {
		s.add(newestGrant)
		if within != nil {
			s.add(" AND EXISTS (SELECT 1 FROM grant_source source JOIN assignment held ON held.tenant_id = source.tenant_id AND held.id = source.assignment_id",
				" WHERE source.tenant_id = ", tenant, " AND source.grant_id = access_grant.id AND held.catalog_id ",
				r.store.dialect.among(s.arg(listArg(r, within))), ")")
		}
	})
}
