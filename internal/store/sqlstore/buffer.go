package sqlstore

import (
	"fmt"

	"github.com/grantkeep/grantkeep/internal/audit"
	"github.com/grantkeep/grantkeep/internal/directory"
)

// op is one statement that changes something.
type op struct {
	text string
	args []any
	each func(scanner) error // takes the rows it returns; may be nil

	// want is how many rows it must affect, or -1. Where the text itself
	// fails otherwise (dialect.guard), it is not looked at.
	want int64

	// table is the one to which it adds rows, as many as added says.
	table string
	added int
}

// buffer holds what a transaction has put and not sent yet: rows by table,
// so that many rows go into one statement, whatever the order of the puts.
// Within a table rows are deleted, then replaced, then added: what is closed
// makes room for what is opened.
type buffer struct {
	tables [tableCount]struct{ deleted, replaced, added [][]any }
	links  []link
	others []op
}

// link is a membership that comes or goes. Its record is written only if it
// was not so already.
type link struct {
	directory.Membership
	add bool
	why []any // the audit row
}

func (b *buffer) add(t int, row ...any)     { b.tables[t].added = append(b.tables[t].added, row) }
func (b *buffer) replace(t int, row ...any) { b.tables[t].replaced = append(b.tables[t].replaced, row) }

func (b *buffer) delete(t int, owner string) {
	b.tables[t].deleted = append(b.tables[t].deleted, []any{owner})
}

// put adds a row whose version before was 0, else it replaces one.
func (b *buffer) put(t int, before int64, row ...any) {
	if before == 0 {
		b.add(t, row...)
	} else {
		b.replace(t, row...)
	}
}

// do adds a statement that runs behind the rows.
func (b *buffer) do(text string, args ...any) {
	b.others = append(b.others, op{text: text, args: args, want: -1})
}

// note adds audit records. Their ids are given, because they must rise with
// time across all processes.
func (b *buffer) note(records ...audit.Record) error {
	for _, a := range records {
		row, err := auditRow(a)
		if err != nil {
			return err
		}
		b.add(auditTable, row...)
	}
	return nil
}

func auditRow(a audit.Record) ([]any, error) {
	if a.ID == "" || a.At.IsZero() {
		return nil, fmt.Errorf("the audit record of %q on %s %s has no id or no instant", a.Action, a.Object.Kind, a.Object.ID)
	}
	return []any{
		a.ID, micros(a.At), string(a.Actor.Kind), string(a.Actor.ID), a.Actor.Name, a.Actor.App, string(a.OnBehalf),
		string(a.Action), string(a.Object.Kind), a.Object.ID, a.Object.Name, a.Before, a.After, string(a.Result), a.Reason,
		a.RequestID, a.ClientRequestID,
	}, nil
}

// linkOps returns the statements for memberships. Rows that they return were
// really added or removed; then their records are put.
func (b *buffer) linkOps(s *Store, tenant int64) []op {
	if len(b.links) == 0 {
		return nil
	}
	var ops []op
	why := make(map[string][]any, len(b.links))
	var added, removed [][]any
	for _, l := range b.links {
		why[linkKey(string(l.Group), string(l.Relation), string(l.Member))] = l.why
		if l.add {
			added = append(added, []any{string(l.Group), string(l.Relation), string(l.Member), micros(l.Since)})
		} else {
			removed = append(removed, []any{string(l.Group), string(l.Relation), string(l.Member)})
		}
	}
	b.links = nil
	each := func(row scanner) error {
		var group, relation, member string
		if err := row.Scan(&group, &relation, &member); err != nil {
			return err
		}
		b.add(auditTable, why[linkKey(group, relation, member)]...)
		return nil
	}
	ops = s.writes(ops, tenant, removed, wording{table: "membership", what: deleting, rows: removeLinksText, columns: removeLinksColumnsText, each: each})
	return s.writes(ops, tenant, added, wording{table: "membership", what: adding, rows: addLinksText, columns: linkTable.insertColumnsText, each: each})
}

func linkKey(group, relation, member string) string { return group + "/" + relation + "/" + member }

// rows is how many rows and statements it holds.
func (b *buffer) rows() int {
	n := len(b.links) + len(b.others)
	for i := range b.tables {
		rows := &b.tables[i]
		n += len(rows.deleted) + len(rows.replaced) + len(rows.added)
	}
	return n
}

// empty reports whether there is nothing to send.
func (b *buffer) empty() bool { return b.rows() == 0 }

// merge adds what another buffer of the same tenant holds.
func (b *buffer) merge(other *buffer) {
	for i := range b.tables {
		rows, more := &b.tables[i], &other.tables[i]
		rows.deleted = append(rows.deleted, more.deleted...)
		rows.replaced = append(rows.replaced, more.replaced...)
		rows.added = append(rows.added, more.added...)
	}
	b.others = append(b.others, other.others...)
}

// ops returns the statements for all rows but the memberships.
func (b *buffer) ops(s *Store, tenant int64) []op {
	var ops []op
	for i := range b.tables {
		rows, t := &b.tables[i], s.tables[i]
		ops = s.writes(ops, tenant, rows.deleted, wording{table: t.name, what: deleting, rows: t.deleteText, columns: t.deleteColumnsText})
		ops = s.tally(ops, tenant, t, rows.replaced, rows.added)
		ops = s.writes(ops, tenant, rows.replaced, wording{
			table: t.name, what: replacing, exact: true,
			rows:    func(int) string { return s.dialect.guard(t.updateText(), "1") },
			columns: func() string { return s.dialect.guard(t.updateColumnsText(), "cardinality($2)") },
		})
		ops = s.writes(ops, tenant, rows.added, wording{
			table: t.name, what: adding, exact: t.conflict == "", columns: t.insertColumnsText,
			rows: func(n int) string { return t.insertText(s.dialect.insert, n) },
		})
	}
	return append(ops, b.others...)
}
