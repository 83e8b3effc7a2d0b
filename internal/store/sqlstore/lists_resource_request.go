package sqlstore

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

var resourceRequests = listing{
	collection: "resourceRequests", table: "resource_request",
	fields: map[string]column{
		"id":        {at: "resource_request.id", folded: true},
		"catalog":   {at: "resource_request.catalog_id", folded: true},
		"kind":      {at: "resource_request.kind"},
		"createdAt": {at: "resource_request.created_at"},
	},
}

func (r *reader) ResourceRequests(ctx context.Context, q query.List) (query.Page[entitlement.ResourceRequest], error) {
	return list(ctx, r, resourceRequests, resourceRequestColumns, scanResourceRequest, q, nil)
}
