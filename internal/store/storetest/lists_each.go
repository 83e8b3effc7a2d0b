package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// eachList is a list of every parent at once.
type eachList struct {
	of    string // the collection
	field string
	list  func(context.Context, store.Reader, query.Each) (map[string]query.Page[string], error)
}

func newEach[T any](of, field string, row func(T) listed, list func(store.Reader, context.Context, query.Each) (map[string]query.Page[T], error)) eachList {
	return eachList{of, field, func(ctx context.Context, r store.Reader, q query.Each) (map[string]query.Page[string], error) {
		pages, err := list(r, ctx, q)
		named := map[string]query.Page[string]{}
		for parent, page := range pages {
			ids := query.Page[string]{Next: page.Next, Count: page.Count}
			for _, v := range page.Rows {
				ids.Rows = append(ids.Rows, row(v).id)
			}
			named[parent] = ids
		}
		return named, err
	}}
}

// everyEach compares the lists of Each with query.Select on the rows of each
// parent: any page of any filter and order, and fairly less when there are
// too many rows in all.
func (w *listWorld) everyEach(t *testing.T, all []collection) {
	for _, e := range []eachList{
		newEach("resources", "catalog", resourceRow, store.Reader.ResourcesEach),
		newEach("resources", "originSystem", resourceRow, store.Reader.ResourcesEach),
		newEach("extensions", "catalog", extensionRow, store.Reader.ExtensionsEach),
		newEach("packages", "catalog", w.packageListing, store.Reader.PackagesEach),
		newEach("policies", "package", policyRow, store.Reader.PoliciesEach),
		newEach("requests", "assignment", w.requestRow, store.Reader.RequestsEach),
	} {
		var c collection
		for _, other := range all {
			if other.name == e.of {
				c = other
			}
		}
		t.Run(fmt.Sprintf("%s of each %s", e.of, e.field), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) { w.anyEach(rt, c, e) })
		})
	}
}

func (w *listWorld) anyEach(t *rapid.T, c collection, e eachList) {
	q := query.Each{Field: e.field, Parents: []string{"missing"}, Total: rapid.SampledFrom([]int{1000, 1000, 1, 7}).Draw(t, "total"), List: query.List{
		Where: expr(c, 2).Draw(t, "where"),
		Limit: rapid.IntRange(0, 6).Draw(t, "limit"),
		Skip:  rapid.SampledFrom([]int{0, 0, 1, 50}).Draw(t, "skip"),
		Count: rapid.Bool().Draw(t, "count"),
	}}
	if rapid.Bool().Draw(t, "ordered") {
		q.Order = []query.Order{{Field: rapid.SampledFrom(fieldNames(c)).Draw(t, "by"), Desc: rapid.Bool().Draw(t, "desc")}}
	}
	children := map[string][]listed{}
	for _, row := range c.rows {
		if parent, ok := row.fields[e.field].(string); ok {
			if children[parent] == nil && rapid.Bool().Draw(t, "asked") {
				q.Parents = append(q.Parents, parent)
			}
			children[parent] = append(children[parent], row)
		}
	}
	var got map[string]query.Page[string]
	err := w.store.Read(t.Context(), w.tenant, func(r store.Reader) (err error) {
		got, err = e.list(t.Context(), r, q)
		return err
	})
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	if len(got) != len(q.Parents) {
		t.Fatalf("%+v: %d pages of %d parents", q, len(got), len(q.Parents))
	}
	sum, least, most := 0, 1<<30, 0
	for _, parent := range q.Parents {
		page := got[parent]
		sum += len(page.Rows)
		want := w.childPage(c, children[parent], q.List, q.Limit)
		if short := len(page.Rows) < len(want.Rows); short && q.Total < 1000 {
			want = w.childPage(c, children[parent], q.List, len(page.Rows))
			least = min(least, len(page.Rows))
		}
		most = max(most, len(page.Rows))
		if diff := cmp.Diff(want, page); diff != "" {
			t.Fatalf("%+v of %s (-want +got):\n%s", q, parent, diff)
		}
	}
	if bound := max(q.Total, 2*len(q.Parents)); sum > bound {
		t.Fatalf("%+v: %d rows, more than %d", q, sum, bound)
	}
	if least < most-1 || least == 0 {
		t.Fatalf("%+v: one parent was cut to %d rows and another got %d", q, least, most)
	}
}

// childPage is the page of one parent, with room for limit rows.
func (w *listWorld) childPage(c collection, rows []listed, q query.List, limit int) query.Page[string] {
	if len(q.Order) == 0 {
		q.Order = c.order
	}
	q.Limit = max(limit, 1)
	selected := query.Select(rows, q)
	page := query.Page[string]{Count: selected.Count, Next: selected.Next}
	for _, r := range selected.Rows {
		page.Rows = append(page.Rows, r.id)
	}
	if limit == 0 {
		page.Rows, page.Next = nil, nil
	}
	return page
}

// grantsOfEach proves which grants belong to an assignment.
func grantsOfEach(w world) {
	current, past, twice := newGrant("t", "g"), newGrant("t", "h"), newGrant("t", "i")
	on, over := newAssignment("t", "p", "y"), newAssignment("u", "p", "y")
	over.State = entitlement.AssignmentExpired
	source := func(g entitlement.Grant, a entitlement.Assignment, from time.Duration) entitlement.GrantSource {
		return entitlement.GrantSource{Grant: g.ID, Assignment: a.ID, From: start.Add(from)}
	}
	w.putAll(on, over, current, past, twice)
	w.write(func(ctx context.Context, tx store.Tx) error {
		ended := func(s entitlement.GrantSource) error {
			end := s
			end.To = s.From.Add(time.Minute)
			return firstError(tx.AddSource(ctx, s), tx.EndSource(ctx, end))
		}
		return firstError(tx.AddSource(ctx, source(current, on, 0)), ended(source(past, on, 0)), ended(source(past, over, 0)),
			ended(source(twice, over, 0)), ended(source(twice, over, time.Hour)),
			ended(source(twice, on, 0)), tx.AddSource(ctx, source(twice, on, time.Hour)))
	})
	pages := look(w, func(ctx context.Context, r store.Reader) (map[string]query.Page[entitlement.Grant], error) {
		return r.GrantsEach(ctx, query.Each{
			List: query.List{Limit: 10, Count: true}, Field: "assignment", Parents: []string{string(on.ID), string(over.ID), "missing"}, Total: 100,
		})
	})
	found := map[string]map[entitlement.GrantID]int{}
	for parent, page := range pages {
		found[parent] = map[entitlement.GrantID]int{}
		for _, g := range page.Rows {
			found[parent][g.ID]++
		}
	}
	same(w, "grants of each", found, map[string]map[entitlement.GrantID]int{
		string(on.ID): {current.ID: 1, twice.ID: 1}, string(over.ID): {past.ID: 1, twice.ID: 1}, "missing": {},
	})
}
