package wire

import (
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
)

// row shows an object to query by its fields.
type row[T any] struct {
	e *Entity[T]
	t *T
}

// Field implements query.Row. A field without a value in memory is null.
func (r row[T]) Field(name string) query.Value {
	if p := r.e.fieldNamed(name); p != nil {
		return p.value(r.t)
	}
	return nil
}

// Elements implements query.Row: those that are loaded.
func (r row[T]) Elements(collection string) []query.Row {
	for i := range r.e.navs {
		if n := &r.e.navs[i]; n.lookup == collection {
			return n.elements(r.t)
		}
	}
	return nil
}

// fieldNamed finds a property with a value in memory by its field.
func (e *Entity[T]) fieldNamed(field string) *property[T] {
	for _, list := range [][]property[T]{e.props, e.paths} {
		for i := range list {
			if p := &list[i]; p.field == field && p.value != nil {
				return p
			}
		}
	}
	return nil
}

// remembers reports whether a field has a value in memory.
func (e *Entity[T]) remembers(field string) bool { return e.fieldNamed(field) != nil }

func (e *Entity[T]) rows(list []T) []row[T] {
	rows := make([]row[T], len(list))
	for i := range list {
		rows[i] = row[T]{e, &list[i]}
	}
	return rows
}

// Select answers a List from objects in memory, for lists that no store
// holds. The condition must come from this entity's Plan.
func (e *Entity[T]) Select(list []T, q query.List) query.Page[T] {
	page := query.Select(e.rows(list), q)
	out := query.Page[T]{Next: page.Next, Count: page.Count, Rows: make([]T, 0, len(page.Rows))}
	for _, r := range page.Rows {
		out.Rows = append(out.Rows, *r.t)
	}
	return out
}

// Remembers refuses a List that asks for what only the store knows. Lists of
// objects in memory that have such fields check this before Select.
func (e *Entity[T]) Remembers(q query.List) error {
	fields := fieldsOf(q.Where, nil)
	for _, o := range q.Order {
		fields = append(fields, o.Field)
	}
	for _, f := range fields {
		if !e.remembers(f) {
			return fault.New(fault.Invalid, "InvalidFilter", "'%s' cannot be used here, as it is not among the properties of the object itself; list all objects and filter those.", f).At("$filter")
		}
	}
	return nil
}

// pick filters, sorts and cuts an expanded list. Where there are more rows
// than an expanded list shows, they are in the order in which the list is
// served by itself.
func (e *Entity[T]) pick(list []T, x *expansion) query.Page[T] {
	l := x.list
	if l == nil {
		l = &listing{top: -1}
	}
	rows := e.matching(list, l.where)
	order := query.Total(l.order)
	if len(l.order) > 0 || x.cuts && len(rows) > entitlement.ExpandLimit {
		query.Sort(rows, order)
	}
	rows = rows[min(l.skip, len(rows)):]
	if l.top >= 0 {
		rows = rows[:min(l.top, len(rows))]
	}
	var page query.Page[T]
	if x.cuts && len(rows) > entitlement.ExpandLimit {
		rows = rows[:entitlement.ExpandLimit]
		page.Next = query.Key(rows[len(rows)-1], order)
	}
	for _, r := range rows {
		page.Rows = append(page.Rows, *r.t)
	}
	return page
}

func (e *Entity[T]) matching(list []T, where query.Expr) []row[T] {
	var rows []row[T]
	for _, r := range e.rows(list) {
		if query.Match(where, r) {
			rows = append(rows, r)
		}
	}
	return rows
}
