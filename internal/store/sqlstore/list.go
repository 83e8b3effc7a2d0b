package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// list answers q with one statement, and a second one if the count is asked
// for. only, if not nil, adds a condition that belongs to the list itself.
func list[T any](ctx context.Context, r *reader, l listing, columns string, scan func(scanner) (T, error),
	q query.List, only func(s *statement, tenant string),
) (query.Page[T], error) {
	page := query.Page[T]{Count: -1}
	if q.Limit <= 0 {
		return page, fmt.Errorf("list %s: the limit is %d", l.collection, q.Limit)
	}
	terms, err := l.terms(q)
	if err != nil {
		return page, err
	}
	s, err := l.selectPage(r.store.dialect, r.no, columns, terms, q, only)
	if err != nil {
		return page, err
	}
	more := false
	err = r.query(ctx, s.String(), s.args, func(row scanner) error {
		if len(page.Rows) == q.Limit {
			more = true // the one row beyond the page
			return nil
		}
		v, err := scan(withKey{row, terms})
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, v)
		return nil
	})
	if err != nil {
		return page, fmt.Errorf("list %s: %w", l.collection, err)
	}
	if more {
		page.Next = lastKey(terms)
	}
	if !q.Count {
		return page, nil
	}
	tally, ok := l.selectTally(r.store.dialect, r.no, q.Where)
	if ok && only == nil {
		s = tally
	} else if s, err = l.selectCount(r.store.dialect, r.no, q.Where, only); err != nil {
		return page, err
	}
	err = r.query(ctx, s.String(), s.args, func(row scanner) error { return row.Scan(&page.Count) })
	if err != nil {
		return page, fmt.Errorf("count %s: %w", l.collection, err)
	}
	return page, nil
}

func (l listing) selectPage(d dialect, tenant int64, columns string, terms []*term, q query.List, only func(s *statement, tenant string)) (*statement, error) {
	s := &statement{}
	no := s.arg(tenant)
	s.add("SELECT ", qualified(columns, l.table))
	for _, t := range terms {
		s.add(", ", t.value(no))
	}
	if err := l.restrict(s, d, no, q.Where, only); err != nil {
		return nil, err
	}
	if q.After != nil {
		s.add(" AND ")
		after(s, no, terms)
		if l.joined != "" && len(terms) == 1 && !terms[0].desc {
			s.add(" AND ", l.joined, " > ", s.arg(terms[0].after))
		}
	}
	if q.After == nil && q.Where == nil && terms[0].field == "id" {
		// All indexes begin with the tenant. This says which one to take, where
		// SQLite else may take another one, after ANALYZE, and sort everything.
		s.add(" AND ", terms[0].value(no), " > ''")
	}
	s.add(" ORDER BY ")
	writeOrder(s, no, terms)
	s.add(" LIMIT ", s.arg(int64(q.Limit)+1))
	if q.Skip > 0 {
		s.add(" OFFSET ", s.arg(int64(q.Skip)))
	}
	return s, nil
}

func writeOrder(s *statement, tenant string, terms []*term) {
	for i, t := range terms {
		if i > 0 {
			s.add(", ")
		}
		s.add(t.value(tenant), t.direction())
	}
}

// qualified puts the table before each column: other tables have an id too.
func qualified(columns, table string) string {
	return table + "." + strings.ReplaceAll(columns, ", ", ", "+table+".")
}

func (l listing) selectCount(d dialect, tenant int64, where query.Expr, only func(s *statement, tenant string)) (*statement, error) {
	s := &statement{}
	no := s.arg(tenant)
	s.add("SELECT count(*)")
	if err := l.restrict(s, d, no, where, only); err != nil {
		return nil, err
	}
	return s, nil
}

// restrict writes FROM and WHERE up to the caller's conditions.
func (l listing) restrict(s *statement, d dialect, tenant string, where query.Expr, only func(s *statement, tenant string)) error {
	from := l.from
	if from == "" {
		from = l.table
	}
	s.add(" FROM ", from, " WHERE ", l.table, ".tenant_id = ", tenant)
	if only != nil {
		only(s, tenant)
	}
	if where == nil {
		return nil
	}
	s.add(" AND ")
	f := filter{statement: s, tenant: tenant, dialect: d, listing: l}
	return f.expr(where)
}

// term is one term of a list's total order.
type term struct {
	column
	desc  bool
	after query.Value // its part of the key that the page begins after

	text   *string // its part of the key of the row scanned last
	number *int64
}

// terms returns the total order that q asks for.
func (l listing) terms(q query.List) ([]*term, error) {
	order := q.Order
	if len(order) == 0 {
		order = l.order
	}
	order = query.Total(order)
	if q.After != nil && len(q.After) != len(order) {
		return nil, badKey()
	}
	terms := make([]*term, len(order))
	for i, o := range order {
		c, err := l.column(o.Field)
		if err != nil {
			return nil, err
		}
		terms[i] = &term{column: c, desc: o.Desc}
		if q.After != nil {
			if err := terms[i].begin(q.After[i]); err != nil {
				return nil, err
			}
		}
	}
	return terms, nil
}

// begin takes the term's part of the key to begin after.
func (t *term) begin(v query.Value) error {
	switch {
	case v != nil:
		arg, err := t.argument(v, false)
		if err != nil {
			return badKey()
		}
		t.after = arg
	case t.mayBeNull():
	case t.emptyIsNull():
		t.after = ""
	default:
		return badKey()
	}
	return nil
}

func badKey() error {
	return fault.New(fault.Invalid, "BadRequest", "The continuation does not belong to this list and order; start again from the first page.")
}

// mayBeNull reports whether the expression of the term may be SQL's null.
func (t *term) mayBeNull() bool { return t.nullable || t.of != nil }

// direction sorts nulls before everything else, so last when descending. Both
// databases are told so only where there can be nulls: PostgreSQL would not
// use an index otherwise.
func (t *term) direction() string {
	switch {
	case t.desc && t.mayBeNull():
		return " DESC NULLS LAST"
	case t.desc:
		return " DESC"
	case t.mayBeNull():
		return " NULLS FIRST"
	}
	return ""
}

// after writes that a row comes after the key of the terms, such as
// a >= $1 AND (a > $1 OR b > $2). The first comparison says nothing new, but
// it is what lets the databases enter an index at the key.
func after(s *statement, tenant string, terms []*term) {
	t, rest := terms[0], terms[1:]
	column := t.value(tenant)
	switch {
	case t.after != nil:
		key := s.arg(t.after)
		beyond, from, null := " > ", " >= ", ""
		if t.desc {
			beyond, from = " < ", " <= "
			if t.mayBeNull() {
				null = " OR " + column + " IS NULL"
			}
		}
		if len(rest) == 0 {
			s.add("(", column, beyond, key, null, ")")
			return
		}
		s.add("(", column, from, key, null, ") AND (", column, beyond, key, null, " OR (")
		after(s, tenant, rest)
		s.add("))")
	case t.desc && len(rest) == 0:
		s.add("FALSE") // nothing comes after null
	case t.desc:
		s.add("(", column, " IS NULL AND (")
		after(s, tenant, rest)
		s.add("))")
	case len(rest) == 0:
		s.add(column, " IS NOT NULL")
	default:
		s.add("(", column, " IS NOT NULL OR (")
		after(s, tenant, rest)
		s.add("))")
	}
}

// withKey is a row that ends in the values of the terms.
type withKey struct {
	scanner
	terms []*term
}

// Scan reads the columns of the object, and the key behind them.
func (k withKey) Scan(dest ...any) error { return k.scanner.Scan(k.into(dest)...) }

// into adds where the key goes.
func (k withKey) into(dest []any) []any {
	for _, t := range k.terms {
		if t.isText() {
			dest = append(dest, &t.text)
		} else {
			dest = append(dest, &t.number)
		}
	}
	return dest
}

// lastKey returns the key of the row scanned last.
func lastKey(terms []*term) []query.Value {
	key := make([]query.Value, len(terms))
	for i, t := range terms {
		switch {
		case t.isText():
			if t.text != nil && *t.text != "" {
				key[i] = *t.text
			}
		case t.number == nil:
		case t.kind == store.Flag:
			key[i] = *t.number != 0
		default:
			key[i] = time.UnixMicro(*t.number).UTC()
		}
	}
	return key
}
