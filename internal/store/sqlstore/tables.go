package sqlstore

import (
	"fmt"
	"slices"
	"strings"
)

// table says how the rows of a table are written. The values of a row come
// in the order of the columns; the tenant stands before them.
type table struct {
	name    string
	columns []string
	types   []string
	key     int    // how many of the first columns make the key
	guard   string // what must hold of a row that is replaced; %s is its new version
	owner   string // the column by which rows are deleted together

	state string // the column by which rows are tallied (tally.go); empty: not at all

	// fixed are columns that keep their value for good. They are not set
	// when a row is replaced: SQLite writes the entries of every index anew
	// whose columns a statement sets, whether they change or not.
	fixed []string

	conflict string // what becomes of an added row whose key is there; empty: an error
}

// The tables, in the order in which they are written: what a foreign key
// names comes first.
const (
	catalogTable = iota
	resourceTable
	uploadTable
	uploadContentTable
	resourceRequestTable
	extensionTable
	originConnectorTable
	packageTable
	incompatibleTable
	barredGroupTable
	packageRoleTable
	exceptionTable
	emergencyTable
	organizationTable
	organizationSourceTable
	organizationSponsorTable
	policyTable
	policyExtensionTable
	policyOrganizationTable
	audienceTable
	requestTable
	approvalTable
	askedTable
	stageTable
	pastTable
	assignmentTable
	grantTable
	sourceTable
	workTable
	sentOnceTable
	noticeTable
	errandTable
	subscriptionTable
	feedTable
	messageTable
	objectTable
	userSponsorTable
	guestTable
	settingsTable
	appRoleTable
	roleTable
	rolloutTable
	planTable
	touchedTable
	versionTable
	auditTable
	tableCount
)

const (
	text    = "TEXT"
	bigint  = "BIGINT"
	integer = "INTEGER"

	nextVersion = "version = %s - 1"
)

// tables returns how each table is written.
func tables() [tableCount]*table {
	return [tableCount]*table{
		catalogTable: {
			name: "catalog", key: 1, guard: nextVersion,
			columns: []string{
				"id", "version", "display_name", "description", "unique_name", "type", "published", "externally_visible",
				"created_at", "modified_at", "doc",
			},
			types: []string{text, bigint, text, text, text, text, integer, integer, bigint, bigint, text},
		},
		resourceTable: {
			name: "resource", key: 1, guard: nextVersion,
			columns: []string{
				"id", "version", "catalog_id", "origin_system", "origin_id", "type", "display_name", "description", "asks", "created_at", "doc",
			},
			types: []string{text, bigint, text, text, text, text, text, text, integer, bigint, text},
		},
		uploadTable: {
			name: "upload_session", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "resource_id", "doc"},
			types:   []string{text, bigint, text, text},
		},
		uploadContentTable: {
			name: "upload_content", owner: "id",
			columns: []string{"id", "session_id", "content"},
			types:   []string{text, text, text},
		},
		resourceRequestTable: {
			name: "resource_request", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "catalog_id", "kind", "created_at", "doc"},
			types:   []string{text, bigint, text, text, bigint, text},
		},
		extensionTable: {
			name: "custom_extension", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "catalog_id", "kind", "display_name", "description", "created_at", "modified_at", "doc"},
			types:   []string{text, bigint, text, text, text, text, bigint, bigint, text},
		},
		originConnectorTable: {
			name: "origin_connector", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "doc"},
			types:   []string{text, bigint, text},
		},
		packageTable: {
			name: "package", key: 1, guard: nextVersion,
			columns: []string{
				"id", "version", "catalog_id", "display_name", "description", "unique_name", "hidden", "created_at", "modified_at", "doc",
			},
			types: []string{text, bigint, text, text, text, text, integer, bigint, bigint, text},
		},
		incompatibleTable: {
			name: "package_incompatible", owner: "package_id",
			columns: []string{"package_id", "other_id"},
			types:   []string{text, text},
		},
		barredGroupTable: {
			name: "package_barred_group", owner: "package_id",
			columns: []string{"package_id", "group_id"},
			types:   []string{text, text},
		},
		packageRoleTable: {
			name: "package_role", owner: "package_id",
			columns: []string{"package_id", "origin_system", "origin_id", "role_origin_id", "role_scope_id", "created_at"},
			types:   []string{text, text, text, text, text, bigint},
		},
		exceptionTable: {
			name: "incompatibility_exception", key: 1, guard: nextVersion,
			columns: []string{
				"id", "version", "package_id", "other_id", "group_id", "target_id", "from_at", "until_at", "created_at", "doc",
			},
			types: []string{text, bigint, text, text, text, text, bigint, bigint, bigint, text},
		},
		emergencyTable: {
			name: "emergency_review", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "catalog_id", "package_id", "target_id", "status", "opened_at", "due_at", "doc"},
			types:   []string{text, bigint, text, text, text, text, bigint, bigint, text},
		},
		organizationTable: {
			name: "connected_organization", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "display_name", "description", "state", "created_at", "modified_at", "doc"},
			types:   []string{text, bigint, text, text, text, bigint, bigint, text},
		},
		organizationSourceTable: {
			name: "organization_source", owner: "organization_id",
			columns: []string{"kind", "value", "organization_id"},
			types:   []string{text, text, text},
		},
		organizationSponsorTable: {
			name: "organization_sponsor", owner: "organization_id",
			columns: []string{"sponsor_id", "relation", "organization_id"},
			types:   []string{text, text, text},
		},
		policyTable: {
			name: "policy", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "package_id", "catalog_id", "display_name", "description", "created_at", "modified_at", "doc"},
			types:   []string{text, bigint, text, text, text, text, bigint, bigint, text},
		},
		policyExtensionTable: {
			name: "policy_extension", owner: "policy_id",
			columns: []string{"policy_id", "extension_id"},
			types:   []string{text, text},
		},
		audienceTable: {
			name: "policy_audience", owner: "policy_id",
			columns: []string{"policy_id", "package_id", "who"},
			types:   []string{text, text, text},
		},
		policyOrganizationTable: {
			name: "policy_organization", owner: "policy_id",
			columns: []string{"policy_id", "organization_id"},
			types:   []string{text, text},
		},
		requestTable: {
			name: "request", key: 1, guard: nextVersion, state: "status",
			fixed: []string{"package_id", "target_id", "requestor_id", "created_by", "created_at"},
			columns: []string{
				"id", "version", "kind", "status", "catalog_id", "package_id", "policy_id", "policy_version", "assignment_id",
				"target_id", "requestor_id", "created_by", "created_at", "completed_at", "start_at", "justification",
				"approval_needed", "not_before", "escalate_at", "deny_at", "next_due_at", "detail",
			},
			types: []string{
				text, bigint, text, text, text, text, text, bigint, text, text, text, text, bigint, bigint, bigint, text,
				integer, bigint, bigint, bigint, bigint, text,
			},
		},
		approvalTable: {
			name: "approval", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "catalog_id", "target_id", "requestor_id", "doc"},
			types:   []string{text, bigint, text, text, text, text},
		},
		askedTable: {
			name: "approval_asked", owner: "approval_id",
			columns: []string{"approval_id", "kind", "ref", "level"},
			types:   []string{text, text, text, integer},
		},
		stageTable: {
			name: "approval_stage", owner: "approval_id",
			columns: []string{"approval_id", "no", "status", "result"},
			types:   []string{text, integer, text, text},
		},
		pastTable: {
			name: "approval_past", owner: "approval_id",
			columns: []string{"approval_id", "ref"},
			types:   []string{text, text},
		},
		assignmentTable: {
			name: "assignment", key: 1, guard: nextVersion, state: "state",
			fixed: []string{"package_id", "target_id", "created_at"},
			columns: []string{
				"id", "version", "state", "catalog_id", "package_id", "policy_id", "policy_version", "target_id", "request_id",
				"created_at", "start_at", "expiration", "end_at", "duration", "ends_at", "expired_at", "extended", "automatic", "grace_at",
				"told", "next_due_at", "detail",
			},
			types: []string{
				text, bigint, text, text, text, text, bigint, text, text, bigint, bigint, text, bigint, text, bigint, bigint,
				integer, integer, bigint, text, bigint, text,
			},
		},
		grantTable: {
			name: "access_grant", key: 1, guard: nextVersion,
			fixed: []string{"subject_id", "resource_id", "role_id", "scope_id", "origin_system", "origin_id", "role_origin_id"},
			columns: []string{
				"id", "version", "subject_id", "resource_id", "role_id", "scope_id", "origin_system", "origin_id", "role_origin_id",
				"status", "error", "from_at", "to_at", "preexisting",
			},
			types: []string{text, bigint, text, text, text, text, text, text, text, text, text, bigint, bigint, integer},
		},
		sourceTable: {
			name: "grant_source", key: 3, guard: "to_at IS NULL",
			columns: []string{"assignment_id", "grant_id", "from_at", "to_at"},
			types:   []string{text, text, bigint, bigint},
		},
		workTable: {
			name: "work", columns: []string{"kind", "ref", "since", "pass_at", "reached", "next_due_at"},
			types: []string{text, text, bigint, bigint, text, bigint},
		},
		sentOnceTable: {
			name: "sent_once", columns: []string{"caller_id", "client_key", "content", "request_id", "expires_at"},
			types: []string{text, text, text, text, bigint},
		},
		noticeTable: {
			name: "notice", owner: "id",
			columns: []string{"id", "next_due_at", "doc"},
			types:   []string{text, bigint, text},
		},
		errandTable: {
			name: "errand", owner: "id", conflict: " ON CONFLICT (tenant_id, id) DO UPDATE SET next_due_at = excluded.next_due_at, doc = excluded.doc",
			columns: []string{"id", "next_due_at", "doc"},
			types:   []string{text, bigint, text},
		},
		subscriptionTable: {
			name: "subscription", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "owner_id", "doc"},
			types:   []string{text, bigint, text, text},
		},
		feedTable: {
			name: "subscription_feed", owner: "id",
			conflict: ` ON CONFLICT (tenant_id, id) DO UPDATE SET position = excluded.position, next_due_at = excluded.next_due_at,
				wakes_at = excluded.wakes_at, doc = excluded.doc`,
			columns: []string{"id", "position", "next_due_at", "wakes_at", "doc"},
			types:   []string{text, text, bigint, bigint, text},
		},
		messageTable: {
			name: "message", conflict: " ON CONFLICT DO NOTHING",
			columns: []string{
				"id", "event", "kind", "recipient_id", "address", "subject", "body", "request_id", "assignment_id", "package_id",
				"occasion", "written_at",
			},
			types: []string{text, text, text, text, text, text, text, text, text, text, text, bigint},
		},
		objectTable: {
			name: "directory_object", key: 1, guard: nextVersion,
			columns: []string{
				"id", "version", "kind", "subject_id", "display_name", "mail", "principal_name", "mail_nickname", "given_name", "surname",
				"user_type", "department", "job_title", "company_name", "employee_id", "manager_id", "app_id", "enabled",
				"mail_enabled", "security_enabled", "group_types", "created_at", "deleted_at", "doc",
			},
			types: []string{
				text, bigint, text, text, text, text, text, text, text, text, text, text, text, text, text, text, text, integer,
				integer, integer, text, bigint, bigint, text,
			},
		},
		userSponsorTable: {
			name: "user_sponsor", owner: "user_id",
			columns: []string{"sponsor_id", "user_id"},
			types:   []string{text, text},
		},
		guestTable: {
			name: "guest", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "next_due_at", "doc"},
			types:   []string{text, bigint, bigint, text},
		},
		settingsTable: {
			name: "tenant_settings", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "doc"},
			types:   []string{text, bigint, text},
		},
		appRoleTable: {
			name: "app_role_assignment", key: 1,
			columns: []string{"id", "principal_id", "resource_id", "role_id", "created_at"},
			types:   []string{text, text, text, text, bigint},
		},
		roleTable: {
			name: "role_assignment", key: 1, guard: nextVersion,
			columns: []string{"id", "version", "provider", "principal_id", "role", "catalog_id", "created_at"},
			types:   []string{text, bigint, text, text, text, text, bigint},
		},
		rolloutTable: {
			name: "automatic_rollout", key: 1, guard: nextVersion,
			columns: []string{
				"id", "version", "package_id", "in_force", "wanted", "ending", "ended", "phase", "plan", "place", "users", "adds", "removes",
				"people", "since", "since_adds", "since_removes",
				"asks_properties", "asks_groups", "next_due_at",
			},
			types: []string{
				text, bigint, text, bigint, bigint, integer, integer, text, bigint, text, bigint, bigint, bigint,
				integer, bigint, bigint, bigint, text, text, bigint,
			},
		},
		planTable: {
			name: "automatic_plan", conflict: " ON CONFLICT DO NOTHING",
			columns: []string{"policy_id", "plan", "user_id", "kind"},
			types:   []string{text, bigint, text, text},
		},
		touchedTable: {
			name: "automatic_touched", owner: "user_id",
			columns:  []string{"user_id", "next_due_at", "blocked"},
			types:    []string{text, bigint, text},
			conflict: " ON CONFLICT (tenant_id, user_id) DO UPDATE SET next_due_at = excluded.next_due_at",
		},
		versionTable: {
			name: "version", columns: []string{"kind", "object_id", "version", "valid_from", "image"},
			types: []string{text, text, bigint, bigint, text},
		},
		auditTable: {
			name: "audit",
			columns: []string{
				"id", "at", "actor_kind", "actor_id", "actor_name", "actor_app", "on_behalf", "action", "object_kind", "object_id",
				"object_name", "before_version", "after_version", "result", "reason", "request_id", "client_request_id",
			},
			types: []string{
				text, bigint, text, text, text, text, text, text, text, text, text, bigint, bigint, text, text, text, text,
			},
		},
	}
}

// The texts number their placeholders row by row; $1 is the tenant.
// tables_columns.go has those for any number of rows.

// insertText adds n rows by a verb of the dialect.
func (t *table) insertText(verb string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (tenant_id, %s) VALUES ", verb, t.name, strings.Join(t.columns, ", "))
	p := 2
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("($1")
		for range t.columns {
			fmt.Fprintf(&b, ", $%d", p)
			p++
		}
		b.WriteByte(')')
	}
	b.WriteString(t.conflict)
	return b.String()
}

// updateText replaces one row if the guard holds, and the fixed columns are
// what they were.
func (t *table) updateText() string {
	var set, where []string
	version := ""
	for i, c := range t.columns {
		p := fmt.Sprintf("$%d", i+2)
		if i < t.key || slices.Contains(t.fixed, c) {
			where = append(where, c+" = "+p)
			continue
		}
		if c == "version" {
			version = "CAST(" + p + " AS BIGINT)"
		}
		set = append(set, c+" = "+p)
	}
	return "UPDATE " + t.name + " SET " + strings.Join(set, ", ") +
		" WHERE tenant_id = $1 AND " + strings.Join(where, " AND ") + " AND " + t.guarded(version)
}

func (t *table) guarded(version string) string {
	return strings.Replace(t.guard, "%s", version, 1)
}

// deleteText removes the rows of n owners.
func (t *table) deleteText(n int) string {
	owners := make([]string, n)
	for i := range owners {
		owners[i] = fmt.Sprintf("$%d", i+2)
	}
	return fmt.Sprintf("DELETE FROM %s WHERE tenant_id = $1 AND %s IN (%s)", t.name, t.owner, strings.Join(owners, ", "))
}
