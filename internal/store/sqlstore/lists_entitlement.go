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
