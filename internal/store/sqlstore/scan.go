package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// The columns that make an object, and the functions that read them. Objects
// whose row ends in doc come out of the cache if they were decoded before.
const (
	catalogColumns         = `id, version, doc`
	resourceColumns        = `id, version, doc`
	resourceRequestColumns = `id, version, doc`
	packageColumns         = `id, version, doc`
	policyColumns          = `id, version, doc`
	objectColumns          = `id, version, doc`
	approvalColumns        = `id, version, doc`
	extensionColumns       = `id, version, doc`

	requestColumns = `id, version, kind, status, catalog_id, package_id, policy_id, policy_version, assignment_id, target_id, ` +
		`requestor_id, created_by, created_at, completed_at, start_at, justification, approval_needed, not_before, escalate_at, deny_at, detail`

	assignmentColumns = `id, version, state, catalog_id, package_id, policy_id, policy_version, target_id, request_id, created_at, ` +
		`start_at, expiration, end_at, duration, ends_at, expired_at, extended, automatic, grace_at, told, detail`

	grantColumns = `id, version, subject_id, resource_id, role_id, scope_id, origin_system, origin_id, role_origin_id, status, error, ` +
		`from_at, to_at, preexisting`

	sourceColumns = `grant_id, assignment_id, from_at, to_at`

	appRoleAssignmentColumns = `id, principal_id, resource_id, role_id, created_at`

	roleAssignmentColumns = `id, version, provider, principal_id, role, catalog_id, created_at`

	auditColumns = `id, at, actor_kind, actor_id, actor_name, actor_app, on_behalf, action, object_kind, object_id, object_name, ` +
		`before_version, after_version, result, reason, request_id, client_request_id`
)

func (r *reader) scanCatalog(row scanner) (entitlement.Catalog, error) {
	return scanDoc(r, row, "catalog", func(c entitlement.Catalog) entitlement.Catalog { return c })
}

func (r *reader) scanResource(row scanner) (entitlement.Resource, error) {
	return scanDoc(r, row, "resource", cloneResource)
}

func (r *reader) scanPackage(row scanner) (entitlement.Package, error) {
	return scanDoc(r, row, "package", clonePackage)
}

func (r *reader) scanPolicy(row scanner) (entitlement.Policy, error) {
	return scanDoc(r, row, "policy", clonePolicy)
}

func (r *reader) scanObject(row scanner) (directory.Object, error) {
	return scanDoc(r, row, "directory_object", cloneObject)
}

// scanDoc reads a row of id, version and doc. A version never changes, so
// what was decoded for it stays right; callers get a copy that is theirs.
func scanDoc[T any](r *reader, row scanner, table string, clone func(T) T) (T, error) {
	var doc string
	k := cacheKey{tenant: r.no, table: table}
	if err := row.Scan(&k.id, &k.version, &doc); err != nil {
		return *new(T), err
	}
	return decode(r, k, doc, clone)
}

func decode[T any](r *reader, k cacheKey, doc string, clone func(T) T) (T, error) {
	if !r.private {
		if known, ok := r.store.cache.get(k); ok {
			return clone(known.(T)), nil
		}
	}
	var v T
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		return v, fmt.Errorf("decode %s %s version %d: %w", k.table, k.id, k.version, err)
	}
	if r.private {
		return v, nil
	}
	r.store.cache.put(k, v)
	return clone(v), nil
}

func scanResourceRequest(row scanner) (entitlement.ResourceRequest, error) {
	var q entitlement.ResourceRequest
	var doc string
	if err := row.Scan(&q.ID, &q.Version, &doc); err != nil {
		return q, err
	}
	if err := json.Unmarshal([]byte(doc), &q); err != nil {
		return q, fmt.Errorf("decode resource request %s: %w", q.ID, err)
	}
	return q, nil
}

func scanApproval(row scanner) (entitlement.Approval, error) {
	var a entitlement.Approval
	var doc string
	if err := row.Scan(&a.ID, &a.Version, &doc); err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(doc), &a); err != nil {
		return a, fmt.Errorf("decode approval %s version %d: %w", a.ID, a.Version, err)
	}
	return a, nil
}

// requestDetail is what a request carries that nobody filters by.
type requestDetail struct {
	Expiration entitlement.Expiration `json:",omitzero"`
	Answers    []entitlement.Answer   `json:",omitempty"`
	Failure    string                 `json:",omitempty"`
	Tries      entitlement.Tries      `json:",omitzero"`
	Calls      []entitlement.Call     `json:",omitempty"`
	Callouts   []entitlement.Callout  `json:",omitempty"`

	Organization entitlement.OrgID                 `json:",omitempty"`
	Credentials  []entitlement.PresentedCredential `json:",omitempty"`
}

func (d requestDetail) empty() bool {
	return d.Expiration == (entitlement.Expiration{}) && len(d.Answers) == 0 && d.Failure == "" && d.Tries == (entitlement.Tries{}) &&
		len(d.Calls) == 0 && len(d.Callouts) == 0 && d.Organization == "" && len(d.Credentials) == 0
}

// assignmentDetail is what an assignment carries that nobody filters by.
type assignmentDetail struct {
	RetryAt  time.Time             `json:",omitzero"`
	Tries    entitlement.Tries     `json:",omitzero"`
	Calls    []entitlement.Call    `json:",omitempty"`
	Callouts []entitlement.Callout `json:",omitempty"`
	Warned   time.Time             `json:",omitzero"`

	Collected []entitlement.Collected `json:",omitempty"`
}

func (d assignmentDetail) empty() bool {
	return d.RetryAt.IsZero() && d.Tries == (entitlement.Tries{}) && len(d.Calls) == 0 && len(d.Callouts) == 0 && d.Warned.IsZero() &&
		len(d.Collected) == 0
}

func readAssignmentDetail(detail string, a *entitlement.Assignment) error {
	if detail == "" {
		return nil
	}
	var d assignmentDetail
	if err := json.Unmarshal([]byte(detail), &d); err != nil {
		return fmt.Errorf("decode assignment %s: %w", a.ID, err)
	}
	a.RetryAt, a.Tries = d.RetryAt, d.Tries
	a.Calls, a.Callouts, a.Warned, a.Collected = d.Calls, d.Callouts, d.Warned, d.Collected
	return nil
}

func scanRequest(row scanner) (entitlement.Request, error) {
	var q entitlement.Request
	var detail string
	err := row.Scan(&q.ID, &q.Version, &q.Kind, &q.Status, &q.Catalog, &q.Package, &q.Policy, &q.PolicyVersion, &q.Assignment, &q.Target,
		&q.Requestor, &q.CreatedBy, instant{&q.CreatedAt}, instant{&q.CompletedAt}, instant{&q.Schedule.Start}, &q.Justification,
		truth{&q.ApprovalNeeded}, instant{&q.NotBefore}, instant{&q.EscalateAt}, instant{&q.DenyAt}, &detail)
	if err != nil || detail == "" {
		return q, err
	}
	var d requestDetail
	if err := json.Unmarshal([]byte(detail), &d); err != nil {
		return q, fmt.Errorf("decode request %s: %w", q.ID, err)
	}
	q.Schedule.Expiration, q.Answers, q.Failure, q.Tries = d.Expiration, d.Answers, d.Failure, d.Tries
	q.Calls, q.Callouts = d.Calls, d.Callouts
	q.Organization, q.Credentials = d.Organization, d.Credentials
	return q, nil
}

func scanAssignment(row scanner) (entitlement.Assignment, error) {
	var a entitlement.Assignment
	var detail string
	end := &a.Schedule.Expiration
	err := row.Scan(&a.ID, &a.Version, &a.State, &a.Catalog, &a.Package, &a.Policy, &a.PolicyVersion, &a.Target, &a.Request,
		instant{&a.CreatedAt}, instant{&a.Schedule.Start}, &end.Type, instant{&end.End}, &end.Duration, instant{&a.EndsAt},
		instant{&a.ExpiredAt}, truth{&a.Extended}, truth{&a.Automatic}, instant{&a.GraceUntil}, &a.Told, &detail)
	if err != nil {
		return a, err
	}
	return a, readAssignmentDetail(detail, &a)
}

func scanGrant(row scanner) (entitlement.Grant, error) {
	var g entitlement.Grant
	err := row.Scan(&g.ID, &g.Version, &g.Subject, &g.Resource, &g.Role, &g.Scope, &g.OriginSystem, &g.OriginID, &g.RoleOriginID,
		&g.Status, &g.Error, instant{&g.From}, instant{&g.To}, truth{&g.Preexisting})
	return g, err
}

func scanSource(row scanner) (entitlement.GrantSource, error) {
	var s entitlement.GrantSource
	err := row.Scan(&s.Grant, &s.Assignment, instant{&s.From}, instant{&s.To})
	return s, err
}

func scanAppRoleAssignment(row scanner) (directory.AppRoleAssignment, error) {
	var a directory.AppRoleAssignment
	err := row.Scan(&a.ID, &a.Principal, &a.Resource, &a.Role, instant{&a.CreatedAt})
	return a, err
}

func scanRoleAssignment(row scanner) (authz.RoleAssignment, error) {
	var a authz.RoleAssignment
	err := row.Scan(&a.ID, &a.Version, &a.Provider, &a.Principal, &a.Role, &a.Catalog, instant{&a.CreatedAt})
	return a, err
}
