package sqlstore

import (
	"context"
	"fmt"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

var extensions = listing{
	collection: "extensions", table: "custom_extension",
	fields: map[string]column{
		"id":          {at: "custom_extension.id", folded: true},
		"catalog":     {at: "custom_extension.catalog_id", folded: true},
		"kind":        {at: "custom_extension.kind"},
		"displayName": {at: "custom_extension.display_name", folded: true},
		"description": {at: "custom_extension.description", folded: true},
		"createdAt":   {at: "custom_extension.created_at"},
		"modifiedAt":  {at: "custom_extension.modified_at"},
	},
}

func (r *reader) Extension(ctx context.Context, id entitlement.ExtensionID) (entitlement.CustomExtension, error) {
	return byID(ctx, r, "custom_extension", extensionColumns, string(id), r.scanExtension)
}

func (r *reader) Extensions(ctx context.Context, q query.List) (query.Page[entitlement.CustomExtension], error) {
	return list(ctx, r, extensions, extensionColumns, r.scanExtension, q, nil)
}

func (r *reader) Callers(ctx context.Context, id entitlement.ExtensionID) ([]entitlement.Policy, error) {
	found, err := many(ctx, r, "SELECT "+policyColumns+` FROM policy WHERE tenant_id = $1 AND id IN (
		SELECT policy_id FROM policy_extension WHERE tenant_id = $1 AND extension_id = $2) ORDER BY id`, []any{r.no, string(id)}, r.scanPolicy)
	if err != nil {
		return nil, fmt.Errorf("policies that call extension %s: %w", id, err)
	}
	return found, nil
}

func (r *reader) scanExtension(row scanner) (entitlement.CustomExtension, error) {
	return scanDoc(r, row, "custom_extension", cloneExtension)
}

func cloneExtension(x entitlement.CustomExtension) entitlement.CustomExtension {
	x.Endpoint, x.Authentication = copied(x.Endpoint), copied(x.Authentication)
	x.Client, x.Callback = copied(x.Client), copied(x.Callback)
	if x.Client != nil {
		x.Client.MaximumRetries, x.Client.TimeoutMilliseconds = copied(x.Client.MaximumRetries), copied(x.Client.TimeoutMilliseconds)
	}
	return x
}

// copied returns a pointer to a copy of what p points to; nil stays nil.
func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func (t *tx) PutExtension(_ context.Context, x entitlement.CustomExtension, why audit.Record) error {
	before := x.Version
	x.Version++
	doc, err := encode(x)
	if err != nil {
		return err
	}
	t.buf.put(extensionTable, before, string(x.ID), x.Version, string(x.Catalog), string(x.Kind), name(x.DisplayName),
		name(x.Description), micros(x.CreatedAt), micros(x.ModifiedAt), doc)
	return t.keep(audit.KindExtension, string(x.ID), x.Version, doc, []audit.Record{why})
}

func (t *tx) DeleteExtension(ctx context.Context, id entitlement.ExtensionID, why audit.Record) error {
	return t.remove(ctx, "custom_extension", string(id), audit.KindExtension, why)
}
