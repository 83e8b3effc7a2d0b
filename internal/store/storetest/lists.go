package storetest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/fault"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// RunLists proves what the Reader promises of its lists. open returns a store
// and closes it when the test ends.
//
// The lists are compared with query.Select on the same rows, which defines
// what a filter, an order and a page mean.
func RunLists(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	s := open(t)
	w := newListWorld(t, s)
	all := w.collections()
	w.everyEach(t, all)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			t.Run("every field can be filtered by", func(t *testing.T) { w.filterByEveryField(t, c) })
			t.Run("every field can be sorted by, page after page", func(t *testing.T) { w.sortByEveryField(t, c) })
			t.Run("any filter selects the rows that match", func(t *testing.T) { w.anyFilter(t, c) })
			t.Run("what cannot be answered is refused", func(t *testing.T) { w.refusals(t, c) })
		})
	}
}

// listed is a row as query sees it.
type listed struct {
	id     string
	fields map[string]query.Value
}

// Field returns the value of a field.
func (r listed) Field(name string) query.Value { return r.fields[name] }

// Elements returns a collection, which stands among the fields.
func (r listed) Elements(name string) []query.Row {
	rows, _ := r.fields[name].([]query.Row)
	return rows
}

// collection is one list of the Reader with the rows it should have.
type collection struct {
	name   string
	fields map[string]store.FieldType
	order  []query.Order // its own
	rows   []listed
	inside map[string]collection // what lies in each row, by its name; rows are those of all of them
	list   func(context.Context, store.Reader, query.List) (query.Page[string], error)
}

// tester is what testing.T and rapid.T share.
type tester interface {
	Helper()
	Context() context.Context
	Fatalf(format string, args ...any)
}

func (w *listWorld) page(t tester, c collection, q query.List) (query.Page[string], error) {
	t.Helper()
	var page query.Page[string]
	err := w.store.Read(t.Context(), w.tenant, func(r store.Reader) (err error) {
		page, err = c.list(t.Context(), r, q)
		return err
	})
	return page, err
}

// check compares one page with what query says it is.
func (w *listWorld) check(t tester, c collection, q query.List) query.Page[string] {
	t.Helper()
	got, err := w.page(t, c, q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	if len(q.Order) == 0 {
		q.Order = c.order
	}
	selected := query.Select(c.rows, q)
	want := query.Page[string]{Next: selected.Next, Count: selected.Count}
	for _, r := range selected.Rows {
		want.Rows = append(want.Rows, r.id)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%+v (-want +got):\n%s", q, diff)
	}
	return got
}

func (w *listWorld) filterByEveryField(t *testing.T, c collection) {
	for _, field := range fieldNames(c) {
		values := append(distinct(c, field, 2), nil)
		for _, v := range values {
			for _, op := range []query.Op{query.Eq, query.Ne, query.Gt, query.Ge, query.Lt, query.Le} {
				where := query.Compare{Field: field, Op: op, Value: v, Fold: c.fields[field] == store.Name}
				w.check(t, c, query.List{Where: where, Limit: 1000, Count: true})
			}
		}
		w.check(t, c, query.List{Where: query.In{Field: field, Values: values}, Limit: 1000, Count: true})
	}
}

func (w *listWorld) sortByEveryField(t *testing.T, c collection) {
	for _, field := range fieldNames(c) {
		for _, desc := range []bool{false, true} {
			q := query.List{Order: []query.Order{{Field: field, Desc: desc}}, Limit: 3, Count: true}
			seen := map[string]bool{}
			for {
				page := w.check(t, c, q)
				for _, id := range page.Rows {
					if seen[id] {
						t.Fatalf("sorted by %s: %s comes twice", field, id)
					}
					seen[id] = true
				}
				if page.Next == nil {
					break
				}
				q.After, q.Count = page.Next, false
			}
			if len(seen) != len(c.rows) {
				t.Fatalf("sorted by %s: %d of %d rows came", field, len(seen), len(c.rows))
			}
		}
	}
}

func (w *listWorld) anyFilter(t *testing.T, c collection) {
	rapid.Check(t, func(rt *rapid.T) {
		q := query.List{
			Where: expr(c, 3).Draw(rt, "where"),
			Limit: rapid.IntRange(1, 12).Draw(rt, "limit"),
			Skip:  rapid.SampledFrom([]int{0, 0, 0, 1, 5}).Draw(rt, "skip"),
			Count: rapid.Bool().Draw(rt, "count"),
		}
		for range rapid.IntRange(0, 3).Draw(rt, "terms") {
			q.Order = append(q.Order, query.Order{
				Field: rapid.SampledFrom(fieldNames(c)).Draw(rt, "by"), Desc: rapid.Bool().Draw(rt, "desc"),
			})
		}
		if rapid.Bool().Draw(rt, "later") && len(c.rows) > 0 {
			order := q.Order
			if len(order) == 0 {
				order = c.order
			}
			q.After = query.Key(rapid.SampledFrom(c.rows).Draw(rt, "after"), query.Total(order))
		}
		w.check(rt, c, q)
	})
}

func (w *listWorld) refusals(t *testing.T, c collection) {
	refused := map[string]query.List{
		"an unknown field":              {Where: query.Compare{Field: "nonsense", Value: "x"}},
		"an unknown field in a list":    {Where: query.In{Field: "nonsense"}},
		"an unknown field in a text":    {Where: query.Text{Field: "nonsense"}},
		"an unknown field, turned":      {Where: query.Not{X: query.Compare{Field: "nonsense", Op: query.Ne, Value: nil}}},
		"an unknown order":              {Order: []query.Order{{Field: "nonsense"}}},
		"a collection":                  {Where: query.Any{Collection: "nonsense"}},
		"all of a collection":           {Where: query.All{Collection: "nonsense"}},
		"a flag for a text":             {Where: query.Compare{Field: "id", Value: true}},
		"a number for a text":           {Where: query.In{Field: "id", Values: []query.Value{int64(1)}}},
		"a zero byte":                   {Where: query.Text{Field: "id", Value: "a\x00b"}},
		"bytes that are not characters": {Where: query.Compare{Field: "id", Value: "\xff"}},
		"too many conditions":           {Where: query.Or(slices.Repeat([]query.Expr{query.Bool(false)}, 5000))},
		"too deep a filter":             {Where: nested(5000)},
	}
	for field, kind := range c.fields {
		switch kind {
		case store.Flag:
			refused["a text for the flag "+field] = query.List{Where: query.Compare{Field: field, Value: "true"}}
			refused["a part of the flag "+field] = query.List{Where: query.Text{Field: field, Value: "t"}}
		case store.Instant:
			refused["a text for the instant "+field] = query.List{Where: query.Compare{Field: field, Op: query.Gt, Value: "2026-01-01"}}
		}
	}
	for name, q := range refused {
		q.Limit = 10
		_, err := w.page(t, c, q)
		if f := fault.Of(err); f.Kind != fault.Invalid || f.Code != "InvalidFilter" {
			t.Errorf("%s: %v, want InvalidFilter", name, err)
		}
	}
	foreign := map[string][]query.Value{
		"too short":     {},
		"too long":      {"a", "b", "c"},
		"another type":  {true},
		"another order": {time.UnixMicro(0).UTC(), true},
	}
	for name, key := range foreign {
		if _, err := w.page(t, c, query.List{Limit: 10, After: key}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a key that is %s: %v, want Invalid", name, err)
		}
	}
	if len(c.rows) > 0 {
		many := make([]query.Value, 5000)
		for i := range many {
			many[i] = strconv.Itoa(i)
		}
		many[1500] = c.rows[0].id
		w.check(t, c, query.List{Where: query.In{Field: "id", Values: many}, Limit: 10, Count: true})
		w.check(t, c, query.List{Where: query.Or(slices.Repeat([]query.Expr{query.Compare{Field: "id", Value: c.rows[0].id}}, 300)), Limit: 10})
		w.check(t, c, query.List{Where: nested(300), Limit: 10})
	}
}

func nested(depth int) query.Expr {
	var e query.Expr = query.Bool(true)
	for range depth {
		e = query.Not{X: e}
	}
	return e
}

// expr makes conditions on the fields of a collection, with values that its
// rows have, or nearly have.
func expr(c collection, depth int) *rapid.Generator[query.Expr] {
	return rapid.Custom(func(t *rapid.T) query.Expr {
		if depth > 0 && len(c.inside) > 0 && rapid.IntRange(0, 3).Draw(t, "inside") == 0 {
			return within(c, depth-1).Draw(t, "within")
		}
		if depth > 0 {
			switch rapid.IntRange(0, 7).Draw(t, "shape") {
			case 0, 1:
				return query.And(rapid.SliceOfN(expr(c, depth-1), 0, 3).Draw(t, "and"))
			case 2:
				return query.Or(rapid.SliceOfN(expr(c, depth-1), 0, 3).Draw(t, "or"))
			case 3:
				return query.Not{X: expr(c, depth-1).Draw(t, "not")}
			}
		}
		field := rapid.SampledFrom(fieldNames(c)).Draw(t, "field")
		kind := c.fields[field]
		fold := kind == store.Name || rapid.Bool().Draw(t, "fold")
		text := kind == store.Name || kind == store.Text
		switch form := rapid.IntRange(0, 9).Draw(t, "form"); {
		case form == 0:
			return query.Bool(rapid.Bool().Draw(t, "bool"))
		case form < 3:
			return query.In{Field: field, Values: rapid.SliceOfN(value(c, field), 0, 4).Draw(t, "values"), Fold: fold}
		case form < 7 && text:
			part, ok := value(c, field).Draw(t, "whole").(string)
			if !ok {
				part = "a"
			}
			if runes := []rune(part); len(runes) > 0 {
				from := rapid.IntRange(0, len(runes)).Draw(t, "from")
				part = string(runes[from:rapid.IntRange(from, len(runes)).Draw(t, "to")])
			}
			op := rapid.SampledFrom([]query.TextOp{query.Contains, query.StartsWith, query.EndsWith}).Draw(t, "test")
			return query.Text{Field: field, Op: op, Value: part, Fold: fold}
		}
		op := rapid.SampledFrom([]query.Op{query.Eq, query.Eq, query.Ne, query.Gt, query.Ge, query.Lt, query.Le}).Draw(t, "op")
		return query.Compare{Field: field, Op: op, Value: value(c, field).Draw(t, "value"), Fold: fold}
	})
}

// within makes conditions on what lies in the rows of a collection.
func within(c collection, depth int) *rapid.Generator[query.Expr] {
	return rapid.Custom(func(t *rapid.T) query.Expr {
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(c.inside))).Draw(t, "collection")
		var where query.Expr
		if rapid.IntRange(0, 3).Draw(t, "bare") > 0 {
			where = expr(c.inside[name], depth).Draw(t, "where")
		}
		if rapid.Bool().Draw(t, "any") {
			return query.Any{Collection: name, Where: where}
		}
		return query.All{Collection: name, Where: where}
	})
}

func value(c collection, field string) *rapid.Generator[query.Value] {
	pool := append(distinct(c, field, len(c.rows)), nil)
	switch c.fields[field] {
	case store.Text, store.Name:
		pool = append(pool, "", "a", "A", "%", "_", `\`, "\U0010FFFF", "\uD7FF")
	case store.Flag:
		pool = append(pool, true, false)
	case store.Instant:
		pool = append(pool, time.UnixMicro(-1).UTC(), time.Date(2026, 1, 1, 0, 0, 0, 1000, time.FixedZone("", 3600)))
	}
	return rapid.SampledFrom(pool)
}

func fieldNames(c collection) []string {
	var names []string
	for name := range c.fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// distinct returns up to n values of a field, spread over the rows.
func distinct(c collection, field string, n int) []query.Value {
	var values []query.Value
	for _, r := range c.rows {
		if v := r.Field(field); v != nil && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, query.CompareValues)
	if len(values) <= n {
		return values
	}
	var spread []query.Value
	for i := range n {
		spread = append(spread, values[i*len(values)/n])
	}
	return spread
}

// The values of fields as the store compares them: names folded, empty texts
// and zero instants null.

func text[S ~string](s S) query.Value {
	if s == "" {
		return nil
	}
	return string(s)
}

func name(s string) query.Value { return text(directory.Fold(s)) }

func at(t time.Time) query.Value {
	if t.IsZero() {
		return nil
	}
	return t
}
