package storetest

import (
	"context"
	"slices"

	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
	"github.com/grantkeep/grantkeep/internal/store"
)

// fill gives every other package some roles, and some of them to a further
// package of the same catalog.
func (w *listWorld) fill() {
	for i := 0; i < len(w.packages); i += 2 {
		p := &w.packages[i]
		for range 1 + w.random.IntN(3) {
			rs := entitlement.RoleScope{
				Resource: w.resources[0].ID, Role: entitlement.RoleID(w.newID()), Scope: entitlement.ScopeID(w.newID()), Stamp: w.stamp(),
				Origin: entitlement.RoleKey{System: entitlement.OriginGroup, Resource: w.newID(), Role: "Member"},
			}
			p.RoleScopes = append(p.RoleScopes, rs)
			for k := range w.packages {
				if o := &w.packages[k]; k != i && o.Catalog == p.Catalog && w.chance() {
					rs.Stamp = w.stamp()
					o.RoleScopes = append(o.RoleScopes, rs)
				}
			}
		}
	}
}

// given is a role scope in the first of the packages that give it.
type given struct {
	entitlement.RoleScope
	in entitlement.Package
}

func (w *listWorld) given() []given {
	packages := slices.Clone(w.packages)
	slices.SortFunc(packages, func(a, b entitlement.Package) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	var all []given
	for _, p := range packages {
		for _, rs := range p.RoleScopes {
			if !slices.ContainsFunc(all, func(g given) bool { return g.ID() == rs.ID() }) {
				all = append(all, given{rs, p})
			}
		}
	}
	return all
}

func roleScopeRow(g given) listed {
	return listed{g.ID(), map[string]query.Value{"id": g.ID(), "createdAt": at(g.CreatedAt), "catalog": text(g.in.Catalog)}}
}

// listRoleScopes is the list with its rows made what the test compares.
func listRoleScopes(r store.Reader, ctx context.Context, q query.List) (query.Page[given], error) {
	page, err := r.RoleScopes(ctx, q)
	out := query.Page[given]{Next: page.Next, Count: page.Count}
	for _, row := range page.Rows {
		p, err := r.Package(ctx, row.Package)
		if err != nil {
			return out, err
		}
		for _, rs := range p.RoleScopes {
			if rs.ID() == row.ID {
				out.Rows = append(out.Rows, given{rs, p})
			}
		}
	}
	return out, err
}
