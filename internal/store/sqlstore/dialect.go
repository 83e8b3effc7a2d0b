package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// dialect is every difference between the two databases, apart from how they
// are connected to (sqlite.go, postgres.go).
type dialect struct {
	// schema rewrites the text of a migration.
	schema func(string) string

	// among is a condition that a column has one of the values of a list,
	// which listArg makes; one text serves lists of any length.
	among   func(placeholder string) string
	listArg func(ids []string) any

	// elements is a table of the elements of a JSON list, each in the column
	// value; members one of the members of a JSON object, with their keys.
	elements, members func(placeholder string) string

	// claim ends a SELECT whose rows nobody else shall get, hold one whose
	// rows others shall wait for. Where there is one writer, both are empty.
	claim, hold string

	// columns tells that many rows of a table are written by one statement,
	// with an array for each column. A database in the process gains nothing
	// by it: there rows go into the text, and are replaced one by one.
	columns bool

	// insert is the verb that adds rows.
	insert string

	// slot is where a transaction tallies (tally.go).
	slot string

	// guard makes a statement fail, with an error that toFault knows, if it
	// does not affect as many rows as an expression says. Where statements
	// run one by one, it is left as it is, and the number is looked at.
	guard func(statement, rows string) string

	// lag is how long after it was made a record of the history may become
	// visible; 0 where they become so in their order.
	lag time.Duration

	// toFault turns an error of the driver into a fault, by its code.
	toFault func(error) error
}

// sqliteDialect checks types, and keeps tables that are little more than
// their key in the order of the key, which saves an index. For wide rows that
// costs more than it saves: measured, a third of all writes. The writer is
// alone, so claims need no lock. A statement that fails need not clear away
// the rows that it has added before, because everything around it is undone;
// to be able to, it would copy the pages that it changes.
func sqliteDialect() dialect {
	table := regexp.MustCompile(`(?ms)^CREATE TABLE (\w+) \(.*?^\);$`)
	narrow := []string{
		"package_incompatible", "package_barred_group", "package_role", "policy_audience", "policy_extension",
		"approval_asked", "approval_stage", "approval_past", "grant_source", "membership",
		"automatic_plan", "automatic_touched",
		"organization_source", "organization_sponsor", "policy_organization", "user_sponsor", "tally",
	}
	return dialect{
		schema: func(s string) string {
			s = strings.ReplaceAll(s, "BIGINT", "INTEGER")
			return table.ReplaceAllStringFunc(s, func(t string) string {
				t = strings.TrimSuffix(t, ";")
				if slices.Contains(narrow, table.FindStringSubmatch(t + ";")[1]) {
					t += " WITHOUT ROWID,"
				}
				return t + " STRICT;"
			})
		},
		among:    func(placeholder string) string { return "IN (SELECT value FROM json_each(" + placeholder + "))" },
		elements: func(placeholder string) string { return "json_each(" + placeholder + ")" },
		members:  func(placeholder string) string { return "json_each(" + placeholder + ")" },
		listArg: func(ids []string) any {
			b, err := json.Marshal(ids)
			if err != nil {
				panic(err) // strings always marshal
			}
			return string(b)
		},
		insert:  "INSERT OR FAIL INTO",
		slot:    "0",
		guard:   func(s, _ string) string { return s },
		toFault: sqliteFault,
	}
}

// postgresDialect compares texts by their bytes, as SQLite does, so that
// both sort alike. In a pipeline the statements behind a guarded one have
// been sent before its outcome is known, so the statement itself must fail:
// it divides by zero.
func postgresDialect() dialect {
	return dialect{
		schema: func(s string) string { return strings.ReplaceAll(s, " TEXT", ` TEXT COLLATE "C"`) },
		among:  func(placeholder string) string { return "= ANY(CAST(" + placeholder + " AS TEXT[]))" },
		elements: func(placeholder string) string {
			return "json_array_elements(CAST(CAST(" + placeholder + " AS TEXT) AS JSON))"
		},
		members: func(placeholder string) string {
			return "json_each_text(CAST(CAST(" + placeholder + " AS TEXT) AS JSON))"
		},
		listArg: func(ids []string) any {
			if ids == nil {
				return []string{}
			}
			return ids
		},
		claim:   " FOR UPDATE SKIP LOCKED",
		hold:    " FOR UPDATE",
		columns: true,
		insert:  "INSERT INTO",
		slot:    "pg_backend_pid() % 64",
		guard: func(s, rows string) string {
			return fmt.Sprintf("WITH done AS (%s RETURNING 1) SELECT 1 / CAST(count(*) = %s AS INTEGER) FROM done", s, rows)
		},
		lag:     writeLimit,
		toFault: postgresFault,
	}
}

// errTaken is the cause of a fault about a key that somebody else has.
var errTaken = errors.New("unique or foreign key violated")

// errUncertain is the cause of a fault after which nobody knows whether the
// commit happened.
var errUncertain = errors.New("the outcome of the commit is unknown")

func stale(cause error) error {
	return fault.New(fault.Stale, "Stale", "Somebody else changed the object at the same time.").With(cause)
}

// taken names the key that is not free. An id or a version that is there
// already was written by somebody who was faster.
func taken(table string, columns []string, cause error) error {
	if table == "version" || slices.Equal(columns, []string{"tenant_id", "id"}) {
		return stale(cause)
	}
	var names []string
	for _, c := range columns {
		if c != "tenant_id" {
			names = append(names, strings.ReplaceAll(strings.TrimSuffix(c, "_id"), "_", " "))
		}
	}
	what := nouns[table]
	if what == "" {
		what = strings.ReplaceAll(table, "_", " ")
	}
	return fault.New(fault.Conflict, "Conflict", "There is already another %s with the same %s.", what, strings.Join(names, ", ")).
		With(errors.Join(errTaken, cause))
}

// broken is what a violated foreign key becomes: what the row names is gone,
// or the row is still named.
func broken(cause error) error {
	return fault.New(fault.Conflict, "Conflict", "The object, or one that it belongs to, was removed or is still in use.").
		With(errors.Join(errTaken, cause))
}

func unavailable(cause error) error {
	return fault.New(fault.Unavailable, "ServiceUnavailable", "The database cannot be reached at the moment.").
		After(time.Second).With(cause)
}

func sqliteFault(err error) error {
	if _, known := errors.AsType[*fault.Error](err); known {
		return err
	}
	e, ok := errors.AsType[*sqliteError](err)
	if !ok {
		return err
	}
	switch e.code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		// "sqlite: UNIQUE constraint failed: catalog.tenant_id, catalog.display_name (2067)"
		_, list, _ := strings.Cut(e.Error(), "UNIQUE constraint failed: ")
		list, _, _ = strings.Cut(list, " (")
		var table string
		var columns []string
		for part := range strings.SplitSeq(list, ", ") {
			t, c, _ := strings.Cut(part, ".")
			table, columns = t, append(columns, c)
		}
		return taken(table, columns, err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return broken(err)
	default:
		if e.code&0xff == sqlite3.SQLITE_BUSY {
			return unavailable(err)
		}
	}
	return err
}

func postgresFault(err error) error {
	if _, known := errors.AsType[*fault.Error](err); known {
		return err
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if _, lost := errors.AsType[net.Error](err); lost || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return unavailable(err)
		}
		if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || pgconn.SafeToRetry(err) {
			return unavailable(err)
		}
		return err
	}
	switch e.Code {
	case "23505": // "Key (tenant_id, display_name)=(1, sales) already exists."
		_, list, _ := strings.Cut(e.Detail, "(")
		list, _, _ = strings.Cut(list, ")")
		return taken(e.TableName, strings.Split(list, ", "), err)
	case "23503":
		return broken(err)
	case "22012", "40001", "40P01": // a guard, serialization, deadlock
		return stale(err)
	case "57P01", "57P02", "57P03", "53300", "25006": // shutting down, too many clients, a standby
		return unavailable(err)
	}
	return err
}
