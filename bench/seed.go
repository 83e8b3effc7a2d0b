package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver for PostgreSQL
	_ "modernc.org/sqlite"             // the driver for SQLite
)

// seedTargets is how many people there are if only assignments count.
const seedTargets = 10_000

// spread is how many packages are between a person's one and the next.
const spread = 7

// seeding is a number of people, and of delivered assignments to them, with
// their requests, that end at an instant.
type seeding struct {
	people int
	rows   int
	end    time.Time
}

// seedAssignments writes delivered assignments, with what they give, straight
// into the product's tables, because a million of them over the API would take
// longer than all measurements. They stand on the packages without approval
// and on people copied from the approver, as the API made them; see
// internal/store/sqlstore/migrations for the columns.
func seedAssignments(ctx context.Context, dsn string, c *company, s seeding) (err error) {
	if s.people == 0 {
		return nil
	}
	if most := s.people * len(c.free); s.rows > most || len(c.free)%spread == 0 {
		return fmt.Errorf("%d assignments on %d packages and %d people: at most %d can be active, and %d must not divide the packages",
			s.rows, len(c.free), s.people, most, spread)
	}
	driver, source, d := "pgx", dsn, postgresDialect
	if file, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		driver, source, d = "sqlite", "file:"+file+"?_pragma=busy_timeout(10000)&_pragma=cache_size(-200000)", sqliteDialect
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, text := range seedStatements(d, c, s) {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return errors.Join(fmt.Errorf("%.200s…: %w", text, err), tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, d.analyze)
	return err
}

// dialect is where the two databases differ.
type dialect struct {
	series  string // the numbers i from 0, %d of them, as a table
	id      string // the id for the number i, %s of a kind, as an expression
	analyze string
}

var (
	sqliteDialect = dialect{
		series:  "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d) SELECT i FROM n)",
		id:      "printf('0190000%s-0000-7000-8000-%%012d', %s)",
		analyze: "ANALYZE",
	}
	postgresDialect = dialect{
		series:  "(SELECT generate_series(0, %d - 1) AS i)",
		id:      "('0190000%s-0000-7000-8000-' || lpad(CAST(%s AS text), 12, '0'))",
		analyze: "VACUUM ANALYZE",
	}
)

// The kinds of seeded ids.
const (
	targetID     = "1"
	assignmentID = "2"
	requestID    = "3"
	grantID      = "4"
)

func seedStatements(d dialect, c *company, s seeding) []string {
	series := func(n int) string { return fmt.Sprintf(d.series, n) }
	id := func(kind, number string) string { return fmt.Sprintf(d.id, kind, number) }

	// A copy has the id and the name of its number wherever the approver's
	// stand.
	named := func(column string) string {
		return fmt.Sprintf("replace(o.%s, 'approver', 'target' || CAST(s.i AS text))", column)
	}
	people := fmt.Sprintf(`INSERT INTO directory_object (tenant_id, id, version, kind, display_name, mail, principal_name, mail_nickname,
			given_name, surname, user_type, department, job_title, company_name, employee_id, manager_id, app_id, enabled,
			mail_enabled, security_enabled, created_at, deleted_at, doc)
		SELECT o.tenant_id, %s, o.version, o.kind, %s, %s, %s, %s,
			o.given_name, o.surname, o.user_type, o.department, o.job_title, o.company_name, o.employee_id, o.manager_id, o.app_id, o.enabled,
			o.mail_enabled, o.security_enabled, o.created_at, o.deleted_at, replace(%s, o.id, %s)
		FROM directory_object o CROSS JOIN %s s WHERE o.id = '%s'`,
		id(targetID, "s.i"), named("display_name"), named("mail"), named("principal_name"), named("mail_nickname"),
		named("doc"), id(targetID, "s.i"), series(s.people), c.approver)
	if s.rows == 0 {
		return []string{people}
	}

	var policies []string
	for _, p := range c.free {
		policies = append(policies, "'"+p.policy+"'")
	}
	made, end := time.Now().Add(-24*time.Hour).UnixMicro(), s.end.UnixMicro()
	target := id(targetID, fmt.Sprintf("s.i %% %d", s.people))
	assignments := fmt.Sprintf(`INSERT INTO assignment (tenant_id, id, version, state, catalog_id, package_id, policy_id, policy_version,
			target_id, request_id, created_at, start_at, expiration, end_at, duration, ends_at, expired_at, extended, automatic, next_due_at, detail, told)
		SELECT p.tenant_id, %s, 1, 'delivered', p.catalog_id, p.package_id, p.id, p.version,
			%s, %s, %d + s.i, NULL, 'afterDateTime', %d, '', %d, NULL, 0, 0, %d, '', ''
		FROM %s s JOIN (
			SELECT tenant_id, id, version, catalog_id, package_id, row_number() OVER (ORDER BY id) - 1 AS n
			FROM policy WHERE id IN (%s)) p ON p.n = (s.i %% %d + s.i / %d * %d) %% %d`,
		id(assignmentID, "s.i"), target, id(requestID, "s.i"), made, end, end, end,
		series(s.rows), strings.Join(policies, ", "), s.people, s.people, spread, len(policies))
	const requests = `INSERT INTO request (tenant_id, id, version, kind, status, catalog_id, package_id, policy_id, policy_version, assignment_id,
			target_id, requestor_id, created_by, created_at, completed_at, start_at, justification, approval_needed,
			not_before, escalate_at, deny_at, next_due_at, detail)
		SELECT tenant_id, request_id, 1, 'userAdd', 'Delivered', catalog_id, package_id, policy_id, policy_version, id,
			target_id, target_id, target_id, created_at, created_at, NULL, '', 0, NULL, NULL, NULL, NULL, ''
		FROM assignment WHERE state = 'delivered'`

	// All packages give the same role, so a person has one grant of it,
	// which all assignments share.
	holders := series(min(s.rows, s.people))
	grants := fmt.Sprintf(`INSERT INTO access_grant (tenant_id, id, version, subject_id, resource_id, role_id, scope_id,
			origin_system, origin_id, role_origin_id, status, error, from_at, to_at, preexisting)
		SELECT c.tenant_id, %s, 1, %s, '%s', '%s', '%s', 'AadGroup', '%s', 'Member_%s', 'Fulfilled', '', %d, NULL, 0
		FROM %s s CROSS JOIN catalog c WHERE c.id = '%s'`,
		id(grantID, "s.i"), id(targetID, "s.i"), c.given.resource, c.given.role, c.given.scope, c.given.group, c.given.group, made, holders, c.catalog)
	sources := fmt.Sprintf(`INSERT INTO grant_source (tenant_id, assignment_id, grant_id, from_at, to_at)
		SELECT c.tenant_id, %s, %s, %d, NULL FROM %s s CROSS JOIN catalog c WHERE c.id = '%s'`,
		id(assignmentID, "s.i"), id(grantID, fmt.Sprintf("s.i %% %d", s.people)), made, series(s.rows), c.catalog)
	members := fmt.Sprintf(`INSERT INTO membership (tenant_id, group_id, relation, member_id, since)
		SELECT c.tenant_id, '%s', 'member', %s, %d FROM %s s CROSS JOIN catalog c WHERE c.id = '%s'`,
		c.given.group, id(targetID, "s.i"), made, holders, c.catalog)
	tally := "INSERT INTO tally (tenant_id, kind, state, slot, n)" +
		" SELECT tenant_id, 'assignment', state, 0, count(*) FROM assignment GROUP BY tenant_id, state" +
		" UNION ALL SELECT tenant_id, 'request', status, 0, count(*) FROM request GROUP BY tenant_id, status"
	return []string{people, assignments, requests, grants, sources, members, "DELETE FROM tally", tally}
}
