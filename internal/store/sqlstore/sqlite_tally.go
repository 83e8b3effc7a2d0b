package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/grantkeep/grantkeep/internal/query"
)

// tallies are the lists whose rows SQLite keeps counted, by catalog and by
// the column that tells how far they have come: to count a million of them
// takes it a second. Triggers do it, in the transaction that changes a row.
// PostgreSQL counts an index in a tenth of that, and there everybody would
// wait for everybody to change one number.
var tallies = map[string]struct{ field, column string }{
	"assignment": {"state", "state"},
	"request":    {"status", "status"},
}

// keepTallies makes the tables and triggers, and counts once what is there.
func keepTallies(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("tallies: %w", err)
	}
	defer tx.Rollback() // nothing to do once it is committed
	for table, by := range tallies {
		tally := table + "_tally"
		var there bool
		err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)", tally).Scan(&there)
		if err != nil {
			return fmt.Errorf("tallies: %w", err)
		}
		if there {
			continue
		}
		for _, text := range tallyStatements(table, by.column) {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return fmt.Errorf("tallies: %w", err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("tallies: %w", err)
	}
	return nil
}

func tallyStatements(table, column string) []string {
	tally := table + "_tally"
	add := func(row, n string) string {
		return fmt.Sprintf(`INSERT INTO %s VALUES (%s.tenant_id, %s.%s, %s.catalog_id, %s)
			ON CONFLICT (tenant_id, %s, catalog_id) DO UPDATE SET n = n + excluded.n;`, tally, row, row, column, row, n, column)
	}
	return []string{
		fmt.Sprintf(`CREATE TABLE %s (tenant_id INTEGER NOT NULL, %s TEXT NOT NULL, catalog_id TEXT NOT NULL, n INTEGER NOT NULL,
			PRIMARY KEY (tenant_id, %s, catalog_id)) WITHOUT ROWID, STRICT`, tally, column, column),
		fmt.Sprintf("INSERT INTO %s SELECT tenant_id, %s, catalog_id, count(*) FROM %s GROUP BY 1, 2, 3", tally, column, table),
		fmt.Sprintf("CREATE TRIGGER %s_added AFTER INSERT ON %s BEGIN %s END", tally, table, add("new", "1")),
		fmt.Sprintf("CREATE TRIGGER %s_removed AFTER DELETE ON %s BEGIN %s END", tally, table, add("old", "-1")),
		fmt.Sprintf(`CREATE TRIGGER %s_moved AFTER UPDATE OF %s, catalog_id ON %s
			WHEN old.%s <> new.%s OR old.catalog_id <> new.catalog_id BEGIN %s %s END`,
			tally, column, table, column, column, add("old", "-1"), add("new", "1")),
	}
}

// tally returns the listing of the numbers from which the rows can be added
// up that a condition holds for; ok is false if they cannot.
func (l listing) tally(d dialect, where query.Expr) (sums listing, ok bool) {
	by, kept := tallies[l.table]
	if !d.tallies || !kept {
		return listing{}, false
	}
	tally := l.table + "_tally"
	sums = listing{collection: l.collection, table: tally, fields: map[string]column{
		by.field:  {at: tally + "." + by.column},
		"catalog": {at: tally + ".catalog_id", folded: l.fields["catalog"].folded},
	}}
	return sums, sums.holds(where)
}

// holds reports whether a condition asks for nothing but fields of the list.
func (l listing) holds(where query.Expr) bool {
	all := func(parts []query.Expr) bool {
		for _, p := range parts {
			if !l.holds(p) {
				return false
			}
		}
		return true
	}
	field := ""
	switch e := where.(type) {
	case nil, query.Bool:
		return true
	case query.And:
		return all(e)
	case query.Or:
		return all(e)
	case query.Not:
		return l.holds(e.X)
	case query.Compare:
		field = e.Field
	case query.In:
		field = e.Field
	default:
		return false
	}
	_, ok := l.fields[field]
	return ok
}
