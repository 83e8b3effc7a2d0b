package main

import (
	"fmt"
	"strings"
	"time"
)

// tenant is the only one.
const tenant = "6df54acb-0000-4000-8000-000000000001"

// The company of the pages: every assignment has one of so many targets and
// packages.
const (
	seedTargets  = 10_000
	seedPackages = 100
)

// schema is what any server of requests needs: keys by tenant, an index for
// what is due, one for the pages.
var schema = []string{
	`CREATE TABLE request (
		tenant text NOT NULL, id text NOT NULL, version bigint NOT NULL, kind text NOT NULL, status text NOT NULL,
		package text NOT NULL, policy text NOT NULL, target text NOT NULL, created_at bigint NOT NULL, completed_at bigint,
		next_due_at bigint, justification text NOT NULL, body text NOT NULL, PRIMARY KEY (tenant, id))`,
	`CREATE INDEX request_due ON request (next_due_at) WHERE next_due_at IS NOT NULL`,
	`CREATE TABLE version (
		tenant text NOT NULL, kind text NOT NULL, object text NOT NULL, version bigint NOT NULL, since bigint NOT NULL,
		image text NOT NULL, PRIMARY KEY (tenant, kind, object, version))`,
	`CREATE TABLE audit (
		tenant text NOT NULL, id text NOT NULL, at bigint NOT NULL, actor text NOT NULL, action text NOT NULL, kind text NOT NULL,
		object text NOT NULL, after bigint NOT NULL, client text NOT NULL, PRIMARY KEY (tenant, id))`,
	`CREATE TABLE outbox (
		tenant text NOT NULL, id text NOT NULL, object text NOT NULL, due_at bigint NOT NULL, PRIMARY KEY (tenant, id))`,
	`CREATE TABLE assignment (
		tenant text NOT NULL, id text NOT NULL, state text NOT NULL, package text NOT NULL, policy text NOT NULL, target text NOT NULL,
		created_at bigint NOT NULL, ends_at bigint, PRIMARY KEY (tenant, id))`,
	`CREATE TABLE object (
		tenant text NOT NULL, id text NOT NULL, display_name text NOT NULL, mail text NOT NULL, principal_name text NOT NULL,
		PRIMARY KEY (tenant, id))`,
	`CREATE TABLE package (
		tenant text NOT NULL, id text NOT NULL, display_name text NOT NULL, description text NOT NULL, hidden bigint NOT NULL,
		created_at bigint NOT NULL, modified_at bigint NOT NULL, PRIMARY KEY (tenant, id))`,
}

const (
	insertRequest = `INSERT INTO request (tenant, id, version, kind, status, package, policy, target, created_at, next_due_at, justification, body)
		VALUES ($1, $2, 1, $3, 'accepted', $4, $5, $6, $7, $8, $9, $10)`
	insertVersion = `INSERT INTO version (tenant, kind, object, version, since, image) VALUES ($1, 'request', $2, $3, $4, $5)`
	insertAudit   = `INSERT INTO audit (tenant, id, at, actor, action, kind, object, after, client) VALUES ($1, $2, $3, $4, $5, 'request', $6, $7, $8)`
	insertOutbox  = `INSERT INTO outbox (tenant, id, object, due_at) VALUES ($1, $2, $3, $4)`
	cancelRequest = `UPDATE request SET status = 'canceled', version = 2, completed_at = $1, next_due_at = NULL
		WHERE tenant = $2 AND id = $3 AND version = 1 AND status = 'accepted'`

	selectPage = `SELECT id, state, target, package, ends_at FROM assignment
		WHERE tenant = $1 AND state = 'delivered' AND id > $2 ORDER BY id LIMIT $3`
	selectTargets  = `SELECT id, display_name, mail, principal_name FROM object WHERE tenant = $1 AND id `
	selectPackages = `SELECT id, display_name, description, hidden, created_at, modified_at FROM package WHERE tenant = $1 AND id `
)

// The arguments of the inserts, in the order of their placeholders.
func (r request) requestArgs() []any {
	return []any{tenant, r.id, r.kind, r.packageID, r.policyID, r.target, r.at, r.at + 1e6, r.justification, r.body}
}
func (r request) versionArgs() []any { return []any{tenant, r.id, 1, r.at, r.image} }
func (r request) auditArgs() []any {
	return []any{tenant, r.audit, r.at, r.target, "request.create", r.id, 1, r.client}
}
func (r request) outboxArgs() []any { return []any{tenant, r.outbox, r.id, r.at + 1e6} }

// seeding fills the tables of the pages. series yields the numbers i from 0
// up to, not including, its argument; id makes an id of an expression.
func seeding(rows int, series func(n int) string, id func(expr string) string) []string {
	number := func(expr string) string { return "CAST(" + expr + " AS text)" }
	return []string{
		fmt.Sprintf(`INSERT INTO object (tenant, id, display_name, mail, principal_name)
			SELECT '%s', %s, 'Person ' || %s, 'person' || %s || '@example.com', 'person' || %s || '@example.com' FROM %s`,
			tenant, id("i"), number("i"), number("i"), number("i"), series(seedTargets)),
		fmt.Sprintf(`INSERT INTO package (tenant, id, display_name, description, hidden, created_at, modified_at)
			SELECT '%s', %s, 'Package ' || %s, 'What package ' || %s || ' is for', 0, 1790000000000000, 1790000000000000 FROM %s`,
			tenant, id("i"), number("i"), number("i"), series(seedPackages)),
		fmt.Sprintf(`INSERT INTO assignment (tenant, id, state, package, policy, target, created_at, ends_at)
			SELECT '%s', %s, 'delivered', %s, %s, %s, 1790000000000000, 1990000000000000 FROM %s`,
			tenant, id("i"), id(fmt.Sprintf("((i / %d) %% %d)", seedTargets, seedPackages)),
			id(fmt.Sprintf("((i / %d) %% %d)", seedTargets, seedPackages)), id(fmt.Sprintf("(i %% %d)", seedTargets)), series(rows)),
		`CREATE INDEX assignment_state ON assignment (tenant, state, id)`,
	}
}

const seriesPrefix = "01900000-0000-7000-8000-"

// seriesID is the id that seeding gives to the number i.
func seriesID(i int) string { return fmt.Sprintf("%s%012d", seriesPrefix, i) }

// expand puts the looked-up objects into the page.
func expand(page []assignment, targets map[string]*subject, packages map[string]*offer) {
	for i := range page {
		a := &page[i]
		a.Target, a.Package = targets[a.targetID], packages[a.packageID]
		a.Status, a.Callouts = "Delivered", []string{}
		a.Schedule.Expiration.Type = "noExpiration"
		if a.end != nil {
			end := time.UnixMicro(*a.end).UTC()
			a.Schedule.Expiration.End, a.Schedule.Expiration.Type = &end, "afterDateTime"
		}
	}
}

// wantedIDs returns the ids to look up, each once.
func wantedIDs(page []assignment) (targets, packages []string) {
	seen := map[string]bool{}
	for _, a := range page {
		if !seen["t"+a.targetID] {
			seen["t"+a.targetID] = true
			targets = append(targets, a.targetID)
		}
		if !seen["p"+a.packageID] {
			seen["p"+a.packageID] = true
			packages = append(packages, a.packageID)
		}
	}
	return targets, packages
}

// scanner is a row of either driver.
type scanner interface{ Scan(dest ...any) error }

func scanAssignment(row scanner) (assignment, error) {
	var a assignment
	err := row.Scan(&a.ID, &a.State, &a.targetID, &a.packageID, &a.end)
	return a, err
}

func scanSubject(row scanner) (*subject, error) {
	s := &subject{Type: "user"}
	err := row.Scan(&s.ObjectID, &s.DisplayName, &s.Mail, &s.PrincipalName)
	s.ID = s.ObjectID
	return s, err
}

func scanOffer(row scanner) (*offer, error) {
	o := &offer{}
	var hidden, created, modified int64
	err := row.Scan(&o.ID, &o.DisplayName, &o.Description, &hidden, &created, &modified)
	o.Hidden, o.Created, o.Modified = hidden != 0, time.UnixMicro(created).UTC(), time.UnixMicro(modified).UTC()
	return o, err
}

// isMissingTable tells whether the schema still has to be made, from the answer to
// asking for a table.
func isMissingTable(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "does not exist"))
}
