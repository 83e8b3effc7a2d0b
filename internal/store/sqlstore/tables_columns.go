package sqlstore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// The texts here take any number of rows: each column is one array, after the
// tenant. A server that has the statement prepared plans it once, and neither
// it nor the driver handles thousands of parameters.

// cells are one column of rows, as an argument.
type cells struct {
	rows [][]any
	at   int
}

var _ pgtype.ArrayGetter = cells{}

// Dimensions tells pgx how many elements there are.
func (c cells) Dimensions() []pgtype.ArrayDimension {
	return []pgtype.ArrayDimension{{Length: int32(len(c.rows)), LowerBound: 1}}
}

// Index returns an element.
func (c cells) Index(i int) any { return c.rows[i][c.at] }

// IndexType tells that each element may be of another type, or null.
func (c cells) IndexType() any { return nil }

// columnArgs are the arguments for the rows.
func columnArgs(tenant int64, rows [][]any) []any {
	args := []any{tenant}
	for at := range rows[0] {
		args = append(args, cells{rows, at})
	}
	return args
}

// elements is a select list that makes rows of the arrays from $2 on. In a
// select list they are taken element by element; as a table, the server would
// copy each of them first.
func elements(columns, types []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = fmt.Sprintf("unnest(CAST($%d AS %s[])) AS %s", i+2, types[i], c)
	}
	return strings.Join(list, ", ")
}

// insertColumnsText adds rows.
func (t *table) insertColumnsText() string {
	return fmt.Sprintf("INSERT INTO %s (tenant_id, %s) SELECT CAST($1 AS BIGINT), %s%s",
		t.name, strings.Join(t.columns, ", "), elements(t.columns, t.types), t.conflict)
}

// updateColumnsText replaces rows, those for which the guard holds. The first
// column of the key stands in it a second time, so that the database finds the
// rows by the index even if it takes the table for a small one.
func (t *table) updateColumnsText() string {
	var set, where []string
	for i, c := range t.columns {
		switch {
		case i < t.key:
			where = append(where, t.name+"."+c+" = given."+c)
		case !slices.Contains(t.fixed, c):
			set = append(set, c+" = given."+c)
		}
	}
	return fmt.Sprintf("UPDATE %s SET %s FROM (SELECT %s) given WHERE %s.tenant_id = $1 AND %s AND %s.%s AND %s.%s = ANY(CAST($2 AS TEXT[]))",
		t.name, strings.Join(set, ", "), elements(t.columns, t.types), t.name, strings.Join(where, " AND "), t.name, t.guarded("given.version"),
		t.name, t.columns[0])
}

// deleteColumnsText removes the rows of owners.
func (t *table) deleteColumnsText() string {
	return fmt.Sprintf("DELETE FROM %s WHERE tenant_id = $1 AND %s = ANY(CAST($2 AS TEXT[]))", t.name, t.owner)
}
