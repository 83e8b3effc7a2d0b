package sqlstore

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/grantkeep/grantkeep/internal/query"
)

// A tally has the numbers of rows of a table by their state, so that counting
// all of them need not read them. It changes in the same transaction as the
// rows, once for all that are written together. On PostgreSQL each connection
// has a slot of its own, or shares it with few: otherwise all transactions
// would queue for the row of a common state.

const (
	tallyInto = "INSERT INTO tally (tenant_id, kind, state, slot, n) "
	tallied   = " ON CONFLICT (tenant_id, kind, state, slot) DO UPDATE SET n = tally.n + excluded.n"
)

// tally counts rows that are about to be replaced and added. Those that are
// replaced are taken out as they are and put in as they will be: that is exact
// because a change of a row that was not as it is now is refused.
func (s *Store) tally(ops []op, tenant int64, t *table, replaced, added [][]any) []op {
	if t.state == "" || len(replaced)+len(added) == 0 {
		return ops
	}
	at := slices.Index(t.columns, t.state)
	counts := map[string]int64{}
	for _, row := range added {
		counts[row[at].(string)]++
	}
	if len(replaced) == 0 {
		text := tallyInto + "VALUES ($1, $2, $3, " + s.dialect.slot + ", $4)" + tallied
		for _, state := range slices.Sorted(maps.Keys(counts)) { // transactions that meet lock in the same order
			ops = append(ops, op{text: text, args: []any{tenant, t.name, state, counts[state]}, want: -1})
		}
		return ops
	}
	last := map[string]string{} // a row may be replaced twice
	for _, row := range replaced {
		last[row[0].(string)] = row[at].(string)
	}
	for _, state := range last {
		counts[state]++
	}
	return append(ops, s.tallyMoves(tenant, t, slices.Sorted(maps.Keys(last)), counts))
}

// tallyMoves takes the rows with the ids out of the tally, and adds others.
func (s *Store) tallyMoves(tenant int64, t *table, ids []string, others map[string]int64) op {
	list, err := json.Marshal(others)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	which, of := "= $2", any(ids[0])
	if len(ids) > 1 {
		which, of = s.dialect.among("$2"), s.dialect.listArg(ids)
	}
	text := fmt.Sprintf("SELECT CAST($1 AS BIGINT), '%s', moved.state, %s, SUM(moved.n) FROM (SELECT %s AS state, -1 AS n FROM %s WHERE tenant_id = $1 AND id %s"+
		" UNION ALL SELECT key, CAST(value AS BIGINT) FROM %s) moved GROUP BY moved.state HAVING SUM(moved.n) <> 0 ORDER BY moved.state",
		t.name, s.dialect.slot, t.state, t.name, which, s.dialect.members("$3"))
	return op{text: tallyInto + text + tallied, args: []any{tenant, of, string(list)}, want: -1}
}

// tallied returns a listing with the fields of l of which its tally knows.
func (l listing) tallied() listing {
	known := listing{collection: l.collection, table: "tally", fields: map[string]column{}}
	for name, c := range l.fields {
		if l.state != "" && c.at == l.table+"."+l.state {
			c.at = "tally.state"
			known.fields[name] = c
		}
	}
	return known
}

// selectTally is selectCount by the tally; false if it does not know enough.
func (l listing) selectTally(d dialect, tenant int64, where query.Expr) (*statement, bool) {
	if l.state == "" {
		return nil, false
	}
	s := &statement{}
	no := s.arg(tenant)
	s.add("SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT)")
	err := l.tallied().restrict(s, d, no, where, func(s *statement, _ string) { s.add(" AND tally.kind = ", s.arg(l.table)) })
	return s, err == nil
}
