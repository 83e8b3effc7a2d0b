package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/store"
)

func (r *reader) Catalog(ctx context.Context, id entitlement.CatalogID) (entitlement.Catalog, error) {
	return byID(ctx, r, "catalog", catalogColumns, string(id), r.scanCatalog)
}

func (r *reader) Resource(ctx context.Context, id entitlement.ResourceID) (entitlement.Resource, error) {
	return byID(ctx, r, "resource", resourceColumns, string(id), r.scanResource)
}

func (r *reader) ResourceRequest(ctx context.Context, id string) (entitlement.ResourceRequest, error) {
	return byID(ctx, r, "resource_request", resourceRequestColumns, id, scanResourceRequest)
}

func (r *reader) Package(ctx context.Context, id entitlement.PackageID) (entitlement.Package, error) {
	return byID(ctx, r, "package", packageColumns, string(id), r.scanPackage)
}

func (r *reader) Policy(ctx context.Context, id entitlement.PolicyID) (entitlement.Policy, error) {
	return byID(ctx, r, "policy", policyColumns, string(id), r.scanPolicy)
}

// PolicyAt asks the cache first: what a version says never changes.
func (r *reader) PolicyAt(ctx context.Context, id entitlement.PolicyID, version int64) (entitlement.Policy, error) {
	k := cacheKey{tenant: r.no, table: "policy", id: string(id), version: version}
	if !r.private {
		if known, ok := r.store.cache.get(k); ok {
			return clonePolicy(known.(entitlement.Policy)), nil
		}
	}
	image := ""
	err := r.query(ctx, `SELECT image FROM version WHERE tenant_id = $1 AND object_id = $2 AND kind = 'accessPackageAssignmentPolicy'
		AND version = $3 AND image IS NOT NULL`, []any{r.no, string(id), version},
		func(row scanner) error { return row.Scan(&image) })
	if err != nil {
		return entitlement.Policy{}, fmt.Errorf("policy %s version %d: %w", id, version, err)
	}
	if image == "" {
		return entitlement.Policy{}, notFound("The assignment policy %s has no version %d.", id, version)
	}
	return decode(r, k, image, clonePolicy)
}

// Offer reads package, catalog, policies and resources as rows of the same
// shape.
func (r *reader) Offer(ctx context.Context, id entitlement.PackageID) (store.Offer, error) {
	const statement = `SELECT 'p', id, version, doc FROM package WHERE tenant_id = $1 AND id = $2
		UNION ALL SELECT 'c', c.id, c.version, c.doc FROM package p JOIN catalog c ON c.tenant_id = p.tenant_id AND c.id = p.catalog_id
			WHERE p.tenant_id = $1 AND p.id = $2
		UNION ALL SELECT 'l', id, version, doc FROM policy WHERE tenant_id = $1 AND package_id = $2
		UNION ALL SELECT 'r', r.id, r.version, r.doc FROM package p JOIN resource r ON r.tenant_id = p.tenant_id AND r.catalog_id = p.catalog_id
			WHERE p.tenant_id = $1 AND p.id = $2 AND r.asks = 1
		UNION ALL SELECT 's', stamp, 0, '' FROM rule_stamp WHERE tenant_id = $1`
	var o store.Offer
	err := r.lookup(ctx, statement, []any{r.no, string(id)}, func(row scanner) (err error) {
		tagged := tagged{scanner: row}
		if err := row.Scan(&tagged.tag, ignored{}, ignored{}, ignored{}); err != nil {
			return err
		}
		switch tagged.tag {
		case "p":
			o.Package, err = r.scanPackage(tagged)
		case "c":
			o.Catalog, err = r.scanCatalog(tagged)
		case "r":
			var resource entitlement.Resource
			resource, err = r.scanResource(tagged)
			o.Asking = append(o.Asking, resource)
		case "s":
			err = tagged.Scan(&o.Rules, ignored{}, ignored{})
		default:
			var p entitlement.Policy
			p, err = r.scanPolicy(tagged)
			o.Policies = append(o.Policies, p)
		}
		return err
	})
	if err != nil {
		return o, fmt.Errorf("offer of package %s: %w", id, err)
	}
	if o.Package.ID == "" {
		return o, notFound("The %s %s does not exist.", nouns["package"], id)
	}
	slices.SortFunc(o.Asking, func(a, b entitlement.Resource) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(o.Policies, func(a, b entitlement.Policy) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return o, nil
}

func (r *reader) Request(ctx context.Context, id entitlement.RequestID) (entitlement.Request, error) {
	return byID(ctx, r, "request", requestColumns, string(id), scanRequest)
}

func (r *reader) DueRequests(ctx context.Context, now time.Time, limit int) ([]entitlement.Request, error) {
	return many(ctx, r, "SELECT "+requestColumns+` FROM request WHERE tenant_id = $1 AND next_due_at IS NOT NULL AND next_due_at <= $2
		ORDER BY next_due_at, id LIMIT $3`+r.claim(), []any{r.no, micros(now), int64(limit)}, scanRequest)
}

func (r *reader) HeldRequests(ctx context.Context, limit int) ([]entitlement.Request, error) {
	return many(ctx, r, "SELECT "+requestColumns+` FROM request WHERE tenant_id = $1 AND status = 'Accepted' AND not_before IS NOT NULL
		ORDER BY not_before, id LIMIT $2`+r.claim(), []any{r.no, int64(limit)}, scanRequest)
}

// claim returns what makes a SELECT claim its rows, and sees to it that the
// transaction lasts as long as the claim shall. In a Read nothing is claimed.
func (r *reader) claim() string {
	if r.flush == nil {
		return ""
	}
	r.conn.(txConn).begin()
	return r.store.dialect.claim
}

func (r *reader) Approval(ctx context.Context, id entitlement.RequestID) (entitlement.Approval, error) {
	return byID(ctx, r, "approval", approvalColumns, string(id), scanApproval)
}

func (r *reader) ApprovalsByID(ctx context.Context, ids []entitlement.RequestID) (map[entitlement.RequestID]entitlement.Approval, error) {
	return byIDs(ctx, r, "approval", approvalColumns, ids, scanApproval,
		func(a entitlement.Approval) entitlement.RequestID { return a.ID })
}

// managerLevels is how far up a chain of managers a policy may ask.
const managerLevels = 5

// PendingFor starts from whom the person stands for: herself, her groups,
// those who report to her, directly or not, and whom she sponsors.
func (r *reader) PendingFor(ctx context.Context, who directory.ObjectID, after entitlement.RequestID, limit int) ([]entitlement.Approval, error) {
	const statement = "WITH RECURSIVE " + groupsOf + `,
		report (id, level) AS (
			SELECT id, 1 FROM directory_object WHERE tenant_id = $1 AND manager_id = $2
			UNION SELECT o.id, report.level + 1 FROM report
				JOIN directory_object o ON o.tenant_id = $1 AND o.manager_id = report.id WHERE report.level < $3),
		asked (id) AS (
			SELECT approval_id FROM approval_asked WHERE tenant_id = $1 AND kind = 'singleUser' AND ref = $2
			UNION SELECT approval_id FROM approval_asked WHERE tenant_id = $1 AND kind = 'singleServicePrincipal' AND ref = $2
			UNION SELECT a.approval_id FROM holding JOIN approval_asked a
				ON a.tenant_id = $1 AND a.kind = 'groupMembers' AND a.ref = holding.id
			UNION SELECT a.approval_id FROM report JOIN approval_asked a
				ON a.tenant_id = $1 AND a.kind = 'requestorManager' AND a.ref = report.id AND a.level = report.level
			UNION SELECT a.approval_id FROM report JOIN approval_asked a
				ON a.tenant_id = $1 AND a.kind = 'targetManager' AND a.ref = report.id AND a.level = report.level
			UNION SELECT a.approval_id FROM organization_sponsor s JOIN approval_asked a
				ON a.tenant_id = $1 AND a.kind = s.relation AND a.ref = s.organization_id
				WHERE s.tenant_id = $1 AND s.sponsor_id IN (SELECT $2 UNION ALL SELECT id FROM holding)
			UNION SELECT a.approval_id FROM user_sponsor s JOIN approval_asked a
				ON a.tenant_id = $1 AND a.kind = 'targetUserSponsors' AND a.ref = s.user_id
				WHERE s.tenant_id = $1 AND s.sponsor_id IN (SELECT $2 UNION ALL SELECT id FROM holding))
		SELECT ` + approvalColumns + ` FROM approval WHERE tenant_id = $1 AND id > $4 AND id IN (SELECT id FROM asked) ORDER BY id LIMIT $5`
	return many(ctx, r, statement, []any{r.no, string(who), int64(managerLevels), string(after), int64(limit)}, scanApproval)
}

func (r *reader) Assignment(ctx context.Context, id entitlement.AssignmentID) (entitlement.Assignment, error) {
	return byID(ctx, r, "assignment", assignmentColumns, string(id), scanAssignment)
}

func (r *reader) DueAssignments(ctx context.Context, now time.Time, limit int) ([]entitlement.Assignment, error) {
	const text = "SELECT " + assignmentColumns + ` FROM assignment WHERE tenant_id = $1 AND next_due_at IS NOT NULL
		AND next_due_at <= $2 ORDER BY next_due_at, id LIMIT $3`
	claimer, ok := r.conn.(claimer)
	if !ok || r.flush == nil {
		return many(ctx, r, text+r.claim(), []any{r.no, micros(now), int64(limit)}, scanAssignment)
	}
	var due []entitlement.Assignment
	err := r.query(ctx, text, []any{r.no, micros(now), int64(limit + claimer.others())}, func(row scanner) error {
		if len(due) == limit {
			return nil
		}
		a, err := scanAssignment(row)
		if err == nil && claimer.claim(string(a.ID)) {
			due = append(due, a)
		}
		return err
	})
	return due, err
}

func (r *reader) OpenGrants(ctx context.Context, subjects []directory.ObjectID) ([]entitlement.Grant, error) {
	return many(ctx, r, "SELECT "+grantColumns+" FROM access_grant WHERE tenant_id = $1 AND to_at IS NULL AND subject_id "+
		r.store.dialect.among("$2")+" ORDER BY id", []any{r.no, listArg(r, subjects)}, scanGrant)
}

func (r *reader) SourcesOf(ctx context.Context, assignments []entitlement.AssignmentID) ([]entitlement.GrantSource, error) {
	return many(ctx, r, "SELECT "+sourceColumns+` FROM grant_source WHERE tenant_id = $1 AND to_at IS NULL AND grant_id IN (
		SELECT grant_id FROM grant_source WHERE tenant_id = $1 AND to_at IS NULL AND assignment_id `+r.store.dialect.among("$2")+
		") ORDER BY grant_id, assignment_id", []any{r.no, listArg(r, assignments)}, scanSource)
}

func (r *reader) GrantsByID(ctx context.Context, ids []entitlement.GrantID) (map[entitlement.GrantID]entitlement.Grant, error) {
	return byIDs(ctx, r, "access_grant", grantColumns, ids, scanGrant, func(g entitlement.Grant) entitlement.GrantID { return g.ID })
}

func (r *reader) SourcesByGrant(ctx context.Context, grants []entitlement.GrantID) ([]entitlement.GrantSource, error) {
	return many(ctx, r, "SELECT "+sourceColumns+" FROM grant_source WHERE tenant_id = $1 AND grant_id "+r.store.dialect.among("$2")+
		" ORDER BY grant_id, assignment_id, from_at", []any{r.no, listArg(r, grants)}, scanSource)
}

func (r *reader) SourcesByAssignment(ctx context.Context, assignments []entitlement.AssignmentID) ([]entitlement.GrantSource, error) {
	return many(ctx, r, "SELECT "+sourceColumns+" FROM grant_source WHERE tenant_id = $1 AND assignment_id "+r.store.dialect.among("$2")+
		" ORDER BY assignment_id, grant_id, from_at", []any{r.no, listArg(r, assignments)}, scanSource)
}
