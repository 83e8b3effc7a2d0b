package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

const (
	organizationColumns = `id, version, doc`
	guestColumns        = `id, version, doc`
)

var organizations = listing{
	collection: "organizations", table: "connected_organization",
	fields: map[string]column{
		"id":          {at: "connected_organization.id", folded: true},
		"displayName": {at: "connected_organization.display_name", folded: true},
		"description": {at: "connected_organization.description", folded: true},
		"state":       {at: "connected_organization.state"},
		"createdAt":   {at: "connected_organization.created_at"},
		"modifiedAt":  {at: "connected_organization.modified_at"},
	},
	inside: map[string]inside{
		"identitySources": {owner: "element.organization_id", listing: listing{
			collection: "organizations.identitySources", table: "organization_source",
			fields: map[string]column{"kind": {at: "element.kind"}, "value": {at: "element.value", folded: true}},
		}},
	},
}

// subjects lists objects by the ids that entitlement management gives them.
var subjects = listing{
	collection: "subjects", table: "directory_object",
	fields: map[string]column{
		"id":            {at: "directory_object.subject_id", folded: true},
		"objectId":      {at: "directory_object.id", folded: true},
		"kind":          {at: "directory_object.kind"},
		"displayName":   {at: "directory_object.display_name", folded: true},
		"mail":          {at: "directory_object.mail", folded: true, nullable: true},
		"principalName": {at: "directory_object.principal_name", folded: true, nullable: true},
	},
}

func (r *reader) scanOrganization(row scanner) (entitlement.Organization, error) {
	return scanDoc(r, row, "connected_organization", cloneOrganization)
}

func (r *reader) scanGuest(row scanner) (entitlement.Guest, error) {
	return scanDoc(r, row, "guest", func(g entitlement.Guest) entitlement.Guest { return g })
}

func (r *reader) Subjects(ctx context.Context, q query.List) (query.Page[directory.Object], error) {
	return list(ctx, r, subjects, objectColumns, r.scanObject, q, func(s *statement, _ string) {
		s.add(" AND directory_object.subject_id IS NOT NULL", living)
	})
}

func (r *reader) Organization(ctx context.Context, id entitlement.OrgID) (entitlement.Organization, error) {
	return byID(ctx, r, "connected_organization", organizationColumns, string(id), r.scanOrganization)
}

func (r *reader) Organizations(ctx context.Context, q query.List) (query.Page[entitlement.Organization], error) {
	return list(ctx, r, organizations, organizationColumns, r.scanOrganization, q, nil)
}

func (r *reader) OrganizationsByID(ctx context.Context, ids []entitlement.OrgID) (map[entitlement.OrgID]entitlement.Organization, error) {
	return byIDs(ctx, r, "connected_organization", organizationColumns, ids, r.scanOrganization,
		func(o entitlement.Organization) entitlement.OrgID { return o.ID })
}

// OrganizationsAt asks for the values of any kind, and keeps those that were
// meant.
func (r *reader) OrganizationsAt(ctx context.Context, keys []entitlement.SourceKey) (map[entitlement.SourceKey]entitlement.Organization, error) {
	found := make(map[entitlement.SourceKey]entitlement.Organization, len(keys))
	asked := make(map[entitlement.SourceKey]bool, len(keys))
	values := make([]string, len(keys))
	for i, k := range keys {
		asked[k], values[i] = true, k.Value
	}
	statement := `SELECT s.kind, s.value, o.id, o.version, o.doc FROM organization_source s
		JOIN connected_organization o ON o.tenant_id = s.tenant_id AND o.id = s.organization_id
		WHERE s.tenant_id = $1 AND s.value ` + r.store.dialect.among("$2")
	err := r.query(ctx, statement, []any{r.no, r.store.dialect.listArg(values)}, func(row scanner) error {
		var k entitlement.SourceKey
		none := ignored{}
		if err := row.Scan(&k.Kind, &k.Value, none, none, none); err != nil {
			return err
		}
		if !asked[k] {
			return nil
		}
		o, err := r.scanOrganization(behind{row, 2})
		found[k] = o
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("organizations by sources: %w", err)
	}
	return found, nil
}

// behind is a row without its first columns.
type behind struct {
	scanner
	skip int
}

// Scan reads what stands behind the first columns.
func (b behind) Scan(dest ...any) error {
	all := make([]any, b.skip, b.skip+len(dest))
	for i := range all {
		all[i] = ignored{}
	}
	return b.scanner.Scan(append(all, dest...)...)
}

func (r *reader) PoliciesNaming(ctx context.Context, id entitlement.OrgID, limit int) ([]entitlement.Policy, error) {
	return many(ctx, r, "SELECT "+policyColumns+` FROM policy WHERE tenant_id = $1 AND id IN (
		SELECT policy_id FROM policy_organization WHERE tenant_id = $1 AND organization_id = $2) ORDER BY id LIMIT $3`,
		[]any{r.no, string(id), int64(limit)}, r.scanPolicy)
}

func (r *reader) ObjectByMail(ctx context.Context, mail string) (directory.Object, error) {
	o, err := one(ctx, r, "SELECT "+objectColumns+` FROM directory_object WHERE tenant_id = $1 AND mail = $2
		AND deleted_at IS NULL AND kind IN ('user', 'external') ORDER BY kind DESC, id LIMIT 1`, []any{r.no, name(mail)}, r.scanObject)
	if errors.Is(err, sql.ErrNoRows) {
		return o, notFound("Nobody has the address %s.", mail)
	}
	return o, err
}

func (r *reader) Guests(ctx context.Context, ids []directory.ObjectID) (map[directory.ObjectID]entitlement.Guest, error) {
	return byIDs(ctx, r, "guest", guestColumns, ids, r.scanGuest, func(g entitlement.Guest) directory.ObjectID { return g.Object })
}

func (r *reader) DueGuests(ctx context.Context, now time.Time, limit int) ([]entitlement.Guest, error) {
	return many(ctx, r, "SELECT "+guestColumns+` FROM guest WHERE tenant_id = $1 AND next_due_at IS NOT NULL
		AND next_due_at <= $2 ORDER BY next_due_at, id LIMIT $3`+r.claim(), []any{r.no, micros(now), int64(limit)}, r.scanGuest)
}

func (r *reader) TenantSettings(ctx context.Context) (entitlement.TenantSettings, error) {
	s, err := one(ctx, r, "SELECT id, version, doc FROM tenant_settings WHERE tenant_id = $1 AND id = $2", []any{r.no, settingsID},
		func(row scanner) (entitlement.TenantSettings, error) {
			return scanDoc(r, row, "tenant_settings", cloneSettings)
		})
	if errors.Is(err, sql.ErrNoRows) {
		return entitlement.DefaultSettings(), nil
	}
	return s, err
}
