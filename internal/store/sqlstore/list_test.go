package sqlstore

import (
	"database/sql"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
	"pgregory.net/rapid"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

func TestEveryFieldHasAColumn(t *testing.T) {
	t.Parallel()
	for _, l := range []listing{
		catalogs, resources, resourceRequests, packages, policies, requests, approvals, assignments, objects, members, appRoleAssignments, roleAssignments,
		messages,
		organizations, subjects,
	} {
		for field := range store.Fields[l.collection] {
			if _, err := l.column(field); err != nil {
				t.Errorf("%s: %v", l.collection, err)
			}
		}
		for name, in := range l.inside {
			for field := range store.Fields[l.collection+"."+name] {
				if _, err := in.column(field); err != nil || in.collection != l.collection+"."+name {
					t.Errorf("%s in %s: %v", name, l.collection, err)
				}
			}
		}
		for field := range l.fields {
			if _, ok := store.Fields[l.collection][field]; !ok {
				t.Errorf("%s has a column for %s, which is no field", l.collection, field)
			}
		}
	}
}

// TestValuesNeverBecomeText also proves that placeholders first appear in the
// order of their numbers, on which SQLite relies.
func TestEveryRelatedListIsFound(t *testing.T) {
	t.Parallel()
	for collection, lists := range store.Collections {
		for name, of := range lists {
			if rel, ok := relations[collection][name]; !ok || rel.of.collection != of {
				t.Errorf("%s of %s: %+v, want rows of %s", name, collection, rel, of)
			}
		}
		if len(relations[collection]) != len(lists) {
			t.Errorf("%s has related lists that no filter knows", collection)
		}
	}
	if len(relations) != len(store.Collections) {
		t.Errorf("%d collections have related lists, %d are known", len(relations), len(store.Collections))
	}
}

func TestValuesNeverBecomeText(t *testing.T) {
	t.Parallel()
	const mark = "'; DROP TABLE request; --"
	placeholder := regexp.MustCompile(`\$\d+`)
	rapid.Check(t, func(t *rapid.T) {
		field := rapid.SampledFrom([]string{"status", "target.displayName", "package.displayName", "createdBy", "id"})
		leaf := rapid.Custom(func(t *rapid.T) query.Expr {
			switch rapid.IntRange(0, 2).Draw(t, "form") {
			case 0:
				return query.Compare{Field: field.Draw(t, "field"), Op: query.Op(rapid.IntRange(0, 5).Draw(t, "op")), Value: mark}
			case 1:
				return query.In{Field: field.Draw(t, "field"), Values: []query.Value{mark, nil, mark}}
			}
			return query.Text{Field: field.Draw(t, "field"), Op: query.TextOp(rapid.IntRange(0, 2).Draw(t, "op")), Value: mark}
		})
		q := query.List{
			Where: query.And(rapid.SliceOfN(leaf, 0, 4).Draw(t, "where")),
			Order: []query.Order{{Field: field.Draw(t, "by"), Desc: rapid.Bool().Draw(t, "desc")}, {Field: "createdAt"}},
			Limit: 7777, Skip: 8888, After: []query.Value{mark, time.UnixMicro(9999), mark},
		}
		if q.Order[0].Field == "id" {
			q.After = q.After[:2]
		}
		terms, err := requests.terms(q)
		if err != nil {
			t.Fatal(err)
		}
		s, err := requests.selectPage(sqliteDialect(), 1, requestColumns, terms, q, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{"DROP", "7777", "8888", "9999"} {
			if strings.Contains(s.String(), value) {
				t.Fatalf("%s stands in %s", value, s)
			}
		}
		highest := 0
		for _, p := range placeholder.FindAllString(s.String(), -1) {
			var n int
			if _, err := fmt.Sscanf(p, "$%d", &n); err != nil || n > highest+1 {
				t.Fatalf("%s comes after $%d in %s", p, highest, s)
			}
			highest = max(highest, n)
		}
		if highest != len(s.args) {
			t.Fatalf("%d placeholders for %d arguments in %s", highest, len(s.args), s)
		}
	})
}

// TestListsUseTheirIndex walks the lists that people look at and holds each to its index,
// on the first page and further on.
func TestListsUseTheirIndex(t *testing.T) {
	t.Parallel()
	db := emptyDatabase(t)
	eq := func(field string) query.Expr { return query.Compare{Field: field, Value: "x"} }
	both := func(a, b string) query.Expr { return query.And{eq(a), eq(b)} }
	newest := []query.Order{{Field: "createdAt", Desc: true}}
	tests := []struct {
		name  string
		of    listing
		q     query.List
		index string
		sorts string // what may be sorted
	}{
		{"assignments", assignments, query.List{}, "sqlite_autoindex_assignment_1", ""},
		{"assignments by state", assignments, query.List{Where: eq("state")}, "assignment_state", ""},
		{"assignments by package and state", assignments, query.List{Where: both("package", "state")}, "assignment_package", ""},
		{"assignments by catalog and state", assignments, query.List{Where: both("catalog", "state")}, "assignment_catalog", ""},
		{"assignments by target and state", assignments, query.List{Where: both("target", "state")}, "assignment_target", ""},
		{"assignments by target", assignments, query.List{Where: eq("target")}, "assignment_target", ""},
		{"assignments by manager and state", assignments, query.List{Where: both("state", "target.manager")}, "assignment_target", "the few"},
		{"assignments by the target's name", assignments, query.List{Where: both("state", "target.displayName")}, "assignment_target", "the few"},
		{"requests", requests, query.List{}, "request_created", "ties"},
		{"requests, newest first", requests, query.List{Order: newest}, "request_created", "ties"},
		{"requests by status", requests, query.List{Where: eq("status")}, "request_status", "ties"},
		{"requests by status, newest first", requests, query.List{Where: eq("status"), Order: newest}, "request_status", "ties"},
		{"requests by package, newest first", requests, query.List{Where: eq("package"), Order: newest}, "request_package", "ties"},
		{"requests by target, newest first", requests, query.List{Where: eq("target"), Order: newest}, "request_target", "ties"},
		{"requests by sender, newest first", requests, query.List{Where: eq("createdBy"), Order: newest}, "request_created_by", "ties"},
		{"approvals about somebody", approvals, query.List{Where: eq("target")}, "approval_target", ""},
		{"approvals in progress", approvals, query.List{Where: query.Any{Collection: "stages", Where: eq("status")}}, "approval_stage_status", ""},
		{"approvals that somebody was asked for", approvals, query.List{Where: query.Any{Collection: "asked", Where: eq("ref")}}, "element USING PRIMARY KEY", ""},
		{"audit records", auditRecords, query.List{}, "audit_at", ""},
		{"audit records by action", auditRecords, query.List{Where: eq("action")}, "audit_action", "ties"},
		{"audit records by who acted", auditRecords, query.List{Where: both("actorKind", "actor")}, "audit_actor", "ties"},
		{"audit records by the name of who acted", auditRecords, query.List{Where: both("actorKind", "actorName")}, "audit_actor_name", "ties"},
		{"audit records by application", auditRecords, query.List{Where: both("actorKind", "actorApp")}, "audit_actor_app", "ties"},
		{"audit records by who did what", auditRecords, query.List{Where: query.And{eq("action"), eq("actorKind"), eq("actor")}}, "audit_actor", "ties"},
		{"users", objects, query.List{}, "object_kind", ""},
		{"users by mail", objects, query.List{Where: eq("mail")}, "object_mail", "the few"},
		{"users by name", objects, query.List{Order: []query.Order{{Field: "displayName"}}}, "object_name", ""},
	}
	for _, tt := range tests {
		for _, later := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, later), func(t *testing.T) {
				t.Parallel()
				q := tt.q
				q.Limit = 100
				if later {
					q.After = []query.Value{"k"}
					switch {
					case tt.of.collection == "requests", tt.of.collection == "audit":
						q.After = []query.Value{time.UnixMicro(1), "k"}
					case len(q.Order) > 0:
						q.After = []query.Value{"k", "k"}
					}
				}
				only := func(*statement, string) {}
				if tt.of.collection == "objects" {
					only = ofKind(directory.KindUser)
				}
				terms, err := tt.of.terms(q)
				if err != nil {
					t.Fatal(err)
				}
				s, err := tt.of.selectPage(sqliteDialect(), 1, "*", terms, q, only)
				if err != nil {
					t.Fatal(err)
				}
				plan := explain(t, db, s)
				if !strings.Contains(plan, tt.index+" (") || strings.Contains(plan, "SCAN ") {
					t.Errorf("%s does not use %s alone:\n%s", s, tt.index, plan)
				}
				sorts := ""
				switch {
				case strings.Contains(plan, "B-TREE FOR LAST TERM"):
					sorts = "ties"
				case strings.Contains(plan, "B-TREE FOR ORDER BY"):
					sorts = "the few"
				}
				if sorts != tt.sorts {
					t.Errorf("%s sorts %q, want %q:\n%s", s, sorts, tt.sorts, plan)
				}
			})
		}
	}
}

// Before each change rows are counted, by their keys.
func TestTalliesReadByKey(t *testing.T) {
	t.Parallel()
	db := emptyDatabase(t)
	s := &Store{dialect: sqliteDialect(), tables: tables()}
	for _, table := range s.tables {
		if table.state == "" {
			continue
		}
		for _, ids := range [][]string{{"x"}, {"x", "y"}} {
			o := s.tallyMoves(1, table, ids, map[string]int64{})
			_, sel, _ := strings.Cut(o.text, "n) SELECT ")
			sel, _, _ = strings.Cut(sel, " ON CONFLICT")
			read := &statement{args: o.args}
			read.add("SELECT ", sel)
			plan := explain(t, db, read)
			if want := fmt.Sprintf("SEARCH %s USING INDEX sqlite_autoindex_%s_1", table.name, table.name); !strings.Contains(plan, want) {
				t.Errorf("%s: %s", table.name, plan)
			}
		}
	}
}

// An index without figures is one that SQLite may never choose.
func TestEveryIndexHasStatistics(t *testing.T) {
	t.Parallel()
	db := emptyDatabase(t)
	rows, err := db.Query(`SELECT name FROM sqlite_schema WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite_%'
		AND name <> 'tenant' EXCEPT SELECT idx FROM sqlite_stat1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s has no statistics", name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func emptyDatabase(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/empty.db")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	schema, err := os.ReadFile("migrations/0001_init.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(sqliteDialect().schema(string(schema))); err != nil {
		t.Fatal(err)
	}
	if err := plant(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return db
}

func explain(t *testing.T, db *sql.DB, s *statement) string {
	t.Helper()
	rows, err := db.Query("EXPLAIN QUERY PLAN "+s.String(), s.args...)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var line string
		if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

func TestAfterPrefix(t *testing.T) {
	t.Parallel()
	tests := []struct{ prefix, want string }{
		{"a", "b"},
		{"az", "a{"},
		{"a\U0010FFFF", "b"},
		{"\U0010FFFF", ""},
		{"\uD7FF", "\uE000"},
		{"50%", "50&"},
	}
	for _, tt := range tests {
		if got := afterPrefix(tt.prefix); got != tt.want {
			t.Errorf("afterPrefix(%q) = %q, want %q", tt.prefix, got, tt.want)
		}
	}
}

// TestColumnsHaveTheTypesOfTheSchema holds tables.go to the migration, because
// arrays need a type where single values have one by what they are.
func TestColumnsHaveTheTypesOfTheSchema(t *testing.T) {
	t.Parallel()
	schema, err := os.ReadFile("migrations/0001_init.sql")
	if err != nil {
		t.Fatal(err)
	}
	all := tables()
	for _, table := range append(all[:], linkTable) {
		_, text, found := strings.Cut(string(schema), "CREATE TABLE "+table.name+" (")
		text, _, _ = strings.Cut(text, "\n);")
		if !found || len(table.types) != len(table.columns) {
			t.Errorf("%s: in the schema: %v, %d types for %d columns", table.name, found, len(table.types), len(table.columns))
			continue
		}
		for i, column := range table.columns {
			if line := regexp.MustCompile(`(?m)^ +` + column + ` +` + table.types[i] + `\b`); !line.MatchString(text) {
				t.Errorf("%s.%s is no %s", table.name, column, table.types[i])
			}
		}
	}
}

// A list without a filter names the key, so that its index is entered: all
// others begin with the tenant too.
func TestListsWithoutAFilterNameTheKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		q    query.List
		want bool
	}{
		{"first page", query.List{Limit: 100}, true},
		{"next page", query.List{Limit: 100, After: []query.Value{"x"}}, false},
		{"filtered", query.List{Limit: 100, Where: query.Compare{Field: "status", Value: "Fulfilled"}}, false},
	} {
		terms, err := grants.terms(tt.q)
		if err != nil {
			t.Fatal(err)
		}
		s, err := grants.selectPage(sqliteDialect(), 1, grantColumns, terms, tt.q, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(s.String(), "access_grant.id > ''"); got != tt.want {
			t.Errorf("%s: %s", tt.name, s)
		}
	}
}
