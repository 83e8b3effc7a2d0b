package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grantkeep/grantkeep/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// The seeding writes into tables that others may change; this test tells.
func TestSeedingFitsTheSchema(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(t *testing.T) (dsn string, db *sql.DB){
		"sqlite": func(t *testing.T) (string, *sql.DB) {
			file := filepath.Join(t.TempDir(), "seed.db")
			return "sqlite:" + file, openDB(t, "sqlite", "file:"+file)
		},
		"postgres": func(t *testing.T) (string, *sql.DB) {
			dsn := pgtest.Start(t)
			return dsn, openDB(t, "pgx", dsn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn, db := fresh(t)
			migrate(t, db)
			c := template(t, db)
			const rows = seedTargets + 5
			if err := seedAssignments(t.Context(), dsn, c, seeding{people: seedTargets, rows: rows, end: time.Now().Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
			for query, want := range map[string]int{
				"SELECT count(*) FROM directory_object":                                                     seedTargets + 1,
				"SELECT count(*) FROM assignment WHERE state = 'delivered'":                                 rows,
				"SELECT count(DISTINCT package_id) FROM assignment":                                         2,
				"SELECT count(*) FROM assignment WHERE policy_id = 'policy2'":                               seedTargets/2 + 3,
				"SELECT count(*) FROM access_grant WHERE status = 'Fulfilled' AND resource_id = 'resource'": seedTargets,
				"SELECT count(*) FROM grant_source s JOIN access_grant g ON g.id = s.grant_id":              rows,
				"SELECT count(*) FROM membership WHERE group_id = 'group'":                                  seedTargets,
				`SELECT count(*) FROM assignment a JOIN directory_object o ON o.id = a.target_id
					WHERE o.doc LIKE '%' || o.id || '%' AND o.principal_name LIKE 'target%@bench.example'`: rows,
			} {
				var got int
				if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Errorf("%s: %d, want %d", query, got, want)
				}
			}
			if err := seedAssignments(t.Context(), dsn, c, seeding{people: seedTargets, rows: 3 * seedTargets}); err == nil {
				t.Error("more assignments than people and packages allow were not refused")
			}
		})
	}
}

func openDB(t *testing.T, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func migrate(t *testing.T, db *sql.DB) {
	t.Helper()
	files, err := filepath.Glob("../internal/store/sqlstore/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no migrations", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		if _, err := db.ExecContext(t.Context(), up); err != nil {
			t.Fatal(file, err)
		}
	}
}

// template makes what the Graph API would: an approver, and two packages
// with their policies.
func template(t *testing.T, db *sql.DB) *company {
	t.Helper()
	const approver = "00000000-0000-7000-8000-000000000001"
	exec := func(query string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatal(errors.Join(fmt.Errorf("%s", query), err))
		}
	}
	exec(`INSERT INTO tenant (no, id, display_name, created_at) VALUES (1, 't', 'T', 0)`)
	exec(`INSERT INTO directory_object (tenant_id, id, version, kind, display_name, mail, principal_name, mail_nickname, enabled, created_at, doc)
		VALUES (1, '` + approver + `', 1, 'user', 'approver', 'approver@bench.example', 'approver@bench.example', 'approver', 1, 0,
		'{"ID":"` + approver + `","DisplayName":"approver"}')`)
	exec(`INSERT INTO catalog (tenant_id, id, version, display_name, description, type, published, externally_visible, created_at, modified_at, doc)
		VALUES (1, 'catalog', 1, 'c', '', 'userManaged', 1, 0, 0, 0, '')`)
	c := &company{catalog: "catalog", approver: approver, given: given{"group", "resource", "role", "scope"}}
	for _, n := range []string{"1", "2"} {
		exec(`INSERT INTO package (tenant_id, id, version, catalog_id, display_name, description, hidden, created_at, modified_at, doc)
			VALUES (1, 'package` + n + `', 1, 'catalog', 'p` + n + `', '', 0, 0, 0, '')`)
		exec(`INSERT INTO policy (tenant_id, id, version, package_id, catalog_id, display_name, description, created_at, modified_at, doc)
			VALUES (1, 'policy` + n + `', 1, 'package` + n + `', 'catalog', 'p', '', 0, 0, '')`)
		c.free = append(c.free, offered{"package" + n, "policy" + n})
	}
	return c
}
