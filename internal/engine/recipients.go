package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantkeep/grantkeep/internal/authz"
	"github.com/grantkeep/grantkeep/internal/directory"
	"github.com/grantkeep/grantkeep/internal/entitlement"
	"github.com/grantkeep/grantkeep/internal/query"
)

// resolve returns the active people in the sets who are not barred, each
// once and limit at most, seen from the target that the sets are about.
func (p *people) resolve(ctx context.Context, sets []entitlement.SubjectSet, target directory.ObjectID, barred []directory.ObjectID, limit int) ([]directory.ObjectID, error) {
	var found []directory.ObjectID
	take := func(id directory.ObjectID) bool {
		if len(found) < limit && !slices.Contains(barred, id) && !slices.Contains(found, id) {
			found = append(found, id)
		}
		return len(found) < limit
	}
	groups, err := p.individuals(ctx, sets, target, take)
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 || len(found) == limit {
		return found, nil
	}
	members, err := p.crowd(ctx, groups, limit+len(barred))
	for _, id := range members {
		take(id)
	}
	return found, err
}

// crowd returns up to limit active members of the groups.
func (p *people) crowd(ctx context.Context, groups []directory.ObjectID, limit int) ([]directory.ObjectID, error) {
	key := fmt.Sprint(limit, groups)
	if known, ok := p.crowds[key]; ok {
		return known, nil
	}
	members, err := p.r.MembersOf(ctx, groups, limit)
	if err == nil {
		p.crowds[key] = members
	}
	return members, err
}

// askedPeople are whom a stage of an approval asks.
type askedPeople struct {
	first      []directory.ObjectID // primary approvers, or their fallbacks
	fallback   bool                 // the fallbacks stand in
	alternates []directory.ObjectID // whom an escalation asks too, or their fallbacks
}

// ofStage resolves whom a stage asks, at most limit of each kind
// (approvals.md section 4.2).
func (p *people) ofStage(ctx context.Context, s entitlement.StageSettings, r entitlement.Request, limit int) (askedPeople, error) {
	barred := barred(r)
	var a askedPeople
	var err error
	if a.first, err = p.resolve(ctx, s.Primary, r.Target, barred, limit); err != nil {
		return a, err
	}
	if len(a.first) == 0 {
		a.fallback = true
		if a.first, err = p.resolve(ctx, s.FallbackPrimary, r.Target, barred, limit); err != nil {
			return a, err
		}
	}
	if !s.EscalationEnabled {
		return a, nil
	}
	if a.alternates, err = p.resolve(ctx, s.Escalation, r.Target, barred, limit); err != nil || len(a.alternates) > 0 {
		return a, err
	}
	a.alternates, err = p.resolve(ctx, s.FallbackEscalate, r.Target, barred, limit)
	return a, err
}

// staff are the people who run catalogs and the tenant, as roles say.
type staff struct {
	held   []authz.RoleAssignment
	people *people
}

// staffOf reads who has a role on one of the catalogs or on the tenant, with
// one statement.
func staffOf(ctx context.Context, p *people, catalogs []entitlement.CatalogID) (staff, error) {
	where := query.AllOf(
		query.In{Field: "role", Values: []query.Value{
			string(authz.CatalogOwner), string(authz.PackageManager), string(authz.AssignmentManager), authz.GovernanceAdmin,
		}},
		query.Or{query.Compare{Field: "catalog"}, query.In{Field: "catalog", Values: values(catalogs)}})
	page, err := p.r.RoleAssignments(ctx, query.List{Where: where, Limit: staffLimit})
	return staff{held: page.Rows, people: p}, err
}

// staffLimit is the most role assignments that are looked at.
const staffLimit = 1000

func values[S ~string](all []S) []query.Value {
	out := make([]query.Value, len(all))
	for i, s := range all {
		out[i] = string(s)
	}
	return out
}

// with returns who has one of the roles on the catalog or on the tenant.
// Members of a group that has it count.
func (s staff) with(ctx context.Context, catalog entitlement.CatalogID, limit int, roles ...string) ([]directory.ObjectID, error) {
	var sets []entitlement.SubjectSet
	for _, h := range s.held {
		if !slices.Contains(roles, h.Role) || h.Catalog != "" && h.Catalog != catalog {
			continue
		}
		o, err := s.people.object(ctx, h.Principal)
		if err != nil {
			return nil, err
		}
		kind := entitlement.SetUser
		if o.Kind == directory.KindGroup {
			kind = entitlement.SetGroup
		}
		sets = append(sets, entitlement.SubjectSet{Kind: kind, ID: string(h.Principal)})
	}
	return s.people.resolve(ctx, sets, "", nil, limit)
}
