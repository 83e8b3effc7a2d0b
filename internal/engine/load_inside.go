package engine

import (
	"context"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

// expandTotal is the most rows that the collections inside all objects of a
// page hold together. What is cut because of it goes on like anything else
// that is cut.
const expandTotal = 10 * entitlement.ExpandLimit

// inside loads a collection inside each of the parents: a page of it, of what
// the part asks for, with what it asks for inside. It costs one statement and
// those of load, however many parents there are.
func inside[T, V any](ctx context.Context, part *entitlement.Part, field string, parents []string,
	list func(context.Context, query.Each) (map[string]query.Page[T], error), view func(T) V,
	load func(context.Context, []V, entitlement.Include) error,
) (map[string]query.Page[V], error) {
	if len(parents) == 0 {
		return nil, nil
	}
	q := query.Each{List: query.List{Limit: entitlement.ExpandLimit}, Field: field, Parents: parents, Total: expandTotal}
	var inc entitlement.Include
	if part != nil {
		inc = part.Include
		if part.List != nil {
			q.List = *part.List
			q.Limit = min(q.Limit, entitlement.ExpandLimit)
		}
	}
	found, err := list(ctx, q)
	if err != nil {
		return nil, err
	}
	var all []V
	for _, p := range parents {
		for _, row := range found[p].Rows {
			all = append(all, view(row))
		}
	}
	if len(all) > 0 {
		if err := load(ctx, all, inc); err != nil {
			return nil, err
		}
	}
	pages := make(map[string]query.Page[V], len(parents))
	for _, p := range parents {
		page := found[p]
		n := len(page.Rows)
		pages[p] = query.Page[V]{Rows: all[:n:n], Next: page.Next, Count: page.Count}
		all = all[n:]
	}
	return pages, nil
}

// ids returns the id of each row once.
func ids[T any, ID ~string](rows []T, id func(*T) ID) []string {
	var all []string
	for _, k := range distinct(rows, id) {
		all = append(all, string(k))
	}
	return all
}

// nothing is what is loaded with objects that lead nowhere.
func nothing[V any](context.Context, []V, entitlement.Include) error { return nil }

func itself[T any](v T) T { return v }
